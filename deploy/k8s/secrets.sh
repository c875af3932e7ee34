#!/usr/bin/env bash
# The Secrets that an overlay refers to, from a folder of files that stays with you (or comes out of your vault).
#
#   deploy/k8s/secrets.sh FOLDER dev|prod      makes what is missing in FOLDER and prints the Secrets as YAML
#   deploy/k8s/secrets.sh FOLDER new-signing-key [MINUTES]
#       adds a signing key that signs in so many minutes (15), by when all replicas know it; print and apply after it
#
# Apply what it prints: deploy/k8s/secrets.sh FOLDER prod | kubectl apply --server-side -n marquee -f -
# (without --server-side the values would stand in an annotation as well).
# A file that is there is never changed, so that running it again changes nothing. For prod, these files are yours to write
# before (mode 0600): auth-database-url, movies-database-url, auth-redis-url, movies-redis-url, captcha-redis-url, smtp-url.
# Each service is a user of its own in Redis: without the URLs, prod makes passwords and says how to go on.
# Needs openssl and kubectl (KUBECTL names another one); talks to no cluster.
set -euo pipefail
. "$(dirname "$0")/../redis-users.sh"

kubectl=${KUBECTL:-kubectl}
folder=${1:?FOLDER is missing}
umask 077

random() { openssl rand -hex 32; }

# make NAME COMMAND...: the file NAME with what COMMAND prints, unless it is there.
make() {
    local file="$folder/$1"
    shift
    if [ ! -e "$file" ]; then
        "$@" >"$file.new"
        mv "$file.new" "$file"
    fi
}

text() { printf '%s\n' "$1"; }

signing_key() {
    local name
    name=$(date -u -d "$1" +%Y%m%dT%H%M%SZ)
    openssl genpkey -algorithm ED25519 -out "$folder/signing-keys/$name.pem" 2>/dev/null
    echo "secrets.sh: made $folder/signing-keys/$name.pem" >&2
}

shared() {
    mkdir -p "$folder/signing-keys"
    [ -n "$(find "$folder/signing-keys" -name '*.pem' -print -quit)" ] || signing_key now
    make signing-keys/refresh.key random
    make movies-api.secret random
    make auth-service.secret random
    make captcha-tv.secret random
    make captcha.keys random
    make auth-clients text "movies-api=$(cat "$folder/movies-api.secret")"
    make captcha-clients text "auth-service=$(cat "$folder/auth-service.secret")"
    make captcha-sites text "tv=$(cat "$folder/captcha-tv.secret")"
}

# PostgreSQL and Redis of the overlay itself: their passwords, and the URLs that go with them.
dev() {
    local name
    for name in postgres auth-database movies-database redis-health redis-operator; do make "$name.password" random; done
    redis_passwords
    for name in auth movies; do
        make "$name-database-url" text "postgres://$name:$(cat "$folder/$name-database.password")@postgres:5432/$name"
    done
    make auth-redis-url redis_url auth-service auth
    make movies-redis-url redis_url movies-api movies
    make captcha-redis-url redis_url captcha-service captcha
    make init.sql init_sql
    make redis-users.conf redis_conf "$folder"
}

redis_passwords() {
    local name
    for name in auth movies captcha; do make "$name-redis.password" random; done
}

redis_url() { text "redis://$1:$(cat "$folder/$2-redis.password")@redis:6379"; }

init_sql() {
    local name
    for name in auth movies; do
        echo "CREATE ROLE $name LOGIN PASSWORD '$(cat "$folder/$name-database.password")';"
        echo "CREATE DATABASE $name OWNER $name;"
        echo "REVOKE CONNECT ON DATABASE $name FROM PUBLIC;"
    done
}

yours() {
    local name missing=""
    for name in auth-database-url movies-database-url auth-redis-url movies-redis-url captcha-redis-url smtp-url; do
        [ -s "$folder/$name" ] || missing="$missing $name"
    done
    [ -n "$missing" ] || return 0
    echo "secrets.sh: write these files into $folder first:$missing" >&2
    if [[ "$missing" = *redis* ]]; then
        mkdir -p "$folder"
        redis_passwords
        echo "secrets.sh: users for Redis: deploy/redis-users.sh $folder; URLs: rediss://auth-service:PASSWORD@HOST:6379" \
            "with the password in auth-redis.password, and the same for movies-api and captcha-service" >&2
    fi
    exit 1
}

# secret NAME KEY=FILE...
secret() {
    local name=$1 pair
    shift
    local -a from=()
    for pair in "$@"; do from+=("--from-file=${pair%%=*}=$folder/${pair#*=}"); done
    "$kubectl" create secret generic "$name" --dry-run=client -o yaml "${from[@]}"
    echo "---"
}

print() {
    secret auth-service database-url=auth-database-url redis-url=auth-redis-url service-clients=auth-clients \
        captcha-secret=captcha-tv.secret captcha-client-secret=auth-service.secret "$@"
    secret movies-api database-url=movies-database-url redis-url=movies-redis-url auth-client-secret=movies-api.secret
    secret captcha-service redis-url=captcha-redis-url service-clients=captcha-clients sites=captcha-sites keys=captcha.keys
    "$kubectl" create secret generic auth-keys --dry-run=client -o yaml --from-file="$folder/signing-keys"
    echo "---"
}

case "${2:-}" in
    dev)
        shared
        dev
        print
        secret postgres password=postgres.password init.sql=init.sql
        secret redis redis.conf=redis-users.conf
        ;;
    prod)
        yours
        shared
        print smtp-url=smtp-url
        ;;
    new-signing-key)
        mkdir -p "$folder/signing-keys"
        signing_key "now + ${3:-15} minutes"
        ;;
    *)
        sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//' >&2
        exit 2
        ;;
esac

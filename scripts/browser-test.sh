#!/usr/bin/env bash
# A real browser goes through the account pages of a running auth-service, with stand-ins for the social providers, and
# through the check on TVs (captcha-service/src/tv): with a stand-in for captcha-service that fails as told, then with the
# real one; through the pages of the APIs and an app of another origin, at a whole cinema behind the gateway; and once more
# through the sign-in of a TV by a phone, at replicas that are killed.
#
#   scripts/browser-test.sh [account|tv|docs|replicas] [FILTER]   runs the stories of tests/browser, or those whose names hold FILTER
#
#   WRITE_DOCS=1   also takes the pictures docs/pictures/account-*.png, tv-*.png and docs-*.png
#   CHROMIUM       the browser [default: chromium from PATH]
#
# Needs Chromium, Node 20 or newer with npm, and nginx, which are installed with apt-get where we may, and Python 3. Packages
# go to target/browser-test, by the lock file. What fails leaves a picture in target/browser-test/failures.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/servers.sh

say() { printf '\n== %s\n' "$*"; }

# With letters for Latin and Cyrillic, and what makes pictures small.
install_missing() {
    local sudo="" packages=()
    command -v "${CHROMIUM:-chromium}" >/dev/null 2>&1 || packages+=(chromium fonts-dejavu-core)
    [ "${WRITE_DOCS:-}" != 1 ] || command -v pngquant >/dev/null 2>&1 || packages+=(pngquant)
    [ "${#packages[@]}" -gt 0 ] || return 0
    say "not here, so installing: ${packages[*]}"
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >&2 || true
    command -v "${CHROMIUM:-chromium}" >/dev/null 2>&1 || { echo "browser-test: no Chromium and no way to install it" >&2; exit 1; }
}

part=all
programs=${CARGO_TARGET_DIR:-target}/debug
case "${1:-}" in account | tv | docs | replicas) part=$1; shift ;; esac

secret() { head -c 32 /dev/urandom | base64 | tr -d '=\n' | tr '+/' '-_'; }

install_missing
CHROMIUM=$(command -v "${CHROMIUM:-chromium}")
export CHROMIUM
scripts/node.sh install
say "packages of the driver"
scripts/node.sh packages tests/browser target/browser-test

work=$(mktemp -d)
stubs="" service="" captcha="" cinema=""
end() { [ -z "$1" ] || { kill "$1" 2>/dev/null && wait "$1" 2>/dev/null; } || true; }
cleanup() {
    end "$service"
    end "$stubs"
    end "$captcha"
    end "$cinema"
    scripts/nginx.sh stop "$work/nginx"
    [ ! -d "$work/postgres" ] || scripts/postgres.sh stop "$work/postgres"
    rm -rf "$work"
}
trap cleanup EXIT INT TERM

# wait_for SECONDS PID COMMAND...: until the command succeeds or the process is gone.
wait_for() {
    local seconds=$1 pid=$2
    shift 2
    for _ in $(seq $((seconds * 20))); do
        "$@" >/dev/null 2>&1 && return
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

export FAILURES=$PWD/target/browser-test/failures
rm -rf "$FAILURES"
if [ "${WRITE_DOCS:-}" = 1 ]; then
    export PICTURES=$PWD/docs/pictures
    mkdir -p "$PICTURES"
fi

# stories LANGUAGE WIDTH SCRIPTS [FILTER]: in a cinema that knows nobody yet
stories() {
    local data=$work/account-$1-$2 log=$work/account-$1-$2.log status=0
    export LANGUAGE=$1 WIDTH=$2 SCRIPTS=$3
    shift 3
    CINEMA=http://127.0.0.1:$(free_port)
    export CINEMA MAILS=$data/mails DATABASE=$data/auth.sqlite
    export OPERATOR=operator@example.org OPERATOR_PASSWORD="five dogs in a garden"
    echo "$OPERATOR_PASSWORD" | AUTH_DATA_DIR=$data \
        "$programs"/auth-service create-admin "$OPERATOR" --password-file - >/dev/null 2>"$log" ||
        { echo "browser-test: no administrator could be made" >&2; cat "$log" >&2; exit 1; }
    export CLIENT=desktop
    cat >"$work/clients.toml" <<EOF
[clients.$CLIENT]
kind = "public"
grants = ["authorization_code", "refresh_token"]
first_party = true
redirect_uris = ["http://127.0.0.1/signed-in"]
names = {en = "Films on the desktop", ru = "Фильмы на компьютере"}
EOF
    # Limits count and refuse nobody: everybody comes from one address.
    AUTH_CLIENTS_FILE=$work/clients.toml AUTH_DATA_DIR=$data AUTH_LISTEN=${CINEMA#http://} AUTH_ISSUER=$CINEMA AUTH_LIMITS=shadow \
        "$programs"/auth-service serve >"$log" 2>&1 &
    service=$!
    wait_for 60 "$service" curl -fsS "$CINEMA/readyz" ||
        { echo "browser-test: auth-service does not start" >&2; cat "$log" >&2; exit 1; }
    say "stories in $LANGUAGE, $WIDTH wide, scripts $SCRIPTS, at $CINEMA"
    node target/browser-test/main.mjs "$@" || status=$?
    if [ "$status" = 1 ]; then
        echo "browser-test: what auth-service warned of:" >&2
        grep -E '"level":"(WARN|ERROR)"' "$log" | tail -n 20 >&2 || true
    fi
    end "$service"
    service=""
    return "$status"
}

account_pages() {
    say "build"
    cargo build --quiet --workspace --bin auth-service --bin stub-providers
    # Nothing of the caller's own settings: the stories know what they are up to.
    for name in $(compgen -e | grep -E '^(AUTH_|OTEL_|RUST_LOG)' || true); do unset "$name"; done
    STUB_PROVIDERS_PORT=$(free_port) "$programs"/stub-providers >"$work/stubs.env" 2>"$work/stubs.log" &
    stubs=$!
    wait_for 60 "$stubs" grep -q AUTH_VK_PROVIDERS "$work/stubs.env" ||
        { echo "browser-test: the stub providers do not start" >&2; cat "$work/stubs.log" >&2; exit 1; }
    # shellcheck disable=SC1091
    . "$work/stubs.env"
    count stories ru 1280 on "$@"
    count stories en 1280 off "$@"
    count stories ru 390 off "$@"
    count stories en 390 on "$@"
}

# The real service seals sessions with a key that the stories know, and lists an app at a port that they listen at.
tv_page() {
    say "build"
    cargo build --quiet --workspace --bin captcha-service
    for name in $(compgen -e | grep -E '^(CAPTCHA_|OTEL_|RUST_LOG)' || true); do unset "$name"; done
    export TV_PAGE=captcha-service/src/tv TV_SERVICE TV_APP TV_SERVICE_KEY TV_SITE_SECRET
    TV_SERVICE=http://127.0.0.1:$(free_port) TV_APP=http://127.0.0.1:$(free_port)
    TV_SERVICE_KEY=$(secret) TV_SITE_SECRET=$(secret)
    CAPTCHA_DATA_DIR=$work/captcha CAPTCHA_LISTEN=${TV_SERVICE#http://} CAPTCHA_LIMITS=shadow CAPTCHA_KEEP=sealed \
        CAPTCHA_KEYS=$TV_SERVICE_KEY CAPTCHA_SITES=tv=$TV_SITE_SECRET CAPTCHA_TV_HOSTS=$TV_APP \
        CAPTCHA_PHONE_URL=https://kino.example/tv "$programs"/captcha-service serve >"$work/captcha-service.log" 2>&1 &
    captcha=$!
    wait_for 60 "$captcha" curl -fsS "$TV_SERVICE/readyz" ||
        { echo "browser-test: captcha-service does not start" >&2; cat "$work/captcha-service.log" >&2; exit 1; }
    say "stories of TVs"
    count node target/browser-test/tv.mjs "$@"
    end "$captcha"
    captcha=""
}

# All services in one process, the gateway in front, and an origin that auth-service and movies-api list.
docs_pages() {
    say "build"
    cargo build --quiet --workspace --bin cinema
    for name in $(compgen -e | grep -E '^(AUTH_|MOVIES_|CAPTCHA_|CINEMA_|OTEL_|RUST_LOG)' || true); do unset "$name"; done
    local auth movies challenges
    auth=127.0.0.1:$(free_port) movies=127.0.0.1:$(free_port) challenges=127.0.0.1:$(free_port)
    export CINEMA DOCS_AUTH=http://$auth DOCS_MOVIES=http://$movies DOCS_CAPTCHA=http://$challenges DOCS_APP DOCS_CAPTCHA_KEY
    CINEMA=http://127.0.0.1:$(free_port) DOCS_APP=http://127.0.0.1:$(free_port) DOCS_CAPTCHA_KEY=$(secret)
    CINEMA_DATA_DIR=$work/cinema AUTH_LISTEN=$auth MOVIES_LISTEN=$movies CAPTCHA_LISTEN=$challenges AUTH_ISSUER=$CINEMA \
        AUTH_LIMITS=shadow MOVIES_LIMITS=shadow CAPTCHA_LIMITS=shadow AUTH_CORS_ORIGINS=$DOCS_APP MOVIES_CORS_ORIGINS=$DOCS_APP \
        AUTH_CAPTCHA_PAGE_URL=$CINEMA/tv CAPTCHA_KEEP=sealed CAPTCHA_KEYS=$DOCS_CAPTCHA_KEY CAPTCHA_TV_HOSTS=$DOCS_APP \
        "$programs"/cinema >"$work/cinema.log" 2>&1 &
    cinema=$!
    wait_for 60 "$cinema" curl -fsS --fail-early "$DOCS_AUTH/readyz" "$DOCS_MOVIES/readyz" "$DOCS_CAPTCHA/readyz" ||
        { echo "browser-test: the cinema does not start" >&2; cat "$work/cinema.log" >&2; exit 1; }
    NGINX_LISTEN=${CINEMA#http://} AUTH_SERVERS=$auth MOVIES_SERVERS=$movies CAPTCHA_SERVERS=$challenges \
        scripts/nginx.sh start "$work/nginx" >/dev/null
    say "stories of documents at $CINEMA"
    count node target/browser-test/docs.mjs "$@"
    end "$cinema"
    cinema=""
}

# Three replicas of auth-service on one PostgreSQL behind the gateway: each story kills one.
replicas() {
    say "build"
    cargo build --quiet --workspace --bin auth-service --bin captcha-service
    scripts/postgres.sh install
    for name in $(compgen -e | grep -E '^(AUTH_|CAPTCHA_|OTEL_|RUST_LOG)' || true); do unset "$name"; done
    local challenges addresses=() pids=() database client_secret site_secret
    challenges=127.0.0.1:$(free_port)
    export CINEMA DOCS_AUTH DOCS_CAPTCHA=http://$challenges DOCS_APP DOCS_CAPTCHA_KEY DOCS_REPLICAS
    CINEMA=http://127.0.0.1:$(free_port) DOCS_APP=http://127.0.0.1:$(free_port) DOCS_CAPTCHA_KEY=$(secret)
    DOCS_AUTH=$CINEMA client_secret=$(secret) site_secret=$(secret)
    chmod 755 "$work"
    database=$(POSTGRES_THROWAWAY=1 scripts/postgres.sh start "$work/postgres")
    CAPTCHA_DATA_DIR=$work/challenges CAPTCHA_LISTEN=$challenges CAPTCHA_LIMITS=shadow CAPTCHA_KEEP=sealed \
        CAPTCHA_KEYS=$DOCS_CAPTCHA_KEY CAPTCHA_SITES=tv=$site_secret CAPTCHA_SERVICE_CLIENTS=auth-service=$client_secret \
        CAPTCHA_TV_HOSTS=$DOCS_APP CAPTCHA_PHONE_URL=$CINEMA/activate \
        "$programs"/captcha-service serve >"$work/challenges.log" 2>&1 &
    captcha=$!
    export AUTH_DATA_DIR=$work/replicas AUTH_DATABASE_URL=$database AUTH_MIGRATE=true AUTH_ISSUER=$CINEMA AUTH_LIMITS=shadow \
        AUTH_SERVICE_CLIENTS=movies-api=$(secret) AUTH_CORS_ORIGINS=$DOCS_APP AUTH_CAPTCHA_URL=http://$challenges \
        AUTH_CAPTCHA_PAGE_URL=$CINEMA/tv AUTH_CAPTCHA_SECRET=$site_secret AUTH_CAPTCHA_CLIENT_SECRET=$client_secret
    "$programs"/auth-service create-key >"$work/replicas.log" 2>&1
    for _ in 1 2 3; do
        addresses+=("127.0.0.1:$(free_port)")
        AUTH_LISTEN=${addresses[-1]} "$programs"/auth-service serve >>"$work/replicas.log" 2>&1 &
        pids+=($!)
        wait_for 60 "${pids[-1]}" curl -fsS "http://${addresses[-1]}/readyz" ||
            { echo "browser-test: auth-service does not start" >&2; cat "$work/replicas.log" >&2; exit 1; }
    done
    DOCS_REPLICAS="${pids[*]:0:2}" service=${pids[2]}
    NGINX_LISTEN=${CINEMA#http://} AUTH_SERVERS=${addresses[*]} MOVIES_SERVERS=${addresses[2]} CAPTCHA_SERVERS=$challenges \
        scripts/nginx.sh start "$work/nginx" >/dev/null
    say "stories over replicas at $CINEMA"
    count node target/browser-test/docs.mjs "$@"
    for pid in "${pids[@]:0:2}"; do end "$pid"; done
    end "$service"
    end "$captcha"
    service="" captcha=""
    scripts/nginx.sh stop "$work/nginx"
    scripts/postgres.sh stop "$work/postgres"
}

# Runs stories: 3 says that none of them has such a name.
failed=0 told=0
count() {
    local status=0
    "$@" || status=$?
    case $status in
        0) told=1 ;;
        3) ;;
        *) failed=1 ;;
    esac
}

case $part in all | tv) tv_page "$@" ;; esac
case $part in all | account) account_pages "$@" ;; esac
case $part in all | docs) docs_pages "$@" ;; esac
case $part in all | replicas) replicas "$@" ;; esac
[ "$failed" = 0 ] || { echo "browser-test: stories failed; pictures are in target/browser-test/failures" >&2; exit 1; }
[ "$told" = 1 ] || { echo "browser-test: no story has such a name" >&2; exit 1; }
say "green: $("$CHROMIUM" --version 2>/dev/null)"

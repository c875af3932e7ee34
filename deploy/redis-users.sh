#!/usr/bin/env bash
# The users that the services are in Redis, and what each of them may do there: with its own keys what it needs, with others'
# keys nothing. Sourced by deploy/secrets.sh and deploy/k8s/secrets.sh.
#
#   deploy/redis-users.sh FOLDER      prints the lines for a Redis of your own (its redis.conf or ACL file), with hashes of
#                                     the passwords in FOLDER/{auth,movies,captcha}-redis.password
#
# Needs openssl.

# redis_hash PASSWORD: as Redis keeps it. By a builtin and a pipe: command lines can be read by everybody on the machine.
redis_hash() { printf '%s' "$1" | openssl dgst -sha256 -r | cut -d' ' -f1; }

# To connect (alone, in a cluster, behind Sentinels), values with their lives, scripts.
redis_commands="+auth +hello +ping +select +client|setname +role +cluster|slots +readonly \
+@string +@hash +@sortedset +del +exists +expire +pexpire +pttl +eval +evalsha +time +info"

# redis_user NAME PASSWORD PATTERN...: one service. Commands by type of value all name their keys; FLUSHALL, KEYS, SCAN, CONFIG
# and the like name none, and are nobody's here.
redis_user() {
    local name=$1 hash
    hash=$(redis_hash "$2")
    shift 2
    local keys=("${@/#/\~}")
    echo "user $name on sanitize-payload #$hash resetchannels ${keys[*]} -@all $redis_commands"
}

# redis_users FOLDER: all services.
redis_users() {
    redis_user auth-service "$(cat "$1/auth-redis.password")" 'rl1-auth:*'
    redis_user movies-api "$(cat "$1/movies-redis.password")" 'rl1-movies:*'
    redis_user captcha-service "$(cat "$1/captcha-redis.password")" 'rl1-captcha:*' 'cap1:*'
}

# redis_conf FOLDER: a Redis that nobody else uses. Who has no name may ask whether it lives; operators may do everything.
redis_conf() {
    printf '%s\n' "user default on #$(redis_hash "$(cat "$1/redis-health.password")") resetkeys resetchannels -@all +ping"
    printf '%s\n' "user operator on #$(redis_hash "$(cat "$1/redis-operator.password")") ~* &* +@all"
    redis_users "$1"
    printf '%s\n' 'save ""' "appendonly no" "maxmemory 128mb" "maxmemory-policy noeviction"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -euo pipefail
    [ $# = 1 ] && [ -d "$1" ] || { sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
    redis_users "$1"
fi

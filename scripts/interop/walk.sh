#!/usr/bin/env bash
# A walk over the running services, recorded; clients in Rust, TypeScript and Python beside it; then all recorded traffic
# is held to the published schemas by python-jsonschema and ajv. Part of scripts/interop.sh, which installs and builds
# what this needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/interop/services.sh
python=$PWD/target/python/interop/bin/python

# printed LANGUAGE: the block of code that docs/integrating.md prints.
printed() { awk -v start="\`\`\`$1" '/^```/ { on = ($0 == start); next } on' docs/integrating.md; }
printed rust | cmp - <(tail -n +3 service-kit/examples/trust_marquee/tokens.rs) ||
    { echo "interop: docs/integrating.md does not print service-kit/examples/trust_marquee/tokens.rs" >&2; exit 1; }
printed ts >target/interop/tokens.ts
printed python >target/interop/tokens.py
ln -sfn ../../clients/typescript target/interop/node_modules/marquee-clients
target/clients/typescript/node_modules/.bin/tsc --project target/interop
for file in search trust tokens; do [ -s "target/interop/$file.py" ] && [ -s "target/interop/dist/$file.js" ]; done

rm -f target/interop/traffic
auth=127.0.0.1:$(free_port) movies=127.0.0.1:$(free_port) captcha=127.0.0.1:$(free_port)
"$python" tests/interop/recorder.py target/interop/traffic "auth=${auth#*:}=http://$AUTH_LISTEN" \
    "movies=${movies#*:}=http://$MOVIES_LISTEN" "captcha=${captcha#*:}=http://$CAPTCHA_LISTEN" 2>"$work/recorder.log" &
pids+=($!)
export CAPTCHA_KEYS=interop-key-of-32-letters-or-more-it-is
serve captcha-service "$CAPTCHA_LISTEN"
AUTH_ISSUER=http://$AUTH_LISTEN AUTH_CAPTCHA_URL=http://$captcha serve auth-service "$AUTH_LISTEN"
MOVIES_AUTH_URL=http://$auth serve movies-api "$MOVIES_LISTEN"

export ADMIN_EMAIL=admin@example.org ADMIN_PASSWORD="four geese by the lake"
target/debug/auth-service create-admin "$ADMIN_EMAIL" --password-file - <<<"$ADMIN_PASSWORD" >"$work/admin.log" 2>&1
secret() { cat "$work/data/$1.secret"; }
AUTH_URL=http://$auth MOVIES_URL=http://$movies CAPTCHA_URL=http://$captcha CAPTCHA_KEY=$CAPTCHA_KEYS
MOVIES_SECRET=$(secret movies-api) AUTH_SECRET=$(secret auth-service) SITE_SECRET=$(secret captcha-tv)
export AUTH_URL MOVIES_URL CAPTCHA_URL CAPTCHA_KEY MOVIES_SECRET AUTH_SECRET SITE_SECRET
cp tests/browser/tv-solver.mjs target/interop/
export MAILS=$work/data/mails
node target/interop/walk.mjs "$work/member.json"

member() { node -p "JSON.parse(fs.readFileSync('$work/member.json')).$1"; }
EMAIL=$(member email) PASSWORD=$(member password) KNOWN_DEVICE=$(member known_device)
CLIENT_ID=movies-api CLIENT_SECRET=$MOVIES_SECRET PYTHONPATH=$PWD/target/clients/python
export EMAIL PASSWORD KNOWN_DEVICE CLIENT_ID CLIENT_SECRET PYTHONPATH

# same LANGUAGE EXPECTED COMMAND...: the command prints what is expected.
same() {
    local printed
    printed=$("${@:3}") || { echo "interop: $1 failed" >&2; return 1; }
    [ "$printed" = "$2" ] || { printf 'interop: %s printed\n%s\ninstead of\n%s\n' "$1" "$printed" "$2" >&2; return 1; }
    echo "$1: ${printed//$'\n'/, }"
}
found=$'member The Godfather\n404 movies.film_not_found'
same "TypeScript, signed-in search" "$found" node target/interop/dist/search.js
same "Python, signed-in search" "$found" "$python" target/interop/search.py

token=$(member token)
known="user $(member user_id)"
asked() { # twice, so that the second answer comes from the cache; then one that is not valid, and no service at all
    local expected="$known"$'\n'"$known"$'\ninvalid' try
    for try in $(seq 10); do # a busy machine may take longer than the time-out that the page sets
        [ "$try" -lt 10 ] || same "$1, a token checked" "$expected" "${@:2}" "$token" "$token" a.b.c || return 1
        same "$1, a token checked" "$expected" "${@:2}" "$token" "$token" a.b.c 2>/dev/null && break
    done
    AUTH_URL=http://127.0.0.1:9 same "$1, auth-service unreachable" degraded "${@:2}" "$token" 2>/dev/null
}
asked Rust target/debug/examples/trust_marquee
asked TypeScript node target/interop/dist/trust.js
asked Python "$python" target/interop/trust.py

"$python" tests/interop/cases.py contracts/published/v1 target/interop/traffic target/interop/schemas target/interop/cases
"$python" tests/interop/valid.py target/interop/schemas target/interop/cases
node target/interop/valid.mjs target/interop/schemas target/interop/cases

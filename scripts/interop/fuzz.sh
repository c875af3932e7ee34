#!/usr/bin/env bash
# schemathesis asks every operation of the running services, with all its checks. Part of scripts/interop.sh, which
# installs and builds what this needs. Exceptions with reasons: tests/interop/schemathesis.toml.
#
#   INTEROP_EXAMPLES     requests for each operation, 200 if not set
#   INTEROP_OPERATIONS   a regular expression: only operations with such an id
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/interop/services.sh
root=$PWD
documents=$root/contracts/published/v1

# Long enough for the longest run; no captcha, because a program cannot solve one.
export AUTH_ACCESS_TOKEN_TTL=1d
serve captcha-service "$CAPTCHA_LISTEN"
serve auth-service "$AUTH_LISTEN"
MOVIES_AUTH_URL=http://$AUTH_LISTEN serve movies-api "$MOVIES_LISTEN"

# One administrator, who cannot be deleted while there is no other; movies-api is asked by an account of its own, because
# operations of auth-service end sessions of the one that asks them.
export FUZZ_EMAIL=admin@example.org FUZZ_PASSWORD="four geese by the lake"
target/debug/auth-service create-admin "$FUZZ_EMAIL" --password-file - <<<"$FUZZ_PASSWORD" >"$work/admin.log" 2>&1
editor="{\"email\":\"editor@example.org\",\"password\":\"$FUZZ_PASSWORD\"}"
ask() { curl --silent --show-error --fail-with-body "http://$AUTH_LISTEN/api/v1/$1" -H 'content-type: application/json' -d "$editor"; }
ask users >"$work/editor.json"
target/debug/auth-service grant-role editor@example.org editor --prove >>"$work/admin.log" 2>&1
FUZZ_TOKEN=$(ask sessions | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
FUZZ_MOVIES_SECRET=$(cat "$work/data/movies-api.secret") FUZZ_AUTH_SECRET=$(cat "$work/data/auth-service.secret")
export FUZZ_MOVIES_SECRET FUZZ_AUTH_SECRET FUZZ_TOKEN

# Its own files (examples that failed) go to the folder in which it runs. One worker: Python 3.11 reads no code in two
# threads at once, so the services share the processors instead.
mkdir -p "$work/fuzz"
cd "$work/fuzz"
fuzz() {
    "$root/target/python/interop/bin/schemathesis" --config-file "$root/tests/interop/schemathesis.toml" run \
        "$documents/$1/openapi.json" --url "http://$2" --checks all --phases examples,coverage,fuzzing --workers 1 \
        --include-operation-id-regex "${INTEROP_OPERATIONS:-.}" --max-examples "${INTEROP_EXAMPLES:-200}" >"$1.log" 2>&1 ||
        { [ -n "${INTEROP_OPERATIONS:-}" ] && grep -q 'No operations matched the filters' "$1.log"; } || return
    touch "$1.passed"
}
{ fuzz captcha "$CAPTCHA_LISTEN" || true; fuzz movies "$MOVIES_LISTEN" || true; } &
others=$!
fuzz auth "$AUTH_LISTEN" || true
wait "$others"
failed=""
for service in captcha movies auth; do
    if [ -e "$service.passed" ]; then
        echo "$service: $(grep -m1 -e ' generated, ' -e 'No operations matched' "$service.log" | xargs)"
    else
        cat "$service.log" >&2
        failed+=" $service"
    fi
done
[ -z "$failed" ] || { echo "interop: schemathesis found failures in$failed" >&2; exit 1; }

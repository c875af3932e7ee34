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

export FUZZ_EMAIL=admin@example.org FUZZ_PASSWORD="four geese by the lake"
target/debug/auth-service create-admin "$FUZZ_EMAIL" --password-file - <<<"$FUZZ_PASSWORD" >"$work/admin.log" 2>&1
target/debug/auth-service grant-role "$FUZZ_EMAIL" editor >"$work/admin.log" 2>&1
FUZZ_MOVIES_SECRET=$(cat "$work/data/movies-api.secret") FUZZ_AUTH_SECRET=$(cat "$work/data/auth-service.secret")
FUZZ_TOKEN=$(curl --silent --fail "http://$AUTH_LISTEN/api/v1/sessions" -H 'content-type: application/json' \
    -d "{\"email\":\"$FUZZ_EMAIL\",\"password\":\"$FUZZ_PASSWORD\"}" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
export FUZZ_MOVIES_SECRET FUZZ_AUTH_SECRET FUZZ_TOKEN

# Its own files (examples that failed) go to the folder in which it runs.
mkdir -p "$work/fuzz"
cd "$work/fuzz"
failed=""
fuzz() {
    echo "-- $1"
    "$root/target/python/interop/bin/schemathesis" --config-file "$root/tests/interop/schemathesis.toml" run \
        "$documents/$1/openapi.json" --url "http://$2" --checks all --phases examples,coverage,fuzzing --workers 2 \
        --include-operation-id-regex "${INTEROP_OPERATIONS:-.}" --max-examples "${INTEROP_EXAMPLES:-200}" || failed+=" $1"
}
fuzz captcha "$CAPTCHA_LISTEN"
fuzz movies "$MOVIES_LISTEN"
fuzz auth "$AUTH_LISTEN"
[ -z "$failed" ] || { echo "interop: schemathesis found failures in$failed" >&2; exit 1; }

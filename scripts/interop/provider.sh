#!/usr/bin/env bash
# Signs in by way of an OpenID provider that is not ours: the npm package oidc-provider, on loopback. Part of
# scripts/interop.sh, which installs and builds what this needs.
#
#   scripts/interop/provider.sh [FILTER]   runs the stories of tests/tests/interop, or those whose names hold FILTER
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
provider=""
cleanup() {
    [ -z "$provider" ] || kill "$provider" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT INT TERM

export INTEROP_CLIENT_ID=cinema INTEROP_REDIRECT_URI=http://127.0.0.1:65000/signed-in/oidc
INTEROP_CLIENT_SECRET=$(head -c 32 /dev/urandom | base64 | tr -d '=\n' | tr '+/' '-_')
export INTEROP_CLIENT_SECRET
CLIENT_ID=$INTEROP_CLIENT_ID CLIENT_SECRET=$INTEROP_CLIENT_SECRET REDIRECT_URI=$INTEROP_REDIRECT_URI \
    node target/interop/provider.mjs >"$work/provider.out" 2>"$work/provider.log" &
provider=$!
for _ in $(seq 200); do
    INTEROP_ISSUER=$(sed -n 's/.*"issuer":"\([^"]*\)".*/\1/p' "$work/provider.out")
    [ -z "$INTEROP_ISSUER" ] || break
    kill -0 "$provider" 2>/dev/null || break
    sleep 0.05
done
[ -n "$INTEROP_ISSUER" ] || { echo "interop: the provider does not start" >&2; cat "$work/provider.log" >&2; exit 1; }
export INTEROP_ISSUER

if ! cargo test --quiet --workspace --test interop -- --ignored --skip oauth2_crate "$@"; then
    echo "interop: what the provider said:" >&2
    tail -n 30 "$work/provider.log" >&2
    exit 1
fi
echo "signed in, linked and refused by way of oidc-provider $(node -p "require('./target/interop/node_modules/oidc-provider/package.json').version")"

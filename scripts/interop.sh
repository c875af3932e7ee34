#!/usr/bin/env bash
# Marquee against what is not ours: an OpenID provider (oidc-provider), libraries of OAuth clients, validators of
# documents and schemas (openapi-spec-validator, python-jsonschema, ajv), generated clients, proxies (nginx, Caddy),
# password hashes of Python's libraries, and generated requests (schemathesis).
#
#   scripts/interop.sh [PART...]   provider, oauth, documents, walk, proxies, imports, fuzz; all if none is named
#
#   INTEROP_EXAMPLES   requests that schemathesis makes for each operation, 200 if not set
#   INTEROP_ACCOUNTS   accounts that are imported, 100,000 if not set
#
# Needs Node 20 and Python 3.11 or newer, installed with apt-get where we may; packages go to target/, by files of
# tests/interop and clients/ that pin them.
set -euo pipefail
cd "$(dirname "$0")/.."
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(provider oauth documents walk proxies imports fuzz)

say() { printf '\n== %s\n' "$*"; }

say "packages, and clients of other languages"
scripts/clients.sh
scripts/node.sh packages tests/interop target/interop
find tests/interop -maxdepth 1 -type f ! -name 'package*' -exec cp {} target/interop/ \;
scripts/python.sh packages tests/interop/requirements.txt target/python/interop

say "build"
cargo build --quiet --workspace --bin auth-service --bin captcha-service --bin movies-api --example trust_marquee --test interop

for part in "${parts[@]}"; do
    say "$part"
    case $part in
        documents) target/python/interop/bin/python -m openapi_spec_validator contracts/published/v1/*/openapi.json ;;
        provider | oauth | walk | proxies | imports | fuzz) "scripts/interop/$part.sh" ;;
        *) echo "interop: no such part: $part" >&2; exit 2 ;;
    esac
done
say "green: ${parts[*]}"

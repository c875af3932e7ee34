#!/usr/bin/env bash
# Clients of the services for other languages, generated from the documents in contracts/published/v1.
#
#   scripts/clients.sh [FOLDER]   FOLDER/typescript: types, a fetch client, compiled (npm package marquee-clients)
#                                 FOLDER/python: the package marquee, pydantic models; FOLDER is target/clients if not set
#
# Versions of the generators: clients/typescript/package.json and clients/python/requirements.txt. They are installed
# below FOLDER and target/; Node and Python with apt-get where we may.
set -euo pipefail
cd "$(dirname "$0")/.."
to=${1:-target/clients}
documents=contracts/published/v1

scripts/node.sh install
scripts/node.sh packages clients/typescript "$to/typescript"
scripts/python.sh packages clients/python/requirements.txt target/python/clients
mkdir -p "$to/python/marquee"

for service in auth captcha movies; do
    "$to/typescript/node_modules/.bin/openapi-typescript" "$documents/$service/openapi.json" \
        --output "$to/typescript/$service.ts" >/dev/null
    target/python/clients/bin/datamodel-codegen --input "$documents/$service/openapi.json" --input-file-type openapi \
        --output-model-type pydantic_v2.BaseModel --target-python-version 3.10 --use-annotated --use-double-quotes \
        --collapse-root-models --set-default-enum-member --formatters builtin --disable-timestamp --output "$to/python/marquee/$service.py"
done
echo '"""Models of the services'"'"' bodies, one module a service."""' >"$to/python/marquee/__init__.py"
rm -rf "$to/typescript/dist"
"$to/typescript/node_modules/.bin/tsc" --project "$to/typescript"
echo "clients: $to/typescript (npm install ./typescript), $to/python (PYTHONPATH; needs pydantic 2)"

#!/usr/bin/env bash
# Imports accounts with hashes of Python's own libraries (argon2-cffi, bcrypt, passlib, Django), is killed on the way and
# continues, and signs in with each format. Part of scripts/interop.sh, which installs and builds what this needs.
#
#   INTEROP_ACCOUNTS   accounts in the file, 100,000 if not set
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/interop/services.sh
imports() { target/python/interop/bin/python target/interop/imports.py "$1" "$work" "$2"; }

imports make "${INTEROP_ACCOUNTS:-100000}"
imports import target/debug/auth-service
imports long-line target/debug/auth-service
serve auth-service "$AUTH_LISTEN"
imports sign-in "http://$AUTH_LISTEN"

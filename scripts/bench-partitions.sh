#!/usr/bin/env bash
# What partitions cost and gain, beside plain tables in the same PostgreSQL; run it alone on a quiet machine (Linux only).
#
#   BENCH_USERS=100000     accounts on each side; 2,000,000 unless told, which takes some 15 minutes and 6 GB of disk
#   BENCH_SIGN_INS=600000  sign-ins on each side; six an account unless told
#   WRITE_DOCS=1           writes docs/pictures/partitions-*.svg
#
# Arguments go to the program: --markdown FILE writes the table.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release -p bench --bin bench-partitions --quiet
folder=$(mktemp -d "${TMPDIR:-/tmp}/bench-partitions.XXXXXX")
chmod 755 "$folder" # PostgreSQL may run as another user
trap 'scripts/postgres.sh stop "$folder" || true; rm -rf "$folder"' EXIT
[ "${WRITE_DOCS:-}" = 1 ] && set -- --pictures docs/pictures "$@"
"${CARGO_TARGET_DIR:-target}/release/bench-partitions" --folder "$folder" "$@"

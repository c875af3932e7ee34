#!/usr/bin/env bash
# Builds for release and measures; run it alone on a quiet machine. FILMS_FILE as in scripts/test.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/redis.sh install # and with it redis-benchmark
scripts/postgres.sh install
limiter=target/limiter-bench
cargo build --release --workspace --exclude attack --bins
CARGO_TARGET_DIR=$limiter cargo build --release --manifest-path limiter-lib/bench/Cargo.toml
target/release/bench
exec $limiter/release/limiter-bench

#!/usr/bin/env bash
# Builds for release and measures; run it alone on a quiet machine. FILMS_FILE as in scripts/test.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --workspace --bins
exec target/release/bench

#!/usr/bin/env bash
# Format, clippy, documentation and shell syntax; nothing is changed.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo fmt --all --check
cargo clippy --workspace --all-targets --quiet -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
echo "lint: clean"

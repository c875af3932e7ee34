#!/usr/bin/env bash
# Format, clippy, documentation and shell syntax; nothing is changed.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo fmt --all --check
cargo clippy --workspace --all-targets --quiet -- -D warnings
# The limiter's benchmark is a package of its own, so that its peers stay out of our tree.
bench=limiter-lib/bench/Cargo.toml
cargo fmt --manifest-path $bench --check
CARGO_TARGET_DIR=target/limiter-bench cargo clippy --manifest-path $bench --locked --quiet -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
if command -v node >/dev/null 2>&1; then for module in tests/*/*.mjs; do node --check "$module"; done; fi
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
echo "lint: clean"

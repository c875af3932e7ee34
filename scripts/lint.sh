#!/usr/bin/env bash
# Format, clippy, the rules of the house, published contracts, documentation and shell syntax; nothing is changed. Prints how long each takes.
set -euo pipefail
cd "$(dirname "$0")/.."

# part NAME COMMAND...: runs it and prints its seconds.
part() {
    local name=$1 begun=$SECONDS
    shift
    "$@"
    printf 'lint: %-14s %4d s\n' "$name" $((SECONDS - begun))
}

# The limiter's benchmark is a package of its own, so that its peers stay out of our tree.
bench=limiter-lib/bench/Cargo.toml

syntax() {
    local file
    if command -v node >/dev/null 2>&1; then for file in tests/*/*.mjs; do node --check "$file"; done; fi
    for file in scripts/*.sh .ci/run; do bash -n "$file"; done
}

part format cargo fmt --all --check
part "bench format" cargo fmt --manifest-path $bench --check
part "interop format" cargo fmt --manifest-path tests/interop/openidconnect/Cargo.toml --check
part syntax syntax
# Circles, layers, settings, make targets, links, packages: tests/house says which rules.
part house cargo test --package house --quiet
# Published documents against the code, and against the last release.
part contracts cargo run --package contracts --quiet -- check
part clippy cargo clippy --workspace --all-targets --quiet -- -D warnings
part "bench clippy" env CARGO_TARGET_DIR=target/limiter-bench cargo clippy --manifest-path $bench --locked --quiet -- -D warnings
part rustdoc env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
echo "lint: clean"

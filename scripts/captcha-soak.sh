#!/usr/bin/env bash
# A million contested answers and redeems of the captcha on each kind of store, and with Redis killed in the midst, built for
# release. Takes some ten minutes.
#
#   CAPTCHA_CONTESTED   answers and redeems on each kind of store, 1,000,000 if not set
#   CAPTCHA_WALKS       random walks through the rules on each kind of store, 5,000 if not set
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/redis.sh install
export CAPTCHA_CONTESTED=${CAPTCHA_CONTESTED:-1000000} CAPTCHA_WALKS=${CAPTCHA_WALKS:-5000}
exec cargo test --release -p captcha-service --test rules -- --nocapture --test-threads 1

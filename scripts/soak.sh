#!/usr/bin/env bash
# Ten million decisions of the limiter against the model, and outages of a minute each, built for release; prints figures.
# Then two thousand generated requests for each operation (schemathesis), and random histories of addresses and sessions. Run
# it alone on a quiet machine.
#
#   REPLAY_DECISIONS   decisions of the replay, 10,000,000 if not set
#   OUTAGE_SECONDS     length of each outage, 60 if not set
#   REPLAY_SEED        the seed that an earlier run printed, to run it again
#   INTEROP_EXAMPLES   generated requests for each operation, 2,000 if not set
#   ADDRESS_HISTORIES  histories of squatters, owners and operators, 100,000 if not set
#   HISTORIES          histories of sessions and addresses in process, on each kind of database, 100,000 if not set
#   STORY_HISTORIES    the same over a process that is killed, on each kind of database, 500 if not set
#   HISTORIES_SEED     the seed that an earlier run of histories printed, to run it again
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/redis.sh install
export REPLAY_DECISIONS=${REPLAY_DECISIONS:-10000000} OUTAGE_SECONDS=${OUTAGE_SECONDS:-60} REPLAY_TIMED=1
# One after the other: figures of one test shall not be those of another.
cargo test --release -p limiter-lib --test replay -- --nocapture --test-threads 1
INTEROP_EXAMPLES=${INTEROP_EXAMPLES:-2000} scripts/interop.sh fuzz
ADDRESS_HISTORIES=${ADDRESS_HISTORIES:-100000} cargo test --release -p auth-service --test storage -- in_no_history

scripts/postgres.sh install
export HISTORIES=${HISTORIES:-100000} STORY_HISTORIES=${STORY_HISTORIES:-500}
work=$(mktemp -d)
chmod 755 "$work"
trap 'scripts/postgres.sh stop "$work/postgres" || true; rm -rf "$work"' EXIT
cargo test --release -p auth-service --test api -- --nocapture histories::
cargo build --release -p auth-service --bins
TEST_POSTGRES_URL=$(POSTGRES_THROWAWAY=1 scripts/postgres.sh start "$work/postgres")
export TEST_POSTGRES_URL
cargo test --release -p auth-service --test api -- --nocapture histories::
cargo test --release -p tests --test stories -- --nocapture --test-threads 1 histories::

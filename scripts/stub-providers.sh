#!/usr/bin/env bash
# Social sign-in to click through without accounts anywhere: stand-ins for the providers, and a cinema that knows them.
#
#   scripts/stub-providers.sh             builds and starts both, prints where they are; Ctrl-C ends both
#   PROFILE=release scripts/stub-providers.sh
#
# Everything lives in $STUBS_DIR (./data/stub-providers). STUB_PROVIDERS_PORT is the first of the stand-ins' five ports.
set -euo pipefail
cd "$(dirname "$0")/.."
home=${STUBS_DIR:-./data/stub-providers}
profile=${PROFILE:-dev}
folder=$profile
[ "$profile" = dev ] && folder=debug
mkdir -p "$home"
home=$(cd "$home" && pwd)

cargo build --profile "$profile" -p stub-providers -p standalone

pids=()
stop() {
    trap - EXIT INT TERM
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait || true
}
trap stop EXIT INT TERM

settings="$home/settings.sh"
rm -f "$settings"
"target/$folder/stub-providers" >"$settings" &
pids+=($!)
for _ in $(seq 100); do
    grep -q AUTH_VK_PROVIDERS "$settings" 2>/dev/null && break
    kill -0 "${pids[0]}" 2>/dev/null || exit 1
    sleep 0.1
done
# shellcheck disable=SC1090 # written a moment ago by the program above
. "$settings"

listen=${AUTH_LISTEN:-127.0.0.1:8001}
cat <<END
stand-ins  on 127.0.0.1 from port ${STUB_PROVIDERS_PORT:-9100} on; their settings are in $settings
pages      http://$listen/account

END
CINEMA_DATA_DIR="$home/data" "target/$folder/cinema" &
pids+=($!)
wait -n

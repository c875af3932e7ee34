# Sourced by scripts that install what they need with apt-get, where we may.

# apt_install PACKAGE...: fails silently; whoever calls it looks whether the program is there then.
apt_install() {
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    # Nothing shall run that we did not start: packages' own services are kept from starting.
    local policy=/usr/sbin/policy-rc.d made=""
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
        $sudo chmod 755 "$policy"
        made=1
    fi
    { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >&2 || true
    [ -z "$made" ] || $sudo rm -f "$policy"
}

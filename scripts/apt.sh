# Sourced by scripts that install what they need with apt-get, where we may.

# no_postgres_cluster: the packages of PostgreSQL, now or later, make no cluster of their own.
no_postgres_cluster() {
    local sudo="" file=/etc/postgresql-common/createcluster.conf
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    $sudo mkdir -p "$(dirname "$file")"
    [ -e "$file" ] || echo "create_main_cluster = false" | $sudo tee "$file" >/dev/null
}

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
    { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "$@"; } >&2 || true
    [ -z "$made" ] || $sudo rm -f "$policy"
}

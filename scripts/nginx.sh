#!/usr/bin/env bash
# The proxy of deploy/nginx as a private process: own folder, own address.
#
#   scripts/nginx.sh install          makes sure that nginx is on the machine
#   scripts/nginx.sh render FOLDER    writes FOLDER/nginx.conf and what it includes
#   scripts/nginx.sh start FOLDER     renders, checks, starts one and prints its URL
#   scripts/nginx.sh stop FOLDER      stops it after what is under way
#   scripts/nginx.sh check            has nginx read both forms (plain addresses; names), starts nothing
#
#   NGINX_LISTEN           where people come in (127.0.0.1:8000)
#   NGINX_INSIDE_LISTEN    where services and operators come in, if they shall (none)
#   NGINX_OPERATORS        `open` lets the outside call what operators call: roles, users, the audit log (closed)
#   AUTH_SERVERS, MOVIES_SERVERS, CAPTCHA_SERVERS
#                          addresses of the replicas, with spaces between (127.0.0.1:8001, …:8002, …:8003)
#   NGINX_RESOLVER         a DNS server and its options, such as "127.0.0.11 valid=5s ipv6=off"; then the three above are
#                          one name each, looked up while nginx runs
#   NGINX_TRUSTED_PROXIES  networks of load balancers before nginx, with spaces between (none)
#   NGINX_UPSTREAM_IDLE    how long an idle connection to a service is kept (4s); less than the …_SHUTDOWN_DELAY of services
#   NGINX_ACCESS_LOG       where the access log goes (FOLDER/access.log)
set -euo pipefail
. "$(dirname "$0")/apt.sh"
files=$(cd "$(dirname "$0")/../deploy/nginx" && pwd)

install_nginx() {
    find_nginx >/dev/null && return
    echo "nginx.sh: nginx is not here; installing it" >&2
    apt_install nginx-light
    find_nginx >/dev/null || { echo "nginx.sh: no nginx and no way to install it" >&2; exit 1; }
}

find_nginx() {
    command -v nginx || { [ -x /usr/sbin/nginx ] && echo /usr/sbin/nginx; }
}

# Replaces ${NAME} by the variable NAME where it is one of ours, as envsubst would.
fill() {
    local text name
    text=$(cat "$1")
    for name in NGINX_FILES NGINX_RUN NGINX_LISTEN NGINX_INSIDE_LISTEN NGINX_OPERATORS NGINX_ACCESS_LOG NGINX_TRUSTED NGINX_RESOLVER \
        AUTH_SERVERS MOVIES_SERVERS CAPTCHA_SERVERS; do
        text=${text//"\${$name}"/"${!name:-}"}
    done
    printf '%s\n' "$text"
}

# A group of plain addresses. One that failed three times within two seconds is left alone for two seconds.
upstream() {
    local name=$1 variable=$2 server
    echo "upstream $name {"
    echo "    zone $name 64k;"
    for server in $3; do echo "    server $server max_fails=3 fail_timeout=2s;"; done
    echo "    keepalive 32;"
    echo "    keepalive_requests 100000;"
    echo "    keepalive_timeout ${NGINX_UPSTREAM_IDLE:-4s};"
    echo "}"
    echo "map \"\" \$$variable { default $name; }"
}

render() {
    local folder=$1 network
    mkdir -p "$folder"
    NGINX_RUN=$(cd "$folder" && pwd)
    NGINX_FILES=$files
    NGINX_LISTEN=${NGINX_LISTEN:-127.0.0.1:8000}
    NGINX_OPERATORS=${NGINX_OPERATORS:-closed}
    NGINX_ACCESS_LOG=${NGINX_ACCESS_LOG:-$NGINX_RUN/access.log}
    AUTH_SERVERS=${AUTH_SERVERS:-127.0.0.1:8001}
    MOVIES_SERVERS=${MOVIES_SERVERS:-127.0.0.1:8002}
    CAPTCHA_SERVERS=${CAPTCHA_SERVERS:-127.0.0.1:8003}
    NGINX_TRUSTED=""
    for network in ${NGINX_TRUSTED_PROXIES:-}; do NGINX_TRUSTED+="set_real_ip_from $network; "; done
    fill "$files/nginx.conf.template" >"$NGINX_RUN/nginx.conf"
    if [ -n "${NGINX_RESOLVER:-}" ]; then
        fill "$files/names.conf.template" >"$NGINX_RUN/services.conf"
    else
        {
            upstream auth-service auth_service "$AUTH_SERVERS"
            upstream movies-api movies_api "$MOVIES_SERVERS"
            upstream captcha-service captcha_service "$CAPTCHA_SERVERS"
        } >"$NGINX_RUN/services.conf"
    fi
    rm -f "$NGINX_RUN/inside.conf"
    [ -z "${NGINX_INSIDE_LISTEN:-}" ] || fill "$files/inside.conf.template" >"$NGINX_RUN/inside.conf"
}

start() {
    install_nginx
    render "$1"
    local nginx
    nginx=$(find_nginx)
    "$nginx" -q -t -p "$NGINX_RUN" -c "$NGINX_RUN/nginx.conf" -e stderr >&2
    "$nginx" -p "$NGINX_RUN" -c "$NGINX_RUN/nginx.conf" -e "$NGINX_RUN/error.log" 2>>"$NGINX_RUN/error.log"
    echo "http://$NGINX_LISTEN"
}

stop() {
    local pid
    [ -s "$1/nginx.pid" ] || return 0
    pid=$(cat "$1/nginx.pid")
    kill -QUIT "$pid" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -TERM "$pid" 2>/dev/null || true
}

check() {
    install_nginx
    local nginx
    work=$(mktemp -d) # not local: the trap outlives this function
    trap 'rm -rf "$work"' EXIT
    nginx=$(find_nginx)
    (NGINX_INSIDE_LISTEN=127.0.0.1:8010 NGINX_TRUSTED_PROXIES="10.0.0.0/8 2001:db8::/32" MOVIES_SERVERS="127.0.0.1:1 [::1]:2" render "$work/addresses")
    (NGINX_RESOLVER="127.0.0.1 ipv6=off" NGINX_OPERATORS=open AUTH_SERVERS=auth.invalid:8001 render "$work/names")
    local form
    for form in addresses names; do
        "$nginx" -q -t -p "$work/$form" -c "$work/$form/nginx.conf" -e stderr
        echo "nginx.sh: $form are fine"
    done
}

case "${1:-}" in
    install) install_nginx ;;
    render) render "${2:?FOLDER is missing}" ;;
    start) start "${2:?FOLDER is missing}" ;;
    stop) stop "${2:?FOLDER is missing}" ;;
    check) check ;;
    *) sed -n '2,22p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac

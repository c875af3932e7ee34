#!/usr/bin/env bash
# nginx and Caddy, set up as docs/integrating.md prints it, before a server that says which headers it got. Part of
# scripts/interop.sh, which installs and builds what this needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/interop/services.sh
. scripts/apt.sh
scripts/nginx.sh install
command -v caddy >/dev/null || apt_install caddy
backend=127.0.0.1:$(free_port) nginx=127.0.0.1:$(free_port) caddy=127.0.0.1:$(free_port)

# printed LANGUAGE: the block that docs/integrating.md prints, with the addresses of this run.
printed() {
    awk -v start="\`\`\`$1" '/^```/ { on = ($0 == start); next } on' docs/integrating.md |
        sed "s/127.0.0.1:8001/$AUTH_LISTEN/; s/127.0.0.1:9000/$backend/"
}
cat >"$work/nginx.conf" <<EOF
daemon off; pid $work/nginx.pid; error_log $work/nginx.log; events {}
http {
    access_log off; client_body_buffer_size 64k; client_body_temp_path $work/body; proxy_temp_path $work/proxied;
    fastcgi_temp_path $work/fastcgi; uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
    server { listen $nginx; $(printed nginx) }
}
EOF
printf '{\nadmin off\nauto_https off\n}\nhttp://%s {\nbind 127.0.0.1\n%s\n}\n' "$caddy" "$(printed caddy)" >"$work/Caddyfile"

serve auth-service "$AUTH_LISTEN"
export ADMIN_EMAIL=admin@example.org ADMIN_PASSWORD="four geese by the lake"
target/debug/auth-service create-admin "$ADMIN_EMAIL" --password-file - <<<"$ADMIN_PASSWORD" >"$work/admin.log" 2>&1
"$(command -v nginx || echo /usr/sbin/nginx)" -c "$work/nginx.conf" 2>>"$work/nginx.log" &
pids+=($!)
HOME=$work caddy run --config "$work/Caddyfile" --adapter caddyfile 2>"$work/caddy.log" &
pids+=($!)
target/python/interop/bin/python tests/interop/proxies.py "http://$AUTH_LISTEN" "$backend" "nginx=http://$nginx" "caddy=http://$caddy" ||
    { tail -n 5 "$work/nginx.log" "$work/caddy.log" >&2; exit 1; }

#!/usr/bin/env bash
# Libraries of OAuth and OpenID clients, as they are published, and mod_auth_openidc of Apache, against auth-service behind TLS
# (Caddy): metadata, sign-in by redirect, tokens, revocation, introspection, and access tokens verified over rotations of
# the signing key. Apache is set up as docs/integrating.md prints it. Part of scripts/interop.sh, which installs and builds what this needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/interop/services.sh
. scripts/apt.sh
command -v caddy >/dev/null || apt_install caddy
apache_modules=/usr/lib/apache2/modules
[ -e "$apache_modules/mod_auth_openidc.so" ] || apt_install apache2-bin libapache2-mod-auth-openidc
python=target/python/interop/bin/python

# RFC 7009 §2 and RFC 8414 §2 require https; so no library needs a setting that allows http.
tls=127.0.0.1:$(free_port)
export ISSUER=https://$tls AUTH_ISSUER=https://$tls
cat >"$work/Caddyfile" <<EOF
{
    admin off
    skip_install_trust
    auto_https disable_redirects
    default_sni 127.0.0.1
    servers {
        protocols h1 h2
    }
}
$ISSUER {
    bind 127.0.0.1
    tls internal
    reverse_proxy $AUTH_LISTEN
}
EOF
HOME=$work XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work \
    caddy run --config "$work/Caddyfile" --adapter caddyfile 2>"$work/caddy.log" &
pids+=($!)

# Secrets that libraries spell in two ways inside of Basic: form-encoded, as RFC 6749 §2.3.1 has it, and plain.
export CLIENT_ID=reports-2.eu CLIENT_SECRET='mqc_a secret+of/reports%41=:~!'
export SERVICE_ID=films-2.eu SERVICE_SECRET='a secret+of/films%41=:~!'
export AUTH_SERVICE_CLIENTS=$SERVICE_ID=$SERVICE_SECRET AUTH_CLIENTS_FILE=$work/clients.toml
printf '[clients."%s"]\nkind = "confidential"\ngrants = ["client_credentials"]\nsecrets = [{sha256 = "%s"}]\n' \
    "$CLIENT_ID" "$(printf %s "$CLIENT_SECRET" | sha256sum | cut -d' ' -f1)" >"$AUTH_CLIENTS_FILE"
export WEB_ID=web WEB_BACK=https://films.example.org/signed-in APACHE_SECRET='mqc_a secret of apache'
apache=127.0.0.1:$(free_port)
cat >>"$AUTH_CLIENTS_FILE" <<EOF
[clients.web]
kind = "public"
grants = ["authorization_code", "refresh_token"]
first_party = true
redirect_uris = ["$WEB_BACK"]
[clients.apache]
kind = "confidential"
grants = ["authorization_code"]
first_party = true
redirect_uris = ["http://127.0.0.1/reports/callback"]
secrets = [{sha256 = "$(printf %s "$APACHE_SECRET" | sha256sum | cut -d' ' -f1)"}]
EOF
serve auth-service "$AUTH_LISTEN"
export EMAIL=admin@example.org PASSWORD="four geese by the lake"
target/debug/auth-service create-admin "$EMAIL" --password-file - <<<"$PASSWORD" >"$work/admin.log" 2>&1

authority=$work/caddy/pki/authorities/local/root.crt
for _ in $(seq 100); do
    curl --silent --fail --cacert "$authority" --output /dev/null "$ISSUER/readyz" && break
    sleep 0.1
done
export NODE_EXTRA_CA_CERTS=$authority SSL_CERT_FILE=$authority REQUESTS_CA_BUNDLE=$authority
export INTEROP_AUTHORITY=$authority
export ROTATE="$PWD/target/debug/auth-service create-key"
mkdir -p "$work/www/reports"
echo "<h1>protected page</h1>" >"$work/www/reports/index.html"
cat >"$work/apache.conf" <<EOF
ServerName 127.0.0.1
ServerRoot $work
PidFile $work/apache.pid
ErrorLog $work/apache.log
Listen $apache
User www-data
Group www-data
$(for module in mpm_event authn_core authz_core authz_user dir auth_openidc; do
    echo "LoadModule ${module}_module $apache_modules/mod_$module.so"
done)
DocumentRoot $work/www
DirectoryIndex index.html
OIDCCABundlePath $work/authority.crt
OIDCInfoHook id_token userinfo
$(awk '/^```/ { on = ($0 == "```apache"); next } on' docs/integrating.md |
    sed "s|https://id.example.org|$ISSUER|; s|https://www.example.org|http://$apache|; s|mqc_…|$APACHE_SECRET|")
EOF
chmod 755 "$work" "$work/www" "$work/www/reports"
install -m 644 "$authority" "$work/authority.crt" # Apache reads it as another user
/usr/sbin/apache2 -f "$work/apache.conf" -D FOREGROUND 2>>"$work/apache.log" &
pids+=($!)
mod_auth_openidc() { node target/interop/oauth-apache.mjs "http://$apache"; }
openidconnect_crate() {
    cargo run --quiet --manifest-path tests/interop/openidconnect/Cargo.toml --target-dir target/interop/openidconnect -- \
        node target/interop/oauth-browser.mjs
}
failed=""
library() {
    "${@:2}" >"$work/$1.out" 2>"$work/$1.log" && { cat "$work/$1.out"; return; }
    echo "interop: $1 failed" >&2
    cat "$work/$1.out" "$work/$1.log" >&2
    failed+=" $1"
}
oauth2_crate() {
    cargo test --quiet --workspace --test interop -- --ignored oauth2_crate >&2 || return
    local version
    version=$(sed -n '/^name = "oauth2"$/{n; s/version = "\(.*\)"/\1/p}' Cargo.lock)
    echo "oauth2 $version: client credentials, refresh, revocation, introspection, errors"
}
library openid-client node target/interop/oauth-openid-client.mjs
library oauth4webapi node target/interop/oauth-oauth4webapi.mjs
library Authlib "$python" target/interop/oauth_authlib.py
library requests-oauthlib "$python" target/interop/oauth_requests.py
library oauth2 oauth2_crate
library openidconnect openidconnect_crate
library mod_auth_openidc mod_auth_openidc
library PyJWT "$python" target/interop/oauth_pyjwt.py
library jsonwebtoken node target/interop/oauth-jsonwebtoken.mjs
[ -z "$failed" ] || { tail -n 20 "$work/auth-service.log" "$work/caddy.log" "$work/apache.log" >&2; exit 1; }

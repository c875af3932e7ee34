#!/usr/bin/env bash
# Libraries of OAuth clients, as they are published, against auth-service behind TLS (Caddy): metadata, tokens,
# revocation, introspection, and access tokens verified over rotations of the signing key. Part of scripts/interop.sh,
# which installs and builds what this needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/interop/services.sh
. scripts/apt.sh
command -v caddy >/dev/null || apt_install caddy
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
library PyJWT "$python" target/interop/oauth_pyjwt.py
library jsonwebtoken node target/interop/oauth-jsonwebtoken.mjs
[ -z "$failed" ] || { tail -n 20 "$work/auth-service.log" "$work/caddy.log" >&2; exit 1; }

"""Authlib: its clients over requests and httpx, and its validator of access tokens by RFC 9068."""

import asyncio
import os
import subprocess
from importlib.metadata import version

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.common.security import generate_token
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc import jwt
from joserfc.jwk import KeySet
from oauth_account import CLIENT, FIRST_PARTY, ISSUER, SERVICE, WEB, BROWSER, fails_with, introspect, metadata, sign_in, status_with

SERVER = metadata()
TOKEN, REVOKE = SERVER["token_endpoint"], SERVER["revocation_endpoint"]


class Validator(JWTBearerTokenValidator):
    def get_jwks(self):  # which Authlib leaves to its users
        return KeySet.import_key_set(requests.get(SERVER["jwks_uri"], timeout=30).json())

    def check(self, token, **required):
        claims = self.authenticate_token(token)
        self.validate_token(claims, None, None, **required)
        return claims


def sessions(kind):
    """A session of the public client: refreshed, used, revoked."""
    tokens = sign_in()
    with kind(FIRST_PARTY, token=tokens, token_endpoint=TOKEN) as client:
        refreshed = client.refresh_token(TOKEN)
        assert refreshed["refresh_token"] != tokens["refresh_token"], "not the next one"
        assert client.get(f"{ISSUER}/api/v1/me").status_code == 200
        answer = client.revoke_token(REVOKE, token=refreshed["refresh_token"], token_type_hint="refresh_token")
        assert answer.status_code == 200, answer.text
        assert client.revoke_token(REVOKE, token="an unknown token").status_code == 200
        assert status_with(refreshed["access_token"]) == 401
        assert introspect(refreshed["access_token"]) == {"active": False}
        error = fails_with(OAuthError, client.refresh_token, TOKEN)
        assert error.error == "invalid_grant", error


def credentials(kind):
    """Tokens of a confidential client by both of its methods, and introspection by a service."""
    for method in ["client_secret_basic", "client_secret_post"]:
        with kind(*CLIENT, token_endpoint_auth_method=method) as client:
            token = client.fetch_token(TOKEN, grant_type="client_credentials")
            assert "refresh_token" not in token, token
            error = fails_with(OAuthError, client.fetch_token, TOKEN, grant_type="client_credentials", scope="films")
            assert error.error == "invalid_scope", error
        with kind(CLIENT[0], "wrong", token_endpoint_auth_method=method) as client:
            error = fails_with(OAuthError, client.fetch_token, TOKEN, grant_type="client_credentials")
            assert error.error == "invalid_client", error
        with kind(*SERVICE) as service:
            known = service.introspect_token(SERVER["introspection_endpoint"], token=token["access_token"]).json()
            assert (known["active"], known["sub"]) == (True, f"client:{CLIENT[0]}"), known


async def renewed_by_itself():
    """A token that has expired is renewed before a request, without being asked to."""
    tokens = {**sign_in(), "expires_at": 1}
    async with AsyncOAuth2Client(FIRST_PARTY, token=tokens, token_endpoint=TOKEN) as client:
        answer = await client.get(f"{ISSUER}/api/v1/me")
        assert answer.status_code == 200, answer.text
        assert client.token["access_token"] != tokens["access_token"]


def access_tokens():
    """What RFC 9068 §4 requires, by a library that is not ours."""
    token = sign_in()["access_token"]
    claims = Validator(ISSUER, FIRST_PARTY).check(token, roles=["admin"])
    assert claims["client_id"] == FIRST_PARTY, claims
    with OAuth2Session(*CLIENT) as client:
        granted = client.fetch_token(TOKEN, grant_type="client_credentials")["access_token"]
    assert Validator(ISSUER, FIRST_PARTY).check(granted)["sub"] == f"client:{CLIENT[0]}"
    for validator in [Validator(f"{ISSUER}/", FIRST_PARTY), Validator(ISSUER, "another")]:
        fails_with(InvalidTokenError, validator.check, token)
    fails_with(InvalidTokenError, Validator(ISSUER, FIRST_PARTY).check, token, roles=["editor"])
    fails_with(InvalidTokenError, Validator(ISSUER, FIRST_PARTY).check, granted, roles=["admin"])


def redirect(kind):
    """Sign-in by redirect with PKCE, and the ID token."""
    verifier, nonce = generate_token(48), generate_token(20)
    with kind(WEB[0], redirect_uri=WEB[1], scope="openid email", code_challenge_method="S256") as client:
        url, state = client.create_authorization_url(SERVER["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
        back = subprocess.run([*BROWSER, url], check=True, capture_output=True, text=True).stdout.strip()
        token = client.fetch_token(TOKEN, authorization_response=back, state=state, code_verifier=verifier)
        keys = KeySet.import_key_set(requests.get(SERVER["jwks_uri"], timeout=30).json())
        claims = jwt.decode(token["id_token"], keys, algorithms=SERVER["id_token_signing_alg_values_supported"]).claims
        assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, WEB[0], nonce), claims
        info = client.get(SERVER["userinfo_endpoint"]).json()
        assert (info["sub"], info["email"]) == (claims["sub"], os.environ["EMAIL"]), info
        fails_with(OAuthError, client.fetch_token, TOKEN, authorization_response=back, state=state, code_verifier=verifier)


for kind in [OAuth2Session, OAuth2Client]:
    redirect(kind)
    sessions(kind)
    credentials(kind)
asyncio.run(renewed_by_itself())
access_tokens()
done = "authorization code with PKCE, ID token, userinfo, refresh, revocation, client credentials, introspection, by requests and httpx; access tokens by RFC 9068"
print(f"Authlib {version('authlib')}: {done}")

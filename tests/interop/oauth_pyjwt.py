"""PyJWT: access tokens verified before and after a rotation of the signing key, with one PyJWKClient."""

import base64
import os
import shlex
import subprocess
import time
from importlib.metadata import version

import jwt
import requests
from oauth_account import CLIENT, FIRST_PARTY, ISSUER, fails_with, sign_in, status_with

KEYS = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json")
# For it auth-service reads its folder of keys before the minute is over.
HEADER = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"at+jwt","kid":"unknown"}').decode().rstrip("=")
UNKNOWN_KEY = f"{HEADER}.e30.AA"
REQUIRED = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]  # RFC 9068 §2.2


def verify(token, audience=FIRST_PARTY):
    key = KEYS.get_signing_key_from_jwt(token)
    return jwt.decode(token, key, ["RS256"], audience=audience, issuer=ISSUER, options={"require": REQUIRED})


def client_token():
    form = {"grant_type": "client_credentials"}
    answer = requests.post(f"{ISSUER}/oauth2/token", data=form, auth=CLIENT, timeout=30)
    answer.raise_for_status()
    return answer.json()["access_token"]


def kid(token):
    return jwt.get_unverified_header(token)["kid"]


def rotate():
    """Creates a key, and waits until it signs. It is published before, as docs/auth.md has it: for 30 s after a
    download PyJWKClient downloads nothing for an unknown key id."""
    before, deadline = kid(client_token()), time.monotonic() + 90
    subprocess.run([*shlex.split(os.environ["ROTATE"]), "--activate-in", "32s"], check=True, capture_output=True)
    while kid(client_token()) == before:
        assert time.monotonic() < deadline, "the new key does not sign"
        assert status_with(UNKNOWN_KEY) == 401
        time.sleep(0.5)


before = sign_in()["access_token"]
assert verify(before)["client_id"] == FIRST_PARTY
rotate()
after = sign_in()["access_token"]
assert kid(before) != kid(after)
for token in [before, after]:
    assert verify(token)["aud"] == FIRST_PARTY
    assert status_with(token) == 200
assert verify(client_token())["sub"] == f"client:{CLIENT[0]}"
fails_with(jwt.InvalidAudienceError, verify, after, audience="another")
fails_with(jwt.InvalidSignatureError, verify, ".".join([*after.split(".")[:2], before.split(".")[2]]))
fails_with(jwt.PyJWKClientError, verify, UNKNOWN_KEY)
print(f"PyJWT {version('pyjwt')}: tokens over a rotation")

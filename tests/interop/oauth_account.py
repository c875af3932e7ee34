"""Shared by the programs for OAuth libraries: an account that is signed in, and requests without a library."""

import os

import requests

ISSUER = os.environ["ISSUER"]
CLIENT = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
SERVICE = os.environ["SERVICE_ID"], os.environ["SERVICE_SECRET"]
WEB = os.environ["WEB_ID"], os.environ["WEB_BACK"]
FIRST_PARTY = "marquee"
BROWSER = ["node", "target/interop/oauth-browser.mjs"]


def metadata():
    answer = requests.get(f"{ISSUER}/.well-known/oauth-authorization-server", timeout=30)
    answer.raise_for_status()
    return answer.json()


def sign_in():
    """Tokens of a new session."""
    body = {"email": os.environ["EMAIL"], "password": os.environ["PASSWORD"], "device": {"kind": "desktop"}}
    answer = requests.post(f"{ISSUER}/api/v1/sessions", json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    return answer.json()["tokens"]


def status_with(token):
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{ISSUER}/api/v1/me", headers=headers, timeout=30).status_code


def introspect(token):
    answer = requests.post(f"{ISSUER}/oauth2/introspect", data={"token": token}, auth=SERVICE, timeout=30)
    answer.raise_for_status()
    return answer.json()


def fails_with(kind, call, *args, **kwargs):
    """The error of this class that a call raises."""
    try:
        result = call(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}, but {result!r}")

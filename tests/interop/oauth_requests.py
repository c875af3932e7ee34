"""requests-oauthlib: tokens of a confidential client, and sessions of the public one."""

from importlib.metadata import version

from oauth_account import CLIENT, FIRST_PARTY, ISSUER, fails_with, introspect, metadata, sign_in, status_with
from oauthlib.oauth2 import BackendApplicationClient, Client, InvalidClientError, InvalidGrantError, InvalidScopeError
from requests_oauthlib import OAuth2Session

TOKEN = metadata()["token_endpoint"]
REVOKE = metadata()["revocation_endpoint"]


def credentials():
    client_id, secret = CLIENT
    for include_client_id in [False, True]:  # by Basic, and in the body
        session = OAuth2Session(client=BackendApplicationClient(client_id))
        granted = session.fetch_token(TOKEN, client_secret=secret, include_client_id=include_client_id)
        assert introspect(granted["access_token"])["client_id"] == client_id
        wrong = {"client_secret": "wrong", "include_client_id": include_client_id}
        fails_with(InvalidClientError, session.fetch_token, TOKEN, **wrong)
        scoped = OAuth2Session(client=BackendApplicationClient(client_id, scope=["films"]))
        fails_with(InvalidScopeError, scoped.fetch_token, TOKEN, client_secret=secret)


def sessions():
    tokens = sign_in()
    session = OAuth2Session(FIRST_PARTY, token=tokens)
    refreshed = session.refresh_token(TOKEN)
    assert refreshed["refresh_token"] != tokens["refresh_token"], "not the next one"
    assert session.get(f"{ISSUER}/api/v1/me").status_code == 200
    # oauthlib writes the request of a revocation, and leaves it to its user to send it.
    revocation = Client(FIRST_PARTY).prepare_token_revocation_request
    url, headers, body = revocation(REVOKE, refreshed["refresh_token"], "refresh_token", client_id=FIRST_PARTY)
    assert session.post(url, headers=headers, data=body, withhold_token=True).status_code == 200
    assert status_with(refreshed["access_token"]) == 401
    fails_with(InvalidGrantError, session.refresh_token, TOKEN)


def renewed_by_itself():
    kept = []
    tokens = {**sign_in(), "expires_in": -1}
    more = {"auto_refresh_url": TOKEN, "token_updater": kept.append}
    session = OAuth2Session(FIRST_PARTY, token=tokens, **more)
    assert session.get(f"{ISSUER}/api/v1/me").status_code == 200
    assert len(kept) == 1 and kept[0]["access_token"] != tokens["access_token"], kept


credentials()
sessions()
renewed_by_itself()
versions = ", ".join(f"{name} {version(name)}" for name in ["requests-oauthlib", "oauthlib"])
print(f"{versions}: client credentials, refresh, revocation, errors")

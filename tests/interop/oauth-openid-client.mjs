// openid-client: metadata, sessions of the public client, tokens of a confidential one, introspection by a service.

import assert from "node:assert/strict";
import * as client from "openid-client";
import {
  CLIENT_ID, CLIENT_SECRET, FIRST_PARTY, ISSUER, SERVICE_ID, SERVICE_SECRET, WEB_BACK, WEB_ID, failsWith, signIn, statusWith, versionOf,
} from "./oauth-account.mjs";
import { Browser } from "./oauth-browser.mjs";

const discover = (id, secret, method) =>
  client.discovery(new URL(ISSUER), id, secret, method, { algorithm: "oauth2" });
const app = await discover(FIRST_PARTY, undefined, client.None());
const service = await discover(SERVICE_ID, SERVICE_SECRET, client.ClientSecretBasic(SERVICE_SECRET));
const introspect = (token) => client.tokenIntrospection(service, token);

assert.equal(app.serverMetadata().issuer, ISSUER);
for (const grant of ["refresh_token", "client_credentials", "authorization_code"]) {
  assert.ok(app.serverMetadata().grant_types_supported.includes(grant), grant);
}

// A session: the next pair, and its end.
const first = await signIn();
const second = await client.refreshTokenGrant(app, first.refresh_token);
assert.equal(second.token_type, "bearer");
assert.ok(second.expiresIn() > 0);
const me = await client.fetchProtectedResource(app, second.access_token, new URL(`${ISSUER}/api/v1/me`), "GET");
assert.equal(me.status, 200);
const known = await introspect(second.access_token);
assert.equal(known.active, true);
assert.equal(known.client_id, FIRST_PARTY);
assert.equal(known.iss, ISSUER);
await client.tokenRevocation(app, second.refresh_token, { token_type_hint: "refresh_token" });
assert.equal(await statusWith(second.access_token), 401);
assert.deepEqual(await introspect(second.access_token), { active: false });
await failsWith(client.refreshTokenGrant(app, second.refresh_token), client.ResponseBodyError, {
  error: "invalid_grant", status: 400,
});
await failsWith(
  client.fetchProtectedResource(app, second.access_token, new URL(`${ISSUER}/api/v1/me`), "GET"),
  client.WWWAuthenticateChallengeError, { status: 401 },
);
await client.tokenRevocation(app, "an unknown token"); // RFC 7009 §2.2

// A client of its own, by both of its methods.
for (const method of [client.ClientSecretBasic(CLIENT_SECRET), client.ClientSecretPost(CLIENT_SECRET)]) {
  const reports = await discover(CLIENT_ID, CLIENT_SECRET, method);
  const granted = await client.clientCredentialsGrant(reports);
  assert.equal(granted.refresh_token, undefined);
  const { active, sub } = await introspect(granted.access_token);
  assert.deepEqual({ active, sub }, { active: true, sub: `client:${CLIENT_ID}` });
  await failsWith(client.clientCredentialsGrant(reports, { scope: "films" }), client.ResponseBodyError, {
    error: "invalid_scope", status: 400,
  });
  await failsWith(client.refreshTokenGrant(reports, first.refresh_token), client.ResponseBodyError, {
    error: "unauthorized_client", status: 400,
  });
}
for (const method of [client.ClientSecretBasic("wrong"), client.ClientSecretPost("wrong")]) {
  const rejected = client.clientCredentialsGrant(await discover(CLIENT_ID, "wrong", method));
  await failsWith(rejected, client.WWWAuthenticateChallengeError, { status: 401 });
}

// Sign-in by redirect, as OpenID.
const web = await client.discovery(new URL(ISSUER), WEB_ID, undefined, client.None());
const [pkceCodeVerifier, expectedState, expectedNonce] = [
  client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce(),
];
const url = client.buildAuthorizationUrl(web, {
  redirect_uri: WEB_BACK,
  scope: "openid email profile offline_access",
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
  state: expectedState,
  nonce: expectedNonce,
  max_age: "3600",
});
const back = new URL(await new Browser().signIn(url.href));
const checks = { pkceCodeVerifier, expectedState, expectedNonce, maxAge: 3600, idTokenExpected: true };
const signedIn = await client.authorizationCodeGrant(web, back, checks);
const { sub } = signedIn.claims();
assert.equal((await client.fetchUserInfo(web, signedIn.access_token, sub)).email, process.env.EMAIL);
assert.equal((await client.refreshTokenGrant(web, signedIn.refresh_token)).scope, "openid email profile");
await failsWith(client.authorizationCodeGrant(web, back, checks), client.ResponseBodyError, {
  error: "invalid_grant", status: 400,
});
const silent = client.buildAuthorizationUrl(web, {
  ...Object.fromEntries(url.searchParams), prompt: "none",
});
const refused = (await new Browser().open(silent.href)).next;
await failsWith(client.authorizationCodeGrant(web, new URL(refused), checks), client.AuthorizationResponseError, {
  error: "login_required",
});

const done = "OpenID and OAuth discovery, authorization code with PKCE, ID token, userinfo, refresh, revocation, client credentials, introspection, errors";
console.log(`openid-client ${versionOf("openid-client")}: ${done}`);

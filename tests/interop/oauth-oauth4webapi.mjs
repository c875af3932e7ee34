// oauth4webapi: the requests below those of openid-client, and its check of access tokens by RFC 9068.

import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import {
  CLIENT_ID, CLIENT_SECRET, FIRST_PARTY, ISSUER, SERVICE_ID, SERVICE_SECRET, WEB_BACK, WEB_ID, failsWith, signIn, statusWith, versionOf,
} from "./oauth-account.mjs";
import { Browser } from "./oauth-browser.mjs";

const issuer = new URL(ISSUER);
const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2" });
const server = await oauth.processDiscoveryResponse(issuer, found);
const app = { client_id: FIRST_PARTY };
const reports = { client_id: CLIENT_ID };
const service = { client_id: SERVICE_ID };

async function refresh(token) {
  const answer = await oauth.refreshTokenGrantRequest(server, app, oauth.None(), token);
  return oauth.processRefreshTokenResponse(server, app, answer);
}

async function revoke(token) {
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, app, oauth.None(), token));
}

async function credentials(method) {
  const answer = await oauth.clientCredentialsGrantRequest(server, reports, method, new URLSearchParams());
  return oauth.processClientCredentialsResponse(server, reports, answer);
}

async function introspect(token) {
  const answer = await oauth.introspectionRequest(server, service, oauth.ClientSecretBasic(SERVICE_SECRET), token);
  return oauth.processIntrospectionResponse(server, service, answer);
}

function validate(token, audience = FIRST_PARTY) {
  const request = new Request(ISSUER, { headers: { authorization: `Bearer ${token}` } });
  return oauth.validateJwtAccessToken(server, request, audience);
}

const first = await signIn();
const second = await refresh(first.refresh_token);
const third = await refresh(second.refresh_token);
assert.notEqual(third.refresh_token, second.refresh_token);
const claims = await validate(third.access_token);
assert.equal(claims.client_id, FIRST_PARTY);
assert.equal((await introspect(third.access_token)).sub, claims.sub);
await failsWith(validate(third.access_token, "another"), oauth.OperationProcessingError, {});
const replay = refresh(first.refresh_token);
await failsWith(replay, oauth.ResponseBodyError, { error: "invalid_grant", status: 400 });
assert.equal(await statusWith(third.access_token), 401);

const other = await signIn();
await revoke(other.access_token);
assert.deepEqual(await introspect(other.access_token), { active: false });
await revoke("an unknown token"); // RFC 7009 §2.2

for (const method of [oauth.ClientSecretBasic(CLIENT_SECRET), oauth.ClientSecretPost(CLIENT_SECRET)]) {
  const granted = await credentials(method);
  assert.equal((await validate(granted.access_token)).sub, `client:${CLIENT_ID}`);
  assert.equal((await introspect(granted.access_token)).client_id, CLIENT_ID);
}
// The 401 of a wrong secret has a challenge in either case (RFC 6749 §5.2), which this library reads first.
for (const method of [oauth.ClientSecretBasic("wrong"), oauth.ClientSecretPost("wrong")]) {
  const error = await failsWith(credentials(method), oauth.WWWAuthenticateChallengeError, { status: 401 });
  assert.equal(error.cause[0].scheme, "basic");
}

// The authorization code, step by step, and the ID token by the published keys.
const openid = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
const web = { client_id: WEB_ID };
const [verifier, state, nonce] = [
  oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce(),
];
const url = new URL(openid.authorization_endpoint);
const parameters = {
  client_id: WEB_ID, redirect_uri: WEB_BACK, response_type: "code", scope: "openid", state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
};
for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
const back = oauth.validateAuthResponse(openid, web, new URL(await new Browser().signIn(url.href)), state);
const answer = await oauth.authorizationCodeGrantRequest(openid, web, oauth.None(), back, WEB_BACK, verifier);
const checks = { expectedNonce: nonce, requireIdToken: true };
const signedIn = await oauth.processAuthorizationCodeResponse(openid, web, answer, checks);
await oauth.validateApplicationLevelSignature(openid, answer);
const info = await oauth.userInfoRequest(openid, web, signedIn.access_token);
await oauth.processUserInfoResponse(openid, web, oauth.getValidatedIdTokenClaims(signedIn).sub, info);

console.log(`oauth4webapi ${versionOf("oauth4webapi")}: the same, access tokens by RFC 9068, signatures of ID tokens`);

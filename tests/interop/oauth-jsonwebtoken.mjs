// jsonwebtoken with jwks-rsa: access tokens verified before and after rotations of the signing key, the second one to
// another type; and tokens that jsonwebtoken signs by HS256 with our public keys, which auth-service must reject.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import jwt from "jsonwebtoken";
import jwksRsa from "jwks-rsa";
import {
  CLIENT_ID, CLIENT_SECRET, ISSUER, SERVICE_ID, SERVICE_SECRET, signIn, statusWith, versionOf,
} from "./oauth-account.mjs";

const jwksUri = `${ISSUER}/.well-known/jwks.json`;
const keys = jwksRsa({ jwksUri, cache: true });
const headerOf = (token) => jwt.decode(token, { complete: true }).header;

async function verify(token, audience = "marquee") {
  const key = await keys.getSigningKey(headerOf(token).kid);
  return jwt.verify(token, key.getPublicKey(), { algorithms: ["RS256", "ES256"], audience, issuer: ISSUER });
}

async function form(path, id, secret, fields) {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  const body = new URLSearchParams(fields);
  const answer = await fetch(ISSUER + path, { method: "POST", headers: { authorization }, body });
  assert.equal(answer.status, 200, path);
  return answer.json();
}

const clientToken = async () =>
  (await form("/oauth2/token", CLIENT_ID, CLIENT_SECRET, { grant_type: "client_credentials" })).access_token;

/** A token with an unknown key id, for which auth-service reads its folder of keys before the minute is over. */
const unknownKey = `${Buffer.from('{"alg":"RS256","typ":"at+jwt","kid":"unknown"}').toString("base64url")}.e30.AA`;

/** Creates a key, and waits until it signs. */
async function rotate(...options) {
  const [program, ...command] = process.env.ROTATE.split(" ");
  const { kid } = headerOf(await clientToken());
  // In a second of its own, by which its file is named.
  execFileSync(program, [...command, "--activate-in", "1s", ...options], { stdio: ["ignore", "ignore", "inherit"] });
  for (const until = Date.now() + 90_000; Date.now() < until; await sleep(500)) {
    assert.equal(await statusWith(unknownKey), 401);
    if (headerOf(await clientToken()).kid !== kid) return;
  }
  assert.fail("the new key does not sign");
}

async function refuseHmacWithPublicKeys(token) {
  const { header, payload } = jwt.decode(token, { complete: true });
  const { keys: published } = await (await fetch(jwksUri)).json();
  const ours = published.find((key) => key.kid === header.kid);
  const key = createPublicKey({ key: ours, format: "jwk" });
  const types = ours.kty === "RSA" ? ["spki", "pkcs1"] : ["spki"];
  const pem = types.map((type) => key.export({ type, format: "pem" }));
  const der = types.map((type) => key.export({ type, format: "der" }));
  const number = ours.n ?? ours.x;
  const bytes = Buffer.from(number, "base64url");
  const secrets = [...pem, ...pem.map((text) => text.trim()), ...der, JSON.stringify(ours), number, bytes];
  for (const secret of secrets) {
    const forged = jwt.sign(payload, secret, { algorithm: "HS256", header: { ...header, alg: "HS256" } });
    assert.equal(await statusWith(forged), 401);
    assert.equal(await statusWith(forged, "/oauth2/check"), 401);
    const known = await form("/oauth2/introspect", SERVICE_ID, SERVICE_SECRET, { token: forged });
    assert.deepEqual(known, { active: false });
  }
  assert.equal(await statusWith(token), 200);
}

const seen = [];
for (const options of [[], ["--alg", "RS256"], ["--alg", "ES256"]]) {
  if (options.length) await rotate(...options);
  const { access_token: token } = await signIn();
  const { alg, typ, kid } = headerOf(token);
  assert.equal(typ, "at+jwt");
  assert.ok(seen.every((other) => other.kid !== kid));
  seen.push({ alg, kid, token });
  await refuseHmacWithPublicKeys(token);
  for (const { token } of seen) assert.match((await verify(token)).sub, /^[0-9a-f-]{36}$/);
  assert.equal((await verify(await clientToken())).sub, `client:${CLIENT_ID}`);
  await assert.rejects(verify(token, "another"), jwt.JsonWebTokenError);
}
assert.deepEqual(seen.map(({ alg }) => alg), ["RS256", "RS256", "ES256"]);
const versions = ["jsonwebtoken", "jwks-rsa"].map((name) => `${name} ${versionOf(name)}`).join(", ");
console.log(`${versions}: tokens over two rotations; HS256 with public keys rejected`);

// Shared by the programs for OAuth libraries: an account that is signed in, requests without a library, and checks.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export const { ISSUER, CLIENT_ID, CLIENT_SECRET, SERVICE_ID, SERVICE_SECRET, WEB_ID, WEB_BACK } = process.env;
export const FIRST_PARTY = "marquee";

export const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;

/** Tokens of a new session. */
export async function signIn() {
  const { EMAIL: email, PASSWORD: password } = process.env;
  const body = JSON.stringify({ email, password, device: { kind: "desktop" } });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${ISSUER}/api/v1/sessions`, { method: "POST", headers, body });
  assert.equal(answer.status, 201, "log_in");
  return (await answer.json()).tokens;
}

/** The status of a request with this bearer token. */
export async function statusWith(token, path = "/api/v1/me") {
  return (await fetch(ISSUER + path, { headers: { authorization: `Bearer ${token}` } })).status;
}

/** The error of this class and with these members by which a promise fails. */
export async function failsWith(promise, kind, members) {
  const error = await promise.then(() => assert.fail("the request succeeds"), (reason) => reason);
  assert.ok(error instanceof kind, `${error?.constructor?.name} instead of ${kind.name}: ${error}`);
  for (const [name, expected] of Object.entries(members)) assert.equal(error[name], expected, name);
  return error;
}

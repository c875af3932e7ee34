// What apps, editors and services do, from a sign-up with a captcha to a sign-out: node walk.mjs FILE
//
// Settings: AUTH_URL, MOVIES_URL, CAPTCHA_URL, CAPTCHA_KEY (reads the answers), MOVIES_SECRET, AUTH_SECRET, SITE_SECRET,
// ADMIN_EMAIL, ADMIN_PASSWORD. FILE gets what the clients in other languages sign in with.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { solve } from "./tv-solver.mjs";

const set = process.env;
const PASSWORD = "three cats on a sofa";
const NOWHERE = "00000000-0000-7000-8000-000000000000";
// Thinking time of a user. Faster answers count as a machine's.
const THOUGHT = 4_000;

/** A service: sends `json`, `form` or `text`, and expects `status`, and `code` of a problem. */
const service = (base, prefix) => async (method, path, status, { token, basic, json, form, text, headers, code } = {}) => {
  const all = { ...headers };
  if (token) all.authorization = `Bearer ${token}`;
  if (basic) all.authorization = `Basic ${Buffer.from(basic).toString("base64")}`;
  if (json) all["content-type"] = "application/json";
  const body = json ? JSON.stringify(json) : form ? new URLSearchParams(form) : text;
  const answer = await fetch(base + (path.startsWith("//") ? path.slice(1) : prefix + path), { method, headers: all, body });
  const received = await answer.text();
  const value = received ? JSON.parse(received) : {};
  assert.ok([status].flat().includes(answer.status), `${method} ${path}: ${answer.status} ${received}`);
  if (code) assert.equal(value.code, code, `${method} ${path}`);
  return Object.assign(value, { [HEAD]: answer });
};
const HEAD = Symbol("status and headers");
const auth = service(set.AUTH_URL, "/api/v1");
const movies = service(set.MOVIES_URL, "/api/v1");
const captcha = service(set.CAPTCHA_URL, "/api/v1/captcha");

/** Opens a challenge, has it extended and replaced, answers it. */
async function pass(opening) {
  const issued = await captcha("POST", "/challenges", 201, { json: opening });
  const path = `/challenges/${issued.session}`;
  const extended = await captcha("POST", `${path}/extend`, 200, { json: { picture_id: issued.picture_id } });
  const { picture_id } = { ...issued, ...extended };
  let shown = await captcha("POST", `${path}/refresh`, 200, { json: { picture_id } });
  for (let round = 0; round < 4; round += 1) {
    await pause(THOUGHT);
    const answer = solve({ session: issued.session, id: shown.picture_id, key: set.CAPTCHA_KEY });
    shown = await captcha("POST", `${path}/answer`, 200, { json: { picture_id: shown.picture_id, answer } });
    if (shown.status === "passed") return { captcha_token: shown.token, captcha_device_token: issued.device_token };
  }
  throw new Error("four right answers are always enough");
}

/** Posts; where a captcha is required, solves it and posts again. */
async function postWithPass(path, json, status, code) {
  const first = await auth("POST", path, [status, 403], { json });
  if (first[HEAD].status !== 403) return first;
  assert.equal(first.code, "auth.captcha_required");
  const proof = await pass({ assess_id: first.assess_id, action: first.action });
  return auth("POST", path, status, { json: { ...json, ...proof }, code });
}

const logIn = (email, password) =>
  postWithPass("/sessions", { email, password, device: { kind: "tv", name: "Living room" } }, 201);

/** Everything that an account can do alone. */
async function account(email) {
  const profile = { email, password: PASSWORD, birth_date: "1990-05-17", region: "RU-MOW", device: { kind: "tv" } };
  await postWithPass("/users", profile, 201);
  await postWithPass("/users", profile, 409, "auth.email_taken");
  const session = await logIn(email, PASSWORD);
  const renewed = await auth("POST", "/sessions/refresh", 200, { json: { refresh_token: session.tokens.refresh_token } });
  const token = renewed.tokens.access_token;
  await auth("PATCH", "/me", 200, { token, json: { display_name: "Anna", region: "KZ" } });
  for (const path of ["/me", "/me/sign-ins?page_size=2", "/me/events", "/me/social-accounts", "/sessions"]) {
    await auth("GET", path, 200, { token });
  }
  const password = `${PASSWORD} again`;
  const change = { current_password: PASSWORD, new_password: password, known_device: session.known_device };
  const { known_device } = await auth("POST", "/me/password", 200, { token, json: change });
  const back = await auth("POST", "/sessions", 201, { json: { email, password, known_device } });
  await oauth(renewed.tokens.refresh_token);
  return { email, password, known_device: back.known_device, token: back.tokens.access_token, user_id: back.user.id };
}

/** Requests that are rejected, of every kind that clients send by mistake. */
async function mistakes(token) {
  await auth("POST", "/users", 422, { json: { email: "no address", password: PASSWORD } });
  await auth("POST", "/users", 422, { json: { colour: "red" } });
  const typed = (type) => ({ "content-type": type });
  await auth("POST", "/users", 400, { text: "{", headers: typed("application/json"), code: "request.malformed_json" });
  await auth("POST", "/users", 415, { text: "x", headers: typed("text/plain") });
  await auth("GET", "/me", 401, { code: "auth.token_missing" });
  await auth("DELETE", "/status", 405);
  await auth("GET", "/nothing", 404);
  await auth("POST", "/sessions/refresh", 401, { json: { refresh_token: "mqr_wrong" } });
  await movies("GET", "/films?page_size=0", 422);
  await movies("GET", "/films?colour=red", 400);
  await movies("GET", `/films/${NOWHERE}`, 404);
  await movies("GET", "/films/search?query=x", 401, { token: "a.b.c", code: "auth.token_invalid" });
  await movies("POST", "/films", 403, { token, json: { title: "Mine", year: 2000 } });
  await movies("POST", "/films", 401, { json: { title: "Mine", year: 2000 } });
  await captcha("POST", "/challenges/none/answer", 200, { json: { picture_id: "none", answer: "7" } });
  await captcha("POST", "/assess", 401, { json: { action: "log_in" } });
}

/** The catalogue, as a viewer sees it. */
async function catalogue(token) {
  const get = (path) => movies("GET", path, 200, { token });
  const list = "/films?page_size=2&total=true&sort=rating";
  const page = await get(list);
  const etag = page[HEAD].headers.get("etag");
  await movies("GET", list, 304, { token, headers: { "if-none-match": etag } });
  await get(`/films?page_size=2&total=true&sort=rating&cursor=${encodeURIComponent(page.next_cursor)}`);
  const found = await get("/films/search?query=godfathr");
  const { film } = await get(`/films/${found.items[0].id}`);
  await get(`/films/${film.id}/similar`);
  const person = film.people[0].person_id;
  await get(`/persons/${person}`);
  await get(`/persons/${person}/films`);
  await get("/persons/search?query=brando");
  await get("/genres");
  await get("/genres/drama");
  await movies("GET", `/films/search?query=${encodeURIComponent("крестный")}`, 200, { headers: { "accept-language": "ru" } });
  await movies("GET", "/status", 200);
}

/** An editor's writes. */
async function writes(token) {
  const film = {
    title: "The Long Take", title_ru: "Длинный дубль", year: 2031, countries: ["FR"], genres: ["drama"],
    directors: [{ name: "Ann Lens" }], tier: "subscription", rating: 7.5,
  };
  const made = await movies("POST", "/films", 201, { token, json: film });
  const path = `/films/${made.film.id}`;
  const update = { version: made.film.version, film };
  const changed = await movies("PUT", path, 200, { token, json: update });
  await movies("PUT", path, 409, { token, json: update });
  await movies("GET", "/films/changes?since=0", 200, { token });
  await movies("DELETE", path, 428, { token });
  await movies("DELETE", `${path}?version=${changed.film.version}`, 204, { token });
}

/** What services ask of each other. */
async function services(token) {
  const introspect = (text, secret, status) =>
    auth("POST", "//oauth2/introspect", status, { basic: `movies-api:${secret}`, form: { token: text } });
  assert.equal((await introspect(token, set.MOVIES_SECRET, 200)).active, true);
  assert.equal((await introspect("a.b.c", set.MOVIES_SECRET, 200)).active, false);
  assert.equal((await introspect(token, "wrong", 401)).code, "auth.client_rejected");
  const basic = `auth-service:${set.AUTH_SECRET}`;
  const { assess_id } = await captcha("POST", "/assess", 200, { basic, json: { action: "log_in", ip: "192.0.2.7" } });
  const { captcha_token: response } = await pass({ action: "log_in", assess_id });
  const asked = { secret: set.SITE_SECRET, response };
  assert.equal((await captcha("POST", "//siteverify", 200, { form: asked })).success, true);
  assert.equal((await captcha("POST", "//siteverify", 200, { json: asked })).success, false);
  await captcha("GET", "//siteverify?secret=wrong&response=none", 200);
  await captcha("POST", "/feedback", 204, { basic, json: { token: response, outcome: "login_ok" } });
}

/** What OAuth libraries do with a session, and a proxy with its token. */
async function oauth(refresh_token) {
  const form = { grant_type: "refresh_token", client_id: "marquee", refresh_token };
  const refused = await auth("POST", "//oauth2/token", 401, { form: { ...form, client_id: "nobody" } });
  assert.equal(refused.error, "invalid_client");
  const { access_token: token, refresh_token: next } = await auth("POST", "//oauth2/token", 200, { form });
  await auth("GET", "//oauth2/check?aud=marquee", 200, { token });
  await auth("GET", "//oauth2/check?role=admin", 403, { token });
  assert.equal((await auth("GET", "//oauth2/userinfo", 403, { token })).error, "insufficient_scope");
  const device = await auth("POST", "//oauth2/device_authorization", 200, { form: { client_id: "marquee", device_kind: "tv" } });
  const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
  const poll = { grant_type, client_id: "marquee", device_code: device.device_code };
  assert.equal((await auth("POST", "//oauth2/token", 400, { form: poll })).error, "authorization_pending");
  await auth("POST", "//oauth2/revoke", 200, { form: { client_id: "marquee", token } });
  const ended = await auth("POST", "//oauth2/token", 400, { form: { ...form, refresh_token: next } });
  assert.equal(ended.error, "invalid_grant");
}

/** An app that signs a member in by a browser. */
async function openid(token, { email, password }) {
  const redirect_uri = "https://films.example.org/signed-in";
  const client = { client_id: "web", kind: "public", grants: ["authorization_code"], first_party: true };
  await auth("POST", "/clients", 201, { token, json: { ...client, redirect_uris: [redirect_uri], names: { en: "Films" } } });
  const { issuer, authorization_endpoint } = await auth("GET", "//.well-known/openid-configuration", 200);
  Object.assign(set, { ISSUER: issuer, EMAIL: email, PASSWORD: password });
  const { Browser } = await import("./oauth-browser.mjs");
  const code_verifier = randomBytes(32).toString("base64url");
  const asked = new URLSearchParams({
    response_type: "code", client_id: "web", redirect_uri, scope: "openid email profile",
    code_challenge: createHash("sha256").update(code_verifier).digest("base64url"), code_challenge_method: "S256",
  });
  const back = new URL(await new Browser().signIn(`${authorization_endpoint}?${asked}`));
  const code = back.searchParams.get("code");
  const form = { grant_type: "authorization_code", client_id: "web", redirect_uri, code, code_verifier };
  const { access_token } = await auth("POST", "//oauth2/token", 200, { form });
  assert.equal((await auth("GET", "//oauth2/userinfo", 200, { token: access_token })).email, email);
  assert.equal((await auth("POST", "//oauth2/token", 400, { form })).error, "invalid_grant");
  await auth("DELETE", "/clients/web", 204, { token });
}

/** Roles and permissions. */
async function clients(token) {
  const json = { client_id: "walker", kind: "confidential", grants: ["client_credentials"] };
  await auth("POST", "/clients", 201, { token, json });
  assert.equal((await auth("POST", "/clients", 409, { token, json })).code, "auth.client_taken");
  await auth("GET", "/clients?page_size=2", 200, { token });
  await auth("PATCH", "/clients/walker", 200, { token, json: { grants: ["refresh_token"] } });
  await auth("POST", "/clients/walker/secrets", 200, { token, json: { old_valid_for: 60 } });
  await auth("DELETE", "/clients/walker", 204, { token });
}

async function roles(user, token) {
  const json = { name: "walker", description: "Walks", permissions: ["films.write"] };
  await auth("POST", "/roles", 201, { token, json });
  assert.equal((await auth("POST", "/roles", 409, { token, json })).code, "auth.role_taken");
  await auth("GET", "/roles?page_size=2", 200, { token });
  await auth("GET", "/roles/walker", 200, { token });
  await auth("PATCH", "/roles/walker", 200, { token, json: { permissions: [] } });
  assert.equal((await auth("PATCH", "/roles/admin", 409, { token, json: {} })).code, "auth.system_role");
  await auth("DELETE", "/roles/walker", 204, { token });
  await auth("GET", `/users/${user.id}/roles`, 200, { token });
  await clients(token);
  assert.equal((await auth("GET", "/permissions/roles.manage", 200, { token })).allowed, true);
  await auth("GET", "/permissions/none", 404, { token });
}

/** The code of the newest mail to this address with this subject, once there are `count` of them. */
async function mailedCode(to, subject, count = 1) {
  for (let round = 0; round < 600; round += 1) {
    const files = readdirSync(set.MAILS).filter((name) => name.endsWith(".eml")).sort();
    const mails = files.map((name) => readFileSync(`${set.MAILS}/${name}`, "utf8"));
    const own = mails.filter((mail) => mail.includes(`To: ${to}`) && mail.includes(subject));
    if (own.length >= count) return own.at(-1).match(/^ +(\d{4}.?\d{4})\s*$/m)[1];
    await pause(100);
  }
  throw new Error(`no mail to ${to}: ${subject}`);
}

/** Proof, change and reset of an address, and a copy of the data. Returns the id of the account. */
async function addresses(email, next) {
  const json = { email, password: PASSWORD, device: { kind: "tv" } };
  await postWithPass("/users", json, 201);
  const { user, tokens } = await logIn(email, PASSWORD);
  const token = tokens.access_token;
  await auth("POST", "/me/email/proof", 202, { token });
  await auth("POST", "/me/email/proof/confirm", 204, { token, json: { code: await mailedCode(email, "confirm this address") } });
  await auth("PUT", "/me/email", 202, { token, json: { email: next } });
  await auth("DELETE", "/me/email/change", 204, { token });
  await auth("PUT", "/me/email", 202, { token, json: { email: next } });
  const [code, present_code] = [await mailedCode(next, "use this address", 2), await mailedCode(email, "change the address", 2)];
  await auth("POST", "/me/email/change", 204, { token, json: { code, present_code } });
  await auth("GET", "/me/export", 200, { token });
  const { reset_id } = await postWithPass("/password-resets", { email: next, device: { kind: "tv" } }, 202);
  const change = { code: await mailedCode(next, "reset"), password: `${PASSWORD} anew` };
  await auth("POST", `/password-resets/${reset_id}`, 204, { json: change });
  return user.id;
}

/** What an operator does for a user. */
async function operators(id, email, token) {
  const json = { reason: "ticket 42" };
  await auth("GET", `/users/search?email=${encodeURIComponent(email)}&reason=ticket+42`, 200, { token });
  await auth("GET", `/users/${id}?reason=ticket+42`, 200, { token });
  for (const act of ["disable", "enable", "unlock", "end-sessions", "prove-email", "free-email"]) {
    await auth("POST", `/users/${id}/${act}`, 204, { token, json });
  }
  await auth("POST", `/users/${id}/correct-birth-date`, 204, { token, json: { ...json, birth_date: "1990-05-17" } });
  await auth("POST", `/users/${id}/delete`, 204, { token, json });
  await auth("GET", "/audit?reason=ticket+42", 200, { token });
}

for (const ask of [auth, movies, captcha]) {
  for (const path of ["//livez", "//readyz"]) await ask("GET", path, 200);
}
for (const path of ["//.well-known/jwks.json", "//.well-known/oauth-authorization-server", "//.well-known/openid-configuration", "/status", "/social/providers"]) {
  await auth("GET", path, 200);
}
await captcha("GET", "/status", 200);
const anna = await account("anna@example.org");
await mistakes(anna.token);
await catalogue(anna.token);
await services(anna.token);

const admin = await logIn(set.ADMIN_EMAIL, set.ADMIN_PASSWORD);
const role = `/users/${admin.user.id}/roles/editor`;
await auth("PUT", role, 204, { token: admin.tokens.access_token });
const editor = await auth("POST", "/sessions/refresh", 200, { json: { refresh_token: admin.tokens.refresh_token } });
await writes(editor.tokens.access_token);
await auth("DELETE", role, 204, { token: editor.tokens.access_token });
await roles(admin.user, (await logIn(set.ADMIN_EMAIL, set.ADMIN_PASSWORD)).tokens.access_token);

await openid((await logIn(set.ADMIN_EMAIL, set.ADMIN_PASSWORD)).tokens.access_token, anna);
const moved = await addresses("carl@example.org", "dora@example.org");
await operators(moved, "dora@example.org", (await logIn(set.ADMIN_EMAIL, set.ADMIN_PASSWORD)).tokens.access_token);

const guest = await account("bert@example.org");
await auth("DELETE", "/sessions/current", 204, { token: guest.token });
writeFileSync(process.argv[2], JSON.stringify(anna));
console.log("walked: accounts, mistakes, catalogue, writes, roles, addresses, operators, services");

// mod_auth_openidc before a page of Apache: who is not signed in is sent here and comes back; the page sees who it is.
//   node oauth-apache.mjs APACHE

import assert from "node:assert/strict";
import { ISSUER } from "./oauth-account.mjs";
import { Browser } from "./oauth-browser.mjs";

const apache = process.argv[2];
const browser = new Browser();
const back = await browser.signIn(`${apache}/reports/`);
assert.ok(back.startsWith(`${apache}/reports/callback?code=`), back);
const page = await browser.open(back);
assert.equal(page.status, 200, `${page.url}: ${page.text}`);
assert.match(page.text, /protected page/);
const claims = await browser.open(`${apache}/reports/callback?info=json`);
const info = JSON.parse(claims.text);
assert.equal(info.id_token.iss, ISSUER);
assert.equal(info.userinfo.email, process.env.EMAIL);
// Nobody else comes back with this code, or with one that is made up.
assert.notEqual((await new Browser().open(back)).status, 200);
assert.notEqual((await new Browser().open(`${apache}/reports/callback?code=x&state=y`)).status, 200);
console.log("mod_auth_openidc: sign-in by redirect, ID token, userinfo");

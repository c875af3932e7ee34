// A browser as far as sign-in by redirect needs one: cookies by origin, redirects, forms, pages that go on by themselves.
// As a program it signs the account of the environment in at a URL, and prints where it was sent in the end:
//   node oauth-browser.mjs URL

import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import { ISSUER } from "./oauth-account.mjs";

const unescaped = (text) => text.replaceAll("&#38;", "&").replaceAll("&amp;", "&").replaceAll("&quot;", '"');

const FORM = "application/x-www-form-urlencoded";
// Some servers send nothing but navigations to sign in; `fetch` cannot say that it is one.
const NAVIGATION = {
  accept: "text/html", "accept-language": "en", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document",
};

/** One request; redirects are for the caller. */
function send(url, options, body) {
  const { request } = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, agent: false, timeout: 30_000 }, (answer) => {
      answer.setEncoding("utf8");
      let text = "";
      answer.on("data", (part) => { text += part; });
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    sent.on("error", reject);
    sent.on("timeout", () => sent.destroy(new Error(`no answer from ${url}`)));
    sent.end(body);
  });
}

export class Browser {
  #jars = new Map();

  /** One request, with the cookies of its origin. */
  async #once(url, form) {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map();
    this.#jars.set(origin, jar);
    const cookie = [...jar].map((pair) => pair.join("=")).join("; ");
    const headers = { ...NAVIGATION, cookie };
    if (form) Object.assign(headers, { origin, "sec-fetch-site": "same-origin", "content-type": FORM });
    const answer = await send(url, { method: form ? "POST" : "GET", headers }, form && String(new URLSearchParams(form)));
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      if (/max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  /** Opens a URL, and what it leads to: the last answer, or the URL of another host that a page of ours goes on to. */
  async open(url, form) {
    let answer = await this.#once(url, form);
    for (let hops = 0; hops < 20; hops += 1) {
      const to = answer.headers.location;
      if (!to) break;
      url = new URL(to, url).href;
      answer = await this.#once(url);
    }
    const { text } = answer;
    const [, next] = text.match(/http-equiv="refresh" content="0;url=([^"]+)"/) ?? [];
    return { url, status: answer.status, text, next: next && unescaped(next) };
  }

  /** Opens a URL, signs in or goes on where it is asked; returns the URL to which it is sent. */
  async signIn(url) {
    let page = await this.open(url);
    if (page.url.startsWith(`${ISSUER}/account/sign-in`)) {
      const { EMAIL: email, PASSWORD: password } = process.env;
      page = await this.open(page.url, { ...this.#hidden(page.text), email, password });
    }
    if (!page.next && page.url.startsWith(`${ISSUER}/account/authorize`)) {
      page = await this.open(`${ISSUER}/account/authorize`, { ...this.#hidden(page.text), decision: "go_on" });
    }
    assert.ok(page.next, `${page.status} ${page.url}: ${page.text}`);
    return page.next;
  }

  #hidden(text) {
    const main = text.slice(text.indexOf("<main"));
    const fields = main.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
    return Object.fromEntries([...fields].map(([, name, value]) => [name, unescaped(value)]));
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) console.log(await new Browser().signIn(process.argv[2]));

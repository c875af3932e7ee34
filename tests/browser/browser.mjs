// The browser: Chromium without a window, watched for everything that a page must not do.
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import puppeteer from 'puppeteer-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FAILURES = process.env.FAILURES ?? 'target/browser-test/failures';
const PATIENCE = 30_000; // ms; machines that test are busy

/** Starts it. It reaches this machine only. */
export function openBrowser() {
  const args = [
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--hide-scrollbars',
    '--font-render-hinting=none',
    '--force-color-profile=srgb',
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  ];
  if (process.getuid() === 0) args.push('--no-sandbox'); // Chromium has no sandbox for root
  return puppeteer.launch({ executablePath: CHROMIUM, headless: true, args, timeout: 60_000 });
}

/** Somebody in front of the browser: an own profile with one window. */
export class Person {
  /**
   * `language` is ru or en, as the browser asks for it; `javascript` is off for people who have none; `look` is called on
   * each page that the person comes to.
   */
  static async sit(browser, { language = 'ru', javascript = true, width = 1280, look = () => {} } = {}) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    const person = new Person(context, page, { language, javascript, width, look });
    page.setDefaultTimeout(PATIENCE);
    await page.setViewport({ width, height: 900 });
    await page.setExtraHTTPHeaders({ 'accept-language': language });
    await page.setJavaScriptEnabled(javascript);
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
    await person.watch();
    return person;
  }

  constructor(context, page, who) {
    Object.assign(this, { context, page, ...who, troubles: [] });
  }

  isOurs(url) {
    return url.startsWith(`${process.env.CINEMA}/`);
  }

  async leave() {
    await this.context.close();
  }

  /** Console errors, broken policies, failed parts of our pages: none of them is ever right. */
  async watch() {
    const trouble = (what) => {
      if (this.isOurs(this.page.url())) this.troubles.push(`${this.page.url()}: ${what}`);
    };
    this.page.on('pageerror', (error) => trouble(`a script failed: ${error.message}`));
    this.page.on('response', (response) => {
      const worst = response.request().resourceType() === 'document' ? 499 : 399;
      if (this.isOurs(response.url()) && response.status() > worst) trouble(`${response.url()} answered ${response.status()}`);
    });
    this.page.on('requestfailed', (request) => {
      const gone = request.failure()?.errorText;
      if (gone !== 'net::ERR_ABORTED') trouble(`${request.url()} failed: ${gone}`);
    });
    const session = await this.page.createCDPSession();
    session.on('Log.entryAdded', ({ entry }) => {
      // A form that is refused comes back with a status of its own; the browser calls that an error of the network.
      if (entry.level === 'error' && entry.source !== 'network') trouble(`console: ${entry.text}`);
    });
    session.on('Runtime.consoleAPICalled', ({ type, args }) => {
      if (type === 'error' || type === 'assert') trouble(`console: ${args.map((arg) => arg.value).join(' ')}`);
    });
    session.on('Audits.issueAdded', ({ issue }) => {
      if (issue.code === 'ContentSecurityPolicyIssue') {
        const { violatedDirective, blockedURL } = issue.details.contentSecurityPolicyIssueDetails;
        trouble(`the content security policy forbids ${blockedURL ?? 'something inline'} (${violatedDirective})`);
      }
    });
    await Promise.all([session.send('Log.enable'), session.send('Runtime.enable'), session.send('Audits.enable')]);
  }

  /** Goes to an address, which answers with `refused` if that is given. */
  async go(url, refused) {
    const status = (await this.page.goto(url, { waitUntil: 'load' })).status();
    if (refused ? status !== refused : status >= 400) throw new Error(`${url} answered ${status}`);
    await this.look(this);
  }

  /** Presses what has this role and name, and waits for the page behind it. */
  async press(name, role = 'button') {
    await this.pressAt(selector(name, role));
  }

  /** Presses what this selector finds, and waits for the page behind it. */
  async pressAt(path) {
    await this.follow(path);
    await this.look(this);
  }

  /** Presses a button behind which is a page that leads on by itself. */
  async depart(name) {
    await this.follow(selector(name, 'button'));
  }

  async follow(path) {
    const found = await this.page.$(path);
    if (!found) throw new Error(`there is no ${path} on ${this.page.url()}:\n${await this.text()}`);
    await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), found.click()]);
  }

  /** Presses Enter, and waits for the page behind it. */
  async enter() {
    await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), this.page.keyboard.press('Enter')]);
    await this.look(this);
  }

  /** Ticks the box of this name. */
  async tick(name) {
    await (await this.find(name, 'checkbox')).click();
  }

  /** Presses a button behind which is a file, and reads it. */
  async download(name) {
    const folder = await mkdtemp(join(tmpdir(), 'download-'));
    try {
      const session = await this.page.browser().target().createCDPSession();
      const rules = { behavior: 'allow', browserContextId: this.context.id, downloadPath: folder, eventsEnabled: true };
      const done = new Promise((resolve, reject) => {
        session.on('Browser.downloadProgress', ({ state }) => {
          if (state === 'completed') resolve();
          if (state === 'canceled') reject(new Error(`the download behind "${name}" broke off`));
        });
        setTimeout(reject, PATIENCE, new Error(`behind "${name}" is no file`)).unref();
      });
      done.catch(() => {}); // also when nobody waits for it any more
      await session.send('Browser.setDownloadBehavior', rules);
      await (await this.find(name, 'button')).click();
      await done;
      await session.detach();
      return await readFile(join(folder, (await readdir(folder))[0]), 'utf8');
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Waits until the browser is at an address like this. */
  async until(what, is) {
    const start = Date.now();
    while (!is(new URL(this.page.url()))) {
      if (Date.now() - start > PATIENCE) throw new Error(`${what} does not come; still at ${this.page.url()}`);
      await pause();
    }
    await this.page.waitForSelector('body');
    while ((await this.page.evaluate(() => document.readyState)) !== 'complete') await pause();
    await this.look(this);
  }

  /** Writes into the field of this name. */
  async write(name, text) {
    const field = await this.find(name, 'textbox');
    await field.click({ count: 3 });
    await field.type(text);
  }

  /** What has this name for who cannot see the page. */
  async find(name, role) {
    const found = await this.page.$(selector(name, role));
    if (!found) throw new Error(`there is no ${role} "${name}" on ${this.page.url()}:\n${await this.text()}`);
    return found;
  }

  /** Everything that can be read on the page. */
  text() {
    return this.page.evaluate(() => document.body.innerText);
  }

  /** Checks that the page says this. */
  async reads(words) {
    const text = await this.text();
    if (!text.includes(words)) throw new Error(`"${words}" is not on ${this.page.url()}:\n${text}`);
  }

  /** Checks that the page does not say this. */
  async lacks(words) {
    const text = await this.text();
    if (text.includes(words)) throw new Error(`"${words}" is on ${this.page.url()}:\n${text}`);
  }

  /** Keeps what is on the screen for who looks into a failure. */
  async remember(story) {
    await mkdir(FAILURES, { recursive: true });
    const path = `${FAILURES}/${story.replace(/[^a-z0-9]+/gi, '-')}.png`;
    await this.page.screenshot({ path, fullPage: true }).catch(() => {});
    return path;
  }
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function selector(name, role) {
  return `::-p-aria([name="${name.replaceAll('"', '\\"')}"][role="${role}"])`;
}

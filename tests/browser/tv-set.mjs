// Somebody in front of a TV: the page on a big screen, and a remote control that has what remotes have.
import { Person } from './browser.mjs';
import { Mock } from './tv-mock.mjs';

export const KEYS = {
  left: 37, up: 38, right: 39, down: 40, ok: 13, red: 403, green: 404, yellow: 405, blue: 406,
  backWebos: 461, backTizen: 10009, escape: 27, backspace: 8,
};
const PAD = ['123', '456', '789', 'e0k'];
const PATIENCE = 30_000; // ms

export class TvSet {
  /**
   * Turns it on at a service of its own, or at `service`. `settings` are those of the mock; `query` goes into the address of
   * the page. With `phoneFirst` the phone stays on the screen, otherwise its users turn to the sum at once.
   */
  static async on(browser, files, { settings, service, query = {}, language = 'ru', width = 1920, height = 1080, scale = 1, open = true, phoneFirst = false, before } = {}) {
    const mock = await Mock.open(files, settings);
    if (service) mock.origin = service; // nobody talks to the mock then
    process.env.CINEMA = mock.origin; // what the watch over the page looks after
    const person = await Person.sit(browser, { language });
    const tv = new TvSet(person, mock, { action: 'log_in', ...query });
    tv.phoneFirst = phoneFirst;
    await tv.page.setViewport({ width, height, deviceScaleFactor: scale });
    tv.cdp = await tv.page.createCDPSession();
    await tv.cdp.send('Emulation.setUserAgentOverride', { userAgent: await browser.userAgent(), acceptLanguage: language });
    // A clock that tests can put forward.
    await tv.page.evaluateOnNewDocument(() => {
      const real = performance.now.bind(performance);
      let skipped = 0;
      performance.now = () => real() + skipped;
      window.skipTime = (seconds) => { skipped += seconds * 1000; };
      window.errors = [];
      window.addEventListener('securitypolicyviolation', (event) => window.errors.push(event.violatedDirective));
    });
    if (before) await before(tv);
    if (open) await tv.open();
    return tv;
  }

  constructor(person, mock, query) {
    Object.assign(this, { person, mock, query, page: person.page, presses: 0, forgiven: [], fragment: '' });
  }

  /** Opens the page with `fragment`, and waits for the picture. */
  async open(until = () => this.shows()) {
    const query = Object.entries(this.query).filter(([, value]) => value !== undefined && value !== '');
    const address = `${this.mock.origin}/tv?${new URLSearchParams(query)}${this.fragment}`;
    if (this.fragment) await this.page.goto('about:blank'); // another fragment alone does not load the page
    await this.page.goto(address, { waitUntil: 'load' });
    await until();
    if (!this.phoneFirst) await this.turnToSum(this.page);
  }

  /** Leaves the phone, if it came first, in the page or in the frame that shows it. */
  async turnToSum(frame) {
    if (await frame.evaluate(() => !document.getElementById('sheet').hidden)) await this.key(KEYS.ok);
  }

  /** Troubles like this are part of the story. */
  forgive(pattern) {
    this.forgiven.push(pattern);
  }

  async off() {
    const found = this.person.troubles.filter((trouble) => !this.forgiven.some((pattern) => pattern.test(trouble)));
    const errors = await this.page.evaluate(() => window.errors ?? []).catch(() => []);
    await this.person.leave();
    await this.mock.close();
    const wrong = [...found, ...errors, ...this.mock.complaints];
    if (wrong.length) throw new Error(wrong.join('\n'));
  }

  /** Presses a key by its name in KEYS, or a digit. */
  async press(name, { held = 0 } = {}) {
    const code = KEYS[name] ?? name.charCodeAt(0);
    await this.key(code, held);
    this.presses += 1;
  }

  /** Presses a key by its number, as the TV sends it; `held` times more while it is down. */
  async key(code, held = 0) {
    const event = { windowsVirtualKeyCode: code, nativeVirtualKeyCode: code };
    for (let times = 0; times <= held; times += 1) {
      await this.cdp.send('Input.dispatchKeyEvent', { ...event, type: 'rawKeyDown', autoRepeat: times > 0 });
    }
    await this.cdp.send('Input.dispatchKeyEvent', { ...event, type: 'keyUp' });
  }

  /** Goes over the pad by arrows to a key (a digit, e for erasing, k for OK) and presses OK there. */
  async enter(key) {
    const [from, to] = [place((await this.focus()).replace('key-', '')), place(key)];
    for (let row = from[0]; row < to[0]; row += 1) await this.press('down');
    for (let row = from[0]; row > to[0]; row -= 1) await this.press('up');
    for (let column = from[1]; column < to[1]; column += 1) await this.press('right');
    for (let column = from[1]; column > to[1]; column -= 1) await this.press('left');
    await this.press('ok');
  }

  /** Goes by arrows to a button, from where a picture begins. */
  async goTo(id) {
    for (const way of ROUTES[id]) await this.press(way);
    if (await this.focus() !== id) throw new Error(`arrows lead to ${await this.focus()} instead of ${id}`);
  }

  /** What has the focus. */
  focus() {
    return this.page.evaluate(() => document.activeElement.id);
  }

  /** What is typed. */
  typed() {
    return this.page.evaluate(() => document.getElementById('boxes').textContent);
  }

  status() {
    return this.page.$eval('#status', (line) => line.textContent.trim());
  }

  /** Puts the clock of the page forward. */
  skip(seconds) {
    return this.page.evaluate((time) => window.skipTime(time), seconds);
  }

  /** Waits until this is true in the page. */
  async until(what, is, ...more) {
    await this.page.waitForFunction(is, { timeout: PATIENCE, polling: 20 }, ...more).catch(async (error) => {
      throw new Error(`${what} does not come (${error.message}); the status is "${await this.status().catch(() => '')}"`);
    });
  }

  /** Waits until the status says this. */
  says(words) {
    return this.until(`"${words}"`, (text) => document.getElementById('status').textContent.includes(text), words);
  }

  /** Waits for a picture that is ready to be answered. */
  async shows() {
    await this.until('a picture', () => {
      const picture = document.getElementById('picture');
      return picture && !picture.hidden && picture.naturalWidth > 0 && document.getElementById('clock').hidden === false;
    });
  }

  /** Waits until so many requests of this name have come to the service. */
  async asked(name, count) {
    const start = Date.now();
    while (this.mock.asked(name).length < count) {
      if (Date.now() - start > PATIENCE) throw new Error(`only ${this.mock.asked(name).length} requests to ${name}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** What the address says the app is told. */
  told() {
    return Object.fromEntries(new URLSearchParams(new URL(this.page.url()).hash.slice(1)));
  }

  /** Waits until the app is told this by the address. */
  tells(status) {
    return this.until(`the end "${status}"`, (word) => location.hash.includes(`captcha=${word}`), status);
  }
}

// From where a picture begins, the digit 5.
export const ROUTES = {
  'key-1': ['up', 'left'], 'key-2': ['up'], 'key-3': ['up', 'right'], 'key-4': ['left'], 'key-5': [], 'key-6': ['right'],
  'key-7': ['down', 'left'], 'key-8': ['down'], 'key-9': ['down', 'right'], 'key-erase': ['down', 'down', 'left'],
  'key-0': ['down', 'down'], 'key-ok': ['down', 'down', 'right'],
  contrast: ['left', 'left'], listen: ['left', 'left', 'left'], refresh: ['left', 'left', 'left', 'left'],
  cancel: ['left', 'left', 'down'], extend: ['left', 'left', 'down', 'left'], phone: ['left', 'left', 'down', 'left', 'left'],
};

/** Where a key of the pad is: its row and column. */
export function place(key) {
  const sign = { erase: 'e', ok: 'k' }[key] ?? key;
  const row = PAD.findIndex((line) => line.includes(sign));
  return [row, PAD[row]?.indexOf(sign)];
}

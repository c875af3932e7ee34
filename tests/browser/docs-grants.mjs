// docs/tv-app.js in a TV app: it meets a captcha at its sign-in, shows the code of a device grant on /tv, and polls. Then a
// phone reads the QR code from the screen.
import { deepStrictEqual as equal } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

import { parse } from 'acorn';

import { Person } from './browser.mjs';
import { scan } from './camera.mjs';
import { makeAccount } from './docs-account.mjs';
import { PASSWORD } from './people.mjs';
import { KEYS } from './tv-set.mjs';

const { CINEMA, DOCS_AUTH, DOCS_APP, DOCS_REPLICAS } = process.env;
// Replicas of auth-service that may be killed, by their process ids.
const replicas = (DOCS_REPLICAS ?? '').split(' ').filter(Boolean).map(Number);
const CODE = /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/;
const forgiven = [/api\/v1\/sessions answered 403/, /oauth2\/token answered 400/];

const signedIn = (inBetween) => async ({ tv, phone, email, says, words }) => {
  await phone.tap(words.next);
  await phone.reads(words.confirm);
  for (const part of [tv.code, 'Living room', words.warning]) await phone.reads(part);
  await tv.polls('claimed');
  equal(await says('in a frame'), true, 'nobody has agreed yet');
  inBetween?.();
  const agreed = Date.now();
  await phone.tap(words.approve);
  await phone.reads(words.approved);
  const clicked = Date.now() - agreed;
  await tv.says(`200 ${email}`);
  equal(await says('in a frame'), false, 'the frame is gone');
  equal(tv.order(), ['asked', 'pending', 'claimed', 'tokens'], 'the order');
  equal(await tv.page.evaluate(() => window.heard), ['ready', 'phone'], 'what the page tells the app');
  console.log(`      clicks: next ${phone.taps[words.next]} ms, yes ${clicked} ms; the TV is signed in ${Date.now() - agreed} ms after the tap`);
};

/** Signed in although the replica that took the code is gone, without a farewell. */
const OVER_REPLICAS = {
  'replicas: a phone signs the TV in although a replica is killed in between': {
    languages: ['ru', 'en'],
    forgiven: [...forgiven, /oauth2\/token (answered 50[234]|failed)/],
    story: (world) => shown(world, signedIn(() => process.kill(replicas.shift(), 'SIGKILL'))),
  },
};

export const STORIES = replicas.length ? OVER_REPLICAS : {
  'grant: a phone signs the TV in beside its captcha': {
    languages: ['ru', 'en'],
    forgiven,
    story: (world) => shown(world, signedIn()),
  },

  'grant: a phone says no, and the TV learns it': {
    languages: ['ru', 'en'],
    forgiven,
    story: (world) => shown(world, async ({ tv, phone, says, words }) => {
      await phone.tap(words.next);
      await phone.tap(words.deny);
      await phone.reads(words.denied);
      await tv.says('neither');
      equal(await says('in a frame'), false, 'the frame is gone');
      equal(tv.order().filter((event) => event !== 'claimed'), ['asked', 'pending', 'access_denied'], 'the order');
      console.log(`      clicks: next ${phone.taps[words.next]} ms, no ${phone.taps[words.deny]} ms`);
    }),
  },

  'grant: an app outlives lost answers, slows down when told, and renews an expired code in place': {
    forgiven: [...forgiven, /oauth2\/token failed/],
    async story(world) {
      await hosted(world, async (tv) => {
        const replies = [null, { error: 'slow_down' }, { error: 'authorization_pending' }, { error: 'expired_token' }];
        const times = [];
        await tv.instead('/oauth2/token', (request) => {
          times.push(Date.now());
          const reply = replies.shift();
          return reply ? request.respond(answer(400, reply)) : request.abort('connectionreset');
        });
        await tv.instead('/oauth2/device_authorization', (request) => {
          const code = replies.length === 4 ? 'WDJB-MJHT' : 'BCDF-GHJK';
          return request.respond(answer(200, { device_code: `mqd_${code}`, user_code: code, interval: 1 }));
        });
        await tv.start();
        await tv.frame.waitForFunction(() => document.querySelector('#sheet [data-code]').textContent === 'BCDF-GHJK');
        const pauses = times.slice(1).map((time, at) => Math.round((time - times[at]) / 1000));
        equal(pauses, [1, 6, 6], 'seconds between polls');
        equal(await scan(tv.page, tv.frame, '#sheet [data-qr]'), `${CINEMA}/activate?code=BCDF-GHJK`, 'the QR code');
        equal(tv.challenges, 1, 'challenges: the sum stays');
        await tv.key('ok'); // rather a sum
        await tv.key('backWebos'); // or nothing
        await tv.says('neither');
      }, 'nobody@example.org');
    },
  },
};

/** A code on the TV, and a phone that comes with it to the page where it is entered. */
async function shown(world, story) {
  const { browser, language, words } = world;
  const [maker, phone] = [await Person.sit(browser, { language }), await Phone.sit(browser, { language })];
  try {
    const email = await makeAccount(maker, words, DOCS_AUTH);
    await hosted(world, async (tv) => {
      await tv.start();
      await tv.frame.waitForSelector('#sheet:not([hidden])');
      tv.code = await tv.frame.$eval('#sheet [data-code]', (code) => code.textContent);
      equal(CODE.test(tv.code), true, tv.code);
      const address = await scan(tv.page, tv.frame, '#sheet [data-qr]');
      equal(address, `${CINEMA}/activate?code=${tv.code}`, 'the QR code');
      await tv.polls('pending');
      await phone.go(address);
      await phone.write(words.email, email);
      await phone.write(words.password, PASSWORD);
      await phone.tap(words.signIn);
      equal(await phone.page.$eval('#code', (field) => field.value), tv.code, 'the code after signing in');
      equal(tv.order(), ['asked', 'pending'], 'so far');
      const says = async () => (await tv.page.$('iframe')) !== null;
      await story({ tv, phone, email, says, words: words.activation });
      const troubles = phone.troubles.concat(maker.troubles);
      equal(troubles, [], 'troubles of the phone');
    }, email);
  } finally {
    await phone.leave();
    await maker.leave();
  }
}

/** Somebody with a phone, who taps. */
class Phone {
  static async sit(browser, who) {
    const person = await Person.sit(browser, { ...who, width: 390 });
    await person.page.setViewport({ width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
    const tap = async (name) => {
      const [start, button] = [Date.now(), await person.find(name, 'button')];
      await Promise.all([person.page.waitForNavigation({ waitUntil: 'load' }), button.tap()]);
      person.taps[name] = Date.now() - start;
    };
    return Object.assign(person, { tap, taps: {} });
  }
}

/** A TV with the app, while `work` runs. */
async function hosted({ person, language }, work, email) {
  const script = await readFile('docs/tv-app.js', 'utf8');
  parse(script, { ecmaVersion: 5, sourceType: 'script' });
  const app = page(script.replace('https://kino.example.org', CINEMA).replace('https://captcha.example.org', CINEMA).replace('lang=ru', `lang=${language}`), email);
  const server = createServer((request, reply) => reply.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(app));
  await new Promise((resolve) => server.listen(new URL(DOCS_APP).port, '127.0.0.1', resolve));
  try {
    await work(await Tv.on(person));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

class Tv {
  static async on({ page }) {
    const tv = Object.assign(new Tv(), { page, events: [], challenges: 0, cdp: await page.createCDPSession() });
    await page.setViewport({ width: 1280, height: 720 });
    page.on('response', (response) => tv.note(response));
    await page.goto(DOCS_APP, { waitUntil: 'load' });
    return tv;
  }

  async note(response) {
    if (response.request().method() !== 'POST') return;
    const { pathname } = new URL(response.url());
    if (pathname === '/api/v1/captcha/challenges') this.challenges += 1;
    if (pathname === '/oauth2/device_authorization') this.events.push('asked');
    if (pathname !== '/oauth2/token') return;
    const { error, claimed } = await response.json().catch(() => ({}));
    this.events.push(error === 'authorization_pending' ? (claimed ? 'claimed' : 'pending') : error ?? 'tokens');
  }

  /** Presses OK on the sign-in, and waits for the page in the frame. */
  async start() {
    await this.key('ok');
    await this.page.waitForSelector('iframe');
    this.frame = await (await this.page.$('iframe')).contentFrame();
    await this.frame.waitForFunction(() => document.getElementById('picture')?.naturalWidth > 0);
  }

  async key(name) {
    const event = { windowsVirtualKeyCode: KEYS[name], nativeVirtualKeyCode: KEYS[name] };
    await this.cdp.send('Input.dispatchKeyEvent', { ...event, type: 'rawKeyDown' });
    await this.cdp.send('Input.dispatchKeyEvent', { ...event, type: 'keyUp' });
  }

  /** Answers requests to this path itself. */
  async instead(path, reply) {
    await this.page.setRequestInterception(true);
    this.page.on('request', (request) => {
      if (request.isInterceptResolutionHandled()) return;
      if (new URL(request.url()).pathname === path) reply(request);
    });
    (this.paths ??= new Set()).add(path);
    if (this.paths.size > 1) return;
    this.page.on('request', (request) => { if (!this.paths.has(new URL(request.url()).pathname)) request.continue(); });
  }

  /** Waits until a poll is answered so. */
  async polls(event) {
    const count = this.events.length;
    for (const start = Date.now(); !this.events.slice(event === 'pending' ? 0 : count - 1).includes(event);) {
      if (Date.now() - start > 30_000) throw new Error(`no poll is answered by ${event}: ${this.events}`);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }

  /** What happened, each once in a row. */
  order() {
    return this.events.filter((event, at) => event !== this.events[at - 1]);
  }

  /** Waits until the app says this. */
  says(words) {
    return this.page.waitForFunction((wanted) => document.getElementById('line').textContent === wanted, { timeout: 30_000 }, words);
  }
}

function answer(status, body) {
  const headers = { 'access-control-allow-origin': DOCS_APP };
  return { status, headers, contentType: 'application/json', body: JSON.stringify(body) };
}

// The app: OK signs in, with what was typed before; it says what came of it.
function page(script, email) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>An app</title>
<style>html,body{margin:0;height:100%}.captcha{position:fixed;top:0;left:0;width:100%;height:100%;border:0}</style><p id="line"></p><script>${script}
window.heard = [];
window.addEventListener('message', function (event) { window.heard.push(event.data.status); });
function say(words) { document.getElementById('line').textContent = words; }
function call(method, path, body, token, done) {
  var request = new XMLHttpRequest();
  request.open(method, AUTH + path, true);
  request.setRequestHeader('Content-Type', 'application/json');
  if (token) request.setRequestHeader('Authorization', 'Bearer ' + token);
  request.onload = function () { done(request.status, JSON.parse(request.responseText)); };
  request.send(body && JSON.stringify(body));
}
document.addEventListener('keydown', function (event) {
  if (event.keyCode !== 13) return;
  call('POST', '/api/v1/sessions', { email: '${email}', password: '${PASSWORD}', device: { kind: 'tv' } }, null, function (status, problem) {
    if (problem.code !== 'auth.captcha_required') return say(status + ' ' + problem.code);
    check(problem.captcha_url, function (tokens, pass) {
      if (!tokens) return say(pass ? 'pass' : 'neither');
      call('GET', '/api/v1/me', null, tokens.access_token, function (status, me) { say(status + ' ' + me.user.email); });
    });
  });
});
</script>`;
}

// What apps hear of a check, and that nobody else does.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PASS = { captcha: 'passed', token: 'pass.token-1', expires_in: '120', device_token: 'device-1' };

export const STORIES = {
  'tv: an app around the page is told what becomes of it': async ({ tv, equal, app }) => {
    const host = await app();
    tv.mock.hosts = [host.origin];
    await frame(tv, host.origin, { origin: host.origin, state: 'a&b=c' });
    equal(await heard(tv), ['ready', 'phone'], 'at first');
    for (const key of ['backTizen', '4', '2', 'ok']) await tv.press(key);
    await until(tv, 'passed');
    equal(await heard(tv), ['ready', 'phone', 'passed'], 'in all');
    const last = await tv.page.evaluate(() => window.heard.at(-1));
    equal(last, {
      type: 'marquee-captcha', status: 'passed', action: 'log_in', state: 'a&b=c', token: 'pass.token-1', expires_in: 120, device_token: 'device-1',
    }, 'with the pass');
    tv.mock.phone = null;
    await frame(tv, host.origin, { origin: host.origin });
    await tv.press('backWebos');
    await until(tv, 'cancelled');
    equal(new URL(tv.page.url()).pathname, '/app', 'where the app is');
  },

  'tv: a page that is not listed gets no frame, and no message': async ({ tv, equal, app }) => {
    tv.forgive(/frame-ancestors|ERR_BLOCKED_BY_RESPONSE|chrome-error/);
    tv.mock.phone = null;
    const [good, evil] = [await app(), await app()];
    tv.mock.hosts = [good.origin];
    for (const origin of [good.origin, evil.origin, '*', 'null']) {
      await tv.page.goto(`${evil.origin}/app?${new URLSearchParams({ src: `${tv.mock.origin}/tv?action=log_in&origin=${origin}` })}`);
      equal(await tv.page.frames()[1].evaluate(() => document.getElementById('pad')), null, `a page for ${origin}`);
    }
    // Engines too old for frame-ancestors show it; the browser then compares who is meant with who is there.
    tv.mock.files = { ...tv.mock.files, html: tv.mock.files.html.replace('{{hosts}}', good.origin) };
    tv.mock.hosts = [good.origin, evil.origin];
    tv.forgive(/postMessage/);
    for (const origin of [good.origin, evil.origin, '*', 'null', 'file://']) {
      await frame(tv, evil.origin, { origin });
      for (const key of '42') await tv.press(key);
      await tv.press('ok');
      await inFrame(tv, (status) => /Готово|Done/.test(status));
      equal(await heard(tv), [], `what the stranger hears for ${origin}`);
    }
  },

  'tv: an app that is installed on the TV has no origin, and is told when such apps are listed': async ({ tv, equal }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tv-app-'));
    const path = join(folder, 'index.html');
    await writeFile(path, APP);
    Object.assign(tv.mock, { hosts: ['file://'], phone: null });
    const src = `${tv.mock.origin}/tv?${new URLSearchParams({ action: 'log_in' })}`;
    await tv.page.goto(`file://${path}?${new URLSearchParams({ src })}`);
    await inFrame(tv, (time) => time !== '', '#time');
    for (const key of '42') await tv.press(key);
    await tv.press('ok');
    await until(tv, 'passed');
    equal(await heard(tv), ['ready', 'passed'], 'what it hears');
    await rm(folder, { recursive: true });
  },

  'tv: who opened the page as a window is told, and the window shuts': async ({ tv, equal, app }) => {
    const host = await app();
    Object.assign(tv.mock, { hosts: [host.origin], phone: null });
    await tv.page.goto(`${host.origin}/app`);
    const [target] = await Promise.all([
      new Promise((resolve) => { tv.page.once('popup', resolve); }),
      tv.page.evaluate((url) => { window.open(url); }, `${tv.mock.origin}/tv?action=log_in&origin=${host.origin}`),
    ]);
    await target.waitForFunction(() => document.getElementById('time').textContent !== '');
    const shut = new Promise((resolve) => { target.once('close', resolve); });
    for (const key of '42') await target.keyboard.press(key);
    await target.keyboard.press('Enter').catch(() => {});
    await shut;
    equal(await heard(tv), ['ready', 'passed'], 'what it hears');
  },

  'tv: an app that gave the screen away gets it back with the pass': async ({ tv, equal, app }) => {
    const host = await app();
    tv.mock.hosts = [host.origin];
    tv.query = { action: 'sign_up', return: `${host.origin}/app?then=1#old`, state: 's 1' };
    await tv.open();
    for (const key of '42') await tv.press(key);
    await tv.press('ok');
    await tv.tells('passed');
    equal(tv.page.url().split('#')[0], `${host.origin}/app?then=1`, 'where it ends');
    equal(tv.told(), { ...PASS, state: 's 1' }, 'what it is told');
    await tv.open();
    await tv.press('backTizen');
    await tv.tells('cancelled');
    equal([tv.page.url().split('#')[0], tv.told()], [`${host.origin}/app?then=1`, { captcha: 'cancelled', state: 's 1' }], 'Back');
  },

  'tv: nobody is led to a place that is not listed': async ({ tv, equal, app }) => {
    const [good, evil] = [await app(), await app()];
    tv.mock.hosts = [good.origin, 'my-tv:'];
    const [, port] = good.origin.split('127.0.0.1:');
    const traps = [
      `${evil.origin}/app`, `//${evil.origin.slice(7)}/app`, `${good.origin}@${evil.origin.slice(7)}/app`, `${good.origin}.evil.example/`,
      `http:\\\\${evil.origin.slice(7)}\\app`, `https://127.0.0.1:${port}/app`, 'javascript:document.title="caught"',
      ' javascript:document.title="caught"', 'java\tscript:document.title="caught"', 'data:text/html,caught', '/app', '//', 'other-tv:done', 'file:///etc/passwd',
      `blob:${good.origin}/1`, 'about:blank', '\u0000http://', 'my-tv', 'http://[',
    ];
    tv.mock.pages['/app'] = 'caught';
    for (const trap of traps) {
      tv.query = { action: 'log_in', return: trap };
      await tv.open();
      for (const key of '42') await tv.press(key);
      await tv.press('ok');
      await tv.tells('passed');
      equal([new URL(tv.page.url()).origin, new URL(tv.page.url()).pathname], [tv.mock.origin, '/tv'], `where "${trap}" leads`);
      equal(tv.told(), PASS, 'the pass stays in the address');
    }
  },

  'tv: after the end nothing holds anybody': async ({ tv, words, equal }) => {
    // As in a web view, where the page is the first one.
    await tv.page.evaluate(() => { Object.defineProperty(history, 'length', { get: () => 1 }); });
    await tv.press('backTizen');
    await tv.says(words.cancelled);
    equal(tv.told(), { captcha: 'cancelled' }, 'what the address says');
    await tv.page.evaluate(() => addEventListener('keydown', (event) => { window.taken = event.defaultPrevented; }));
    await tv.press('backTizen');
    equal(await tv.page.evaluate(() => window.taken), false, 'whether Back is still taken');
    await tv.press('ok'); // "once more"
    await tv.shows();
    for (const key of '42') await tv.press(key);
    await tv.press('ok');
    await tv.tells('passed');
    await tv.press('escape');
    equal(await tv.page.evaluate(() => window.taken), false, 'whether Back is taken after the pass');
  },

  'tv: the service knows a TV again without cookies': async ({ tv, equal }) => {
    await tv.open();
    equal(tv.mock.asked('challenges').map(({ body }) => body.device_token), [undefined, 'device-1'], 'device tokens');
    equal(await tv.page.evaluate(() => document.cookie), '', 'cookies');
    // Where there is no storage, the app keeps the token.
    await tv.page.evaluateOnNewDocument(() => Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } }));
    await tv.open();
    await tv.page.goto('about:blank');
    await tv.page.goto(`${tv.mock.origin}/tv?action=log_in#device_token=from-the-app`);
    await tv.shows();
    await tv.turnToSum(tv.page);
    equal(tv.mock.asked('challenges').map(({ body }) => body.device_token).slice(2), [undefined, 'from-the-app'], 'device tokens');
    for (const key of '42') await tv.press(key);
    await tv.press('ok');
    await tv.tells('passed');
    equal(tv.told().device_token, 'from-the-app', 'what the app is told to keep');
  },

  'tv: what the app knows goes to the service': async ({ tv, equal }) => {
    tv.query = { action: 'send_code', assess_id: 'assessed.1', sitekey: 'tv-app', contrast: 'inverted', lang: 'en' };
    await tv.open();
    equal(tv.mock.asked('challenges').at(-1).body, {
      action: 'send_code', assess_id: 'assessed.1', sitekey: 'tv-app', device_token: 'device-1', lang: 'en', contrast: 'inverted', modality: 'image',
    }, 'what is asked for');
  },
};

/** An app: it shows `?src=` in a frame and keeps what it hears. */
export const APP = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>An app</title>
<style>html,body,iframe{margin:0;width:100%;height:100%;border:0}</style><body><script>
window.heard = [];
window.addEventListener('message', function (event) { window.heard.push(event.data); });
var src = new URLSearchParams(location.search).get('src');
if (src) {
  var frame = document.createElement('iframe');
  frame.src = src;
  frame.allow = 'autoplay';
  frame.onload = function () { frame.contentWindow.focus(); };
  document.body.appendChild(frame);
}
</script>`;

export async function frame(tv, origin, query, fragment = '') {
  const src = `${tv.mock.origin}/tv?${new URLSearchParams({ action: 'log_in', ...query })}${fragment}`;
  await tv.page.goto(`${origin}/app?${new URLSearchParams({ src })}`);
  await inFrame(tv, (text) => text !== '', '#time');
}

export async function inFrame(tv, is, selector = '#status') {
  const start = Date.now();
  while (Date.now() - start < 30_000) {
    const text = await tv.page.frames()[1]?.$eval(selector, (part) => part.textContent).catch(() => '');
    if (is(text ?? '')) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the frame does not come so far: ${selector}`);
}

export function heard(tv) {
  return tv.page.evaluate(() => window.heard.map(({ status }) => status));
}

function until(tv, status) {
  return tv.until(`the message "${status}"`, (word) => window.heard.some((message) => message.status === word), status);
}

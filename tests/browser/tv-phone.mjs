// The way by phone when the app has begun a device grant: its code comes in the fragment.
import { scan } from './camera.mjs';
import { takeScreen } from './pictures.mjs';
import { frame, heard, inFrame } from './tv-apps.mjs';
import { lookOver, measure } from './tv-looks.mjs';

const CODE = 'WDJB-MJHT';
const PAGE = 'https://kino.example/activate';
const ACTIVATION = { phone: { url: PAGE } };

export const STORIES = {
  'tv: a code of the app comes first, for eyes, ears and cameras': {
    languages: ['ru', 'en'],
    settings: ACTIVATION,
    phoneFirst: true,
    open: false,
    async story({ tv, words, equal }) {
      tv.fragment = `#device_token=kept&user_code=${CODE.replace('-', '')}`;
      await tv.open();
      equal([await isOpen(tv), await tv.focus()], [true, 'phone-back'], 'what is first');
      equal(tv.mock.asked('challenges').at(-1).body.device_token, 'kept', 'the device token beside it');
      const text = await tv.page.$eval('#sheet', (sheet) => sheet.innerText);
      for (const part of [words.signIn, 'kino.example/activate', CODE, words.byItself, words.sumInstead]) {
        equal(text.includes(part), true, `whether "${part}" is in ${text}`);
      }
      const said = await tv.page.$eval('#said', (line) => line.textContent);
      equal([said.includes('kino.example/activate'), said.includes('W D J B - M J H T')], [true, true], said);
      equal(await scan(tv.page, tv.page, '#sheet [data-qr]'), `${PAGE}?code=${CODE}`, 'the QR code');
      await lookOver(tv);
      for (const [width, height] of [[1280, 720], [3840, 2160], [1920, 1080]]) {
        await tv.page.setViewport({ width, height });
        const { small, outside, cut, scrolls } = await tv.page.evaluate(measure);
        equal([small, outside, cut, scrolls], [[], [], [], false], `what does not fit at ${height}`);
        const size = await tv.page.$eval('#sheet [data-code]', (code) => parseFloat(getComputedStyle(code).fontSize) / innerHeight);
        equal(size > 0.06, true, `letters of ${size} of the height`);
      }
      await takeScreen(tv, `tv-code-${tv.person.language}`, [[1280, 720]]);
      await tv.press('ok');
      equal([await isOpen(tv), await tv.focus()], [false, 'key-5'], 'the sum');
      equal((await tv.page.$eval('#card', (card) => card.innerText)).includes(CODE), true, 'the code beside it');
      await lookOver(tv);
      equal((await tv.page.evaluate(measure)).cut, [], 'what does not fit beside the sum');
      for (const key of '42k') await tv.enter(key);
      await tv.tells('passed');
    },
  },

  'tv: what is no code of a device grant is ignored': {
    settings: ACTIVATION,
    phoneFirst: true,
    open: false,
    async story({ tv, equal }) {
      const others = ['', 'WDJB', 'WDJB-MJH', 'WDJB-MJHTT', 'WDJB--MJHT', 'wdjb-mjht', 'WDJA-MJHT', 'WDJ1-MJHT', 'WDJB MJHT', '-WDJBMJHT', '%0AWDJB-MJHT',
        'WDJB-MJHT%0A', 'WDJB-MJHT%26x=1', '%3Cb%3E', '%E0%A4%A'];
      for (const other of others) {
        tv.fragment = `#user_code=${other}`;
        await tv.open();
        equal([await isOpen(tv), await isOffered(tv), await tv.focus()], [false, false, 'key-5'], `at "${other}"`);
      }
      await tv.press('green'); // the page of codes would ask for one
      equal(await isOpen(tv), false, 'what green opens');
      tv.query = { action: 'log_in', user_code: CODE };
      tv.fragment = '';
      await tv.open();
      equal([await isOpen(tv), await isOffered(tv)], [false, false], 'a code that logs would have');
      tv.mock.phone = { url: 'https://kino.example/tv' };
      tv.fragment = '#user_code=WDJB';
      await tv.open();
      equal([await isOpen(tv), await isOffered(tv), (await tv.person.text()).includes('WDJB')], [true, true, false], 'a page that needs no code');
      tv.mock.phone = undefined;
      tv.fragment = `#user_code=${CODE}`;
      await tv.open();
      equal([await isOpen(tv), (await tv.person.text()).includes(CODE)], [false, false], 'a service without a page');
    },
  },

  'tv: an app hears which code is shown, and replaces it in place': {
    settings: ACTIVATION,
    phoneFirst: true,
    open: false,
    async story({ tv, equal, app }) {
      const host = await app();
      tv.mock.hosts = [host.origin];
      await frame(tv, host.origin, { origin: host.origin }, `#user_code=${CODE}`);
      const ways = () => tv.page.evaluate(() => window.heard.filter(({ status }) => status === 'phone').map(({ url, code }) => [url, code]));
      equal([await heard(tv), await ways()], [['ready', 'phone'], [[`${PAGE}?code=${CODE}`, CODE]]], 'at first');
      await replace(tv, `#user_code=${CODE}`);
      await replace(tv, '#user_code=none');
      await replace(tv, '#user_code=BCDF-GHJK');
      await inFrame(tv, (code) => code === 'BCDF-GHJK', '#sheet [data-code]');
      equal((await ways()).slice(1), [[`${PAGE}?code=BCDF-GHJK`, 'BCDF-GHJK']], 'later');
      equal(await scan(tv.page, tv.page.frames()[1], '#sheet [data-qr]'), `${PAGE}?code=BCDF-GHJK`, 'the QR code');
      equal(tv.mock.asked('challenges').length, 1, 'challenges');
    },
  },

  'tv: a sum that expires behind the code is a new one when it is wanted': {
    settings: ACTIVATION,
    phoneFirst: true,
    open: false,
    async story({ tv, equal }) {
      tv.fragment = `#user_code=${CODE}`;
      await tv.open();
      await tv.skip(200);
      await tv.until('the end of its time', () => document.getElementById('clock').hidden);
      equal([await isOpen(tv), await tv.focus()], [true, 'phone-back'], 'meanwhile');
      await tv.press('backWebos');
      await tv.asked('challenges', 2);
      await tv.shows();
      equal([await isOpen(tv), await tv.focus()], [false, 'key-5'], 'then');
      for (const key of '42k') await tv.enter(key);
      await tv.tells('passed');
    },
  },

  'tv: the phone comes before the sum, and both are there after that': {
    phoneFirst: true,
    async story({ tv, equal }) {
      equal([await isOpen(tv), await tv.focus(), tv.mock.asked('challenges').length], [true, 'phone-back', 1], 'at first');
      await tv.press('ok');
      equal([await isOpen(tv), await isOffered(tv), await tv.focus()], [false, true, 'key-5'], 'then');
      for (const key of '55k') await tv.enter(key);
      await tv.asked('answer', 1);
      await tv.shows();
      equal(await isOpen(tv), false, 'at the next sum');
    },
  },

  'tv: where no sums are left the phone takes their place': {
    languages: ['ru', 'en'],
    settings: { ...ACTIVATION, spent: 80_000 },
    phoneFirst: true,
    open: false,
    async story({ tv, words, equal }) {
      tv.forgive(/429/);
      tv.fragment = `#user_code=${CODE}`;
      await tv.open(() => tv.until('the phone', () => !document.getElementById('sheet').hidden));
      const text = await tv.page.$eval('#sheet', (sheet) => sheet.innerText);
      for (const part of [words.none, words.signIn, words.byItself, CODE, words.cancel]) equal(text.includes(part), true, `whether "${part}" is in ${text}`);
      equal(text.includes(words.sumInstead), false, 'a sum that there is not');
      equal(await scan(tv.page, tv.page, '#sheet [data-qr]'), `${PAGE}?code=${CODE}`, 'the QR code');
      await lookOver(tv);
      equal((await tv.page.evaluate(measure)).cut, [], 'what does not fit');
      await tv.press('ok'); // the page before it is an empty one
      await tv.until('the way back', () => window.location.href === 'about:blank');
      equal(tv.mock.asked('challenges').length, 1, 'challenges');
    },
  },

  'tv: where no sums are left and the app has no code, people are told what helps': {
    languages: ['ru', 'en'],
    settings: { ...ACTIVATION, spent: 80_000 },
    open: false,
    async story({ tv, words, equal, app }) {
      tv.forgive(/429/);
      await tv.open(() => tv.says(words.none));
      const text = await tv.page.$eval('#instead', (line) => line.innerText);
      equal([text.includes(words.none), text.includes(words.signIn)], [true, true], text);
      equal([await isOpen(tv), await tv.focus()], [false, 'cancel'], 'the way on');
      await lookOver(tv);
      const host = await app();
      tv.mock.hosts = [host.origin];
      await tv.page.goto(`${host.origin}/app?${new URLSearchParams({ src: `${tv.mock.origin}/tv?action=log_in&origin=${host.origin}` })}`);
      await inFrame(tv, (status) => status.includes(words.none));
      equal(await tv.page.evaluate(() => window.heard.map(({ status, wait_s: wait }) => [status, wait])), [['closed', 80_000]], 'what the app hears');
      await replace(tv, `#user_code=${CODE}`); // a code that comes later
      await inFrame(tv, (code) => code === CODE, '#sheet [data-code]');
      equal(await tv.page.frames()[1].$eval('#sheet', (sheet) => sheet.hidden), false, 'then');
    },
  },

  'tv: a challenge that closes for the day leads to the phone': {
    settings: { ...ACTIVATION, wait: 80_000, needed: 9 },
    phoneFirst: true,
    open: false,
    async story({ tv, words, equal }) {
      tv.fragment = `#user_code=${CODE}`;
      await tv.open();
      await tv.press('ok');
      for (let round = 1; round <= 3; round += 1) {
        for (const key of '42k') await tv.enter(key);
        await tv.asked('answer', round);
        if (round < 3) await tv.until('the next sum', (next) => document.getElementById('round').textContent.includes(next), `${round + 1} `);
      }
      await tv.until('the phone', () => !document.getElementById('sheet').hidden);
      equal((await tv.page.$eval('#sheet', (sheet) => sheet.innerText)).includes(words.none), true, 'why');
    },
  },
};

function isOpen({ page }) {
  return page.$eval('#sheet', (sheet) => !sheet.hidden);
}

function isOffered({ page }) {
  return page.$eval('#phone', (button) => !button.hidden);
}

// As apps do it: the address stays, the fragment is another.
function replace({ page }, fragment) {
  return page.evaluate((wanted) => {
    const shown = document.querySelector('iframe');
    shown.contentWindow.location.replace(shown.src.split('#')[0] + wanted);
  }, fragment);
}

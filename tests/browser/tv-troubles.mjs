// What goes wrong between a TV and the service, and how people hear of it.

const FAILED = /answered (404|409|429|50\d)|failed: net::/;

export const STORIES = {
  'tv: a wrong answer brings a new sum, and three close the session for a while': async ({ tv, words, equal }) => {
    tv.mock.answers = [42, 43, 44];
    for (const round of [2, 3]) {
      for (const key of '99k') await tv.enter(key);
      await tv.says(words.again);
      await tv.shows();
      equal([await tv.typed(), await tv.focus()], ['', 'key-5'], `how try ${round} begins`);
      equal(tv.mock.asked('answer').at(-1).body.picture_id, `picture-${round - 1}`, 'the picture that was answered');
    }
    for (const key of '99k') await tv.enter(key);
    await tv.says(words.closed);
    equal(await tv.focus(), 'retry', 'the way on, later');
    await tv.press('ok');
    await tv.says(words.wait);
    equal(tv.mock.asked('challenges').length, 1, 'sessions');
    await tv.skip(31);
    await tv.says(words.closedOver);
    await tv.press('ok');
    await tv.shows();
    equal([tv.mock.asked('challenges').length, await tv.focus()], [2, 'key-5'], 'a new session');
  },

  'tv: two sums in a row, where the service wants two': {
    settings: { needed: 2, answers: [55, 66] },
    async story({ tv, words, equal }) {
      equal((await tv.person.text()).includes(words.two), true, 'that there will be two');
      for (const key of '55k') await tv.enter(key);
      await tv.says(words.next);
      await tv.shows();
      for (const key of '66k') await tv.enter(key);
      await tv.tells('passed');
      equal(tv.mock.asked('answer').length, 2, 'answers');
    },
  },

  'tv: lost answers are asked for again, twice': async ({ tv, words, equal }) => {
    tv.forgive(FAILED);
    tv.mock.fails.answer = ['drop', 503];
    for (const key of '42k') await tv.enter(key);
    await tv.tells('passed');
    equal(tv.mock.asked('answer').length, 3, 'tries');
    tv.mock.fails.challenges = ['drop', 'drop', 'drop'];
    await tv.open(() => tv.says(words.offline));
    equal([tv.mock.asked('challenges').length, await tv.focus()], [4, 'retry'], 'tries, and the way on');
    await tv.press('ok');
    await tv.shows();
    tv.mock.fails.challenges = [503, 502, 504];
    await tv.open(() => tv.says(words.busy));
    await tv.press('ok');
    await tv.shows();
  },

  'tv: a service that hangs is given up after five seconds': async ({ tv, equal }) => {
    tv.forgive(FAILED);
    await tv.page.evaluate(() => {
      // The page's own five seconds, only sooner.
      Object.defineProperty(XMLHttpRequest.prototype, 'timeout', { set(time) { window.patience = time; }, get: () => window.patience });
      const send = XMLHttpRequest.prototype.send;
      XMLHttpRequest.prototype.send = function sendSoon(body) {
        send.call(this, body);
        if (!window.cut) window.cut = setTimeout(() => { this.abort(); this.ontimeout(); }, 50);
      };
    });
    tv.mock.fails.answer = ['hang'];
    for (const key of '42k') await tv.enter(key);
    await tv.tells('passed');
    equal([await tv.page.evaluate(() => window.patience), tv.mock.asked('answer').length], [5000, 2], 'patience in ms, and tries');
  },

  'tv: what the service does not want is told in words, and is not tried again': async ({ tv, words, equal }) => {
    tv.forgive(/answered 4/);
    for (const status of [400, 403, 422]) {
      tv.mock.fails.challenges = [status];
      await tv.open(() => tv.says(words.refused));
      equal(await tv.focus(), 'cancel', 'the way on');
    }
    equal(tv.mock.asked('challenges').length, 4, 'tries');
    tv.mock.fails.challenges = [429];
    await tv.open(() => tv.says(words.closed));
    await tv.skip(8);
    await tv.says(words.closedOver);
    await tv.press('ok');
    await tv.shows();
    tv.query = { action: '' };
    await tv.open(() => tv.says(words.misused));
    equal(tv.mock.asked('challenges').length, 6, 'no action, no session');
  },

  'tv: a picture that does not show can be replaced': {
    settings: { broken: 1, phone: null },
    open: false,
    async story({ tv, words, equal }) {
      await tv.open(() => tv.says(words.pictureFailed));
      equal(await tv.focus(), 'refresh', 'the way on');
      await tv.press('ok');
      await tv.shows();
      for (const key of '42k') await tv.enter(key);
      await tv.tells('passed');
    },
  },

  'tv: there is an end of new pictures': async ({ tv, words, equal }) => {
    tv.forgive(FAILED);
    for (let times = 1; times <= 3; times += 1) {
      await tv.press('red');
      await tv.asked('refresh', times);
      await tv.says(words.refreshed);
      await tv.shows();
      await tv.press('4'); // and what was typed for an earlier one goes
      await tv.page.evaluate(() => { document.getElementById('status').textContent = ''; });
    }
    await tv.press('red');
    await tv.says(words.noMore);
    equal(await tv.typed(), '4', 'what stays');
    await tv.press('2');
    await tv.press('ok');
    await tv.tells('passed');
  },

  'tv: the end of the time is told before, and any key gives more': async ({ tv, words, equal }) => {
    await tv.enter('4');
    await tv.skip(121);
    await tv.says(words.minute);
    await tv.skip(40);
    await tv.says(words.soon);
    equal(tv.mock.asked('extend').length, 0, 'extensions');
    await tv.press('up');
    await tv.says(words.extended);
    equal([await tv.typed(), await tv.focus(), tv.mock.asked('extend').length], ['4', 'key-1', 1], 'what the key did beside');
    await tv.skip(170);
    await tv.until('the last seconds', () => document.getElementById('clock').className === 'late');
    await tv.press('yellow');
    await tv.says(words.notExtended);
    equal(tv.mock.asked('extend').length, 1, 'extensions');
    await tv.skip(20);
    await tv.says(words.expired);
    equal([await tv.typed(), await tv.focus()], ['', 'retry'], 'nothing to answer any more');
    for (const key of '42') await tv.press(key);
    equal(await tv.typed(), '', 'nor to type');
    tv.mock.answers = [44];
    await tv.press('ok');
    await tv.shows();
    for (const key of '44k') await tv.enter(key);
    await tv.tells('passed');
    equal(tv.mock.asked('answer').map(({ body }) => body.picture_id), ['picture-2'], 'the picture that was answered');
  },

  'tv: whoever sends in the last seconds sends, and gets no more time': async ({ tv, words, equal }) => {
    for (const key of '42') await tv.press(key);
    await tv.skip(165);
    await tv.says(words.soon);
    await tv.press('ok');
    await tv.tells('passed');
    equal(tv.mock.asked('extend').length, 0, 'extensions');
  },

  'tv: a session that the service has forgotten is begun anew': async ({ tv, words, equal }) => {
    tv.forgive(FAILED);
    tv.mock.over = true;
    for (const key of '42k') await tv.enter(key);
    await tv.says(words.expired);
    await tv.press('ok');
    await tv.shows();
    equal(tv.mock.asked('challenges').length, 2, 'sessions');
  },

  'tv: a slow line and a slow processor lose no key': {
    open: false,
    async story({ tv, equal }) {
      await tv.cdp.send('Network.enable');
      await tv.cdp.send('Network.emulateNetworkConditions', {
        offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000,
      });
      await tv.cdp.send('Emulation.setCPUThrottlingRate', { rate: 20 });
      await tv.open();
      for (const key of '42k') await tv.enter(key);
      for (let times = 0; times < 3; times += 1) await tv.press('ok');
      await tv.tells('passed');
      equal(tv.mock.asked('answer').map(({ body }) => body.answer), ['42'], 'what was sent');
    },
  },

  'tv: where no sums are spoken nothing says that they are': {
    settings: { modalities: ['image'] },
    async story({ tv, words, equal }) {
      equal((await tv.person.text()).includes(words.listen), false, 'whether it is offered');
      await tv.press('blue');
      for (const way of ['left', 'left', 'left']) await tv.press(way);
      equal(await tv.focus(), 'refresh', 'what is left of "contrast"');
      equal(tv.mock.requests.length, 1, 'requests');
    },
  },

  'tv: the sum can be heard instead': async ({ tv, words, equal }) => {
    await tv.page.evaluate(() => {
      window.played = [];
      HTMLMediaElement.prototype.play = function play() {
        window.played.push(this.src.slice(0, 5));
        if (window.deaf !== undefined && this.src.startsWith(window.deaf)) setTimeout(() => this.onerror());
        else setTimeout(() => this.onended());
        return Promise.resolve();
      };
    });
    await tv.press('blue');
    await tv.asked('refresh', 1);
    await tv.until('the sound', () => window.played.length === 1 && !document.getElementById('instead').hidden);
    await tv.press('blue');
    await tv.until('the same again', () => window.played.length === 2);
    await tv.page.evaluate(() => { window.deaf = 'data:'; });
    await tv.press('blue');
    await tv.until('it as a file', () => window.played.length === 4);
    equal(await tv.page.evaluate(() => window.played), ['data:', 'data:', 'data:', 'blob:'], 'what was played');
    equal(tv.mock.asked('refresh').length, 1, 'recordings');
    await tv.page.evaluate(() => { window.deaf = ''; });
    await tv.press('blue');
    await tv.says(words.silent);
    for (const key of '42k') await tv.enter(key);
    await tv.tells('passed');
  },
};

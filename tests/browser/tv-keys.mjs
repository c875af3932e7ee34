// The remote control: arrows and OK are enough for everything, and no key does more than it should.
import { KEYS, place, ROUTES } from './tv-set.mjs';

export const STORIES = {
  'tv: every answer is entered by arrows and OK, in as few presses as the pad allows': async ({ tv, equal }) => {
    const presses = [];
    for (let answer = 10; answer <= 99; answer += 1) {
      tv.mock.answers = [answer];
      if (answer > 10) await tv.open();
      const [before, keys] = [tv.presses, [...String(answer), 'k']];
      for (const key of keys) await tv.enter(key);
      await tv.tells('passed');
      equal(tv.mock.asked('answer').at(-1).body.answer, String(answer), 'what was sent');
      presses.push(tv.presses - before);
      equal(presses.at(-1), fewest(keys), `the presses for ${answer}`);
    }
    equal(tv.mock.asked('answer').length, 90, 'all answers');
    equal([Math.min(...presses), presses.reduce((sum, count) => sum + count) / 90, Math.max(...presses)], [6, 9, 14], 'presses');
  },

  'tv: digit keys type, and OK sends': async ({ tv, equal }) => {
    await tv.press('4');
    equal(await tv.typed(), '4', 'the first digit');
    await tv.key(98); // 2 of a number block
    equal(await tv.typed(), '42', 'both digits');
    await tv.press('7');
    equal(await tv.typed(), '42', 'a third digit');
    await tv.press('ok');
    await tv.tells('passed');
    equal(tv.mock.asked('answer').map(({ body }) => body.answer), ['42'], 'what was sent');
  },

  'tv: OK sends nothing but two digits': async ({ tv, words, equal }) => {
    await tv.goTo('key-ok');
    await tv.press('ok');
    await tv.says(words.twoDigits);
    await tv.press('4');
    await tv.press('ok');
    equal(await tv.typed(), '4', 'one digit');
    await tv.enter('e');
    equal(await tv.typed(), '', 'nothing');
    await tv.press('ok');
    await tv.enter('k');
    equal(tv.mock.asked('answer').length, 0, 'answers');
  },

  'tv: OK pressed twice sends once': async ({ tv, equal }) => {
    tv.mock.answers = [55];
    tv.mock.fails.answer = ['hang']; // time to press again
    for (const key of '55') await tv.enter(key);
    await tv.goTo('key-ok');
    for (let times = 0; times < 3; times += 1) await tv.press('ok');
    await tv.press('5');
    await tv.press('red');
    await tv.press('yellow');
    await tv.asked('answer', 1);
    equal(await tv.typed(), '55', 'what stands there while it is checked');
    equal(tv.mock.requests.length, 2, 'requests: the challenge and one answer');
    await tv.open();
    for (const key of '55k') await tv.enter(key);
    await tv.tells('passed');
    await tv.press('ok');
    await tv.press('ok');
    equal([tv.told().captcha, tv.mock.asked('answer').length], ['passed', 2], 'OK after the end');
  },

  'tv: a key that is held is one press, and arrows stop at the edge': async ({ tv, equal }) => {
    await tv.key(KEYS.ok, 20);
    equal(await tv.typed(), '5', 'OK held on 5');
    await tv.key(51, 20);
    equal(await tv.typed(), '53', 'the key 3 held');
    await tv.key(KEYS.ok, 20); // the focus is on OK now
    await tv.asked('answer', 1);
    await tv.until('the next picture', () => document.getElementById('round').textContent.includes('2'));
    for (const [way, end] of [['up', 'key-2'], ['right', 'key-3'], ['down', 'key-ok'], ['left', 'phone']]) {
      await tv.key(KEYS[way], 20);
      equal(await tv.focus(), end, `where holding ${way} ends`);
    }
    equal(tv.mock.asked('answer').length, 1, 'answers');
  },

  'tv: a remote that does not say when a key is held is understood too': async ({ tv, equal }) => {
    await tv.press('4'); // from now on it is known that this remote says when a key goes up
    for (let times = 0; times < 5; times += 1) {
      await tv.cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', windowsVirtualKeyCode: 50 });
    }
    equal(await tv.typed(), '42', 'the key 2 held');
    await tv.key(50);
    equal(await tv.typed(), '42', 'and let go');
    await tv.press('ok');
    await tv.tells('passed');
    equal(tv.mock.asked('answer').length, 1, 'answers');
  },

  'tv: there is no way around an edge, and every button can be reached and left': async ({ tv, equal }) => {
    const edges = {
      'key-1': ['up'], 'key-2': ['up'], 'key-3': ['up', 'right'], 'key-6': ['right'], 'key-9': ['right'],
      'key-ok': ['right', 'down'], 'key-0': ['down'], 'key-erase': ['down'], refresh: ['left', 'up'], listen: ['up'],
      contrast: ['up'], phone: ['left', 'down'], extend: ['down'], cancel: ['down'],
    };
    for (const id of Object.keys(ROUTES)) {
      await tv.page.focus('#key-5');
      await tv.goTo(id);
      for (const way of edges[id] ?? []) {
        await tv.press(way);
        equal(await tv.focus(), id, `${way} of ${id}`);
      }
    }
    await tv.press('right');
    for (const id of ['contrast', 'cancel']) {
      await tv.page.focus(`#${id}`);
      await tv.press('right');
      equal((await tv.focus()).slice(0, 4), 'key-', `right of ${id}`);
    }
  },

  'tv: Back leaves from every button, by the key of every maker': async ({ tv, equal }) => {
    tv.mock.pages['/app'] = '<!doctype html><link rel="icon" href="data:,"><title>An app</title>';
    const backs = ['backWebos', 'backTizen', 'escape', 'backspace'];
    for (const [at, id] of Object.keys(ROUTES).entries()) {
      await tv.page.goto(`${tv.mock.origin}/app`);
      await tv.open();
      await tv.goTo(id);
      await tv.press(backs[at % backs.length]);
      await tv.until('the app', () => location.pathname === '/app');
    }
    equal(tv.mock.asked('answer').length, 0, 'answers');
  },

  'tv: colour keys are short ways to the buttons': async ({ tv, words, equal }) => {
    await tv.press('red');
    await tv.says(words.refreshed);
    equal(tv.mock.asked('refresh').map(({ body }) => body), [{ picture_id: 'picture-1', modality: 'image' }], 'red');
    await tv.press('yellow');
    await tv.says(words.extended);
    equal(tv.mock.asked('extend').map(({ body }) => body), [{ picture_id: 'picture-2' }], 'yellow');
    await tv.press('blue');
    await tv.asked('refresh', 2);
    equal(tv.mock.asked('refresh')[1].body, { picture_id: 'picture-2-longer', modality: 'audio' }, 'blue');
    await tv.says(words.refreshed);
    await tv.press('green');
    equal(await tv.focus(), 'phone-back', 'green');
    await tv.press('backTizen');
    equal(await tv.focus(), 'key-5', 'Back from the way by phone');
    await tv.press('green');
    await tv.press('down');
    await tv.press('red');
    await tv.press('5');
    await tv.press('ok');
    equal([await tv.focus(), await tv.typed()], ['key-5', ''], 'OK goes back to the picture, and nothing was typed behind it');
  },

  'tv: the pointer of a remote works too': async ({ tv, equal }) => {
    await tv.page.hover('#key-8');
    equal(await tv.focus(), 'key-8', 'what is pointed at');
    for (const id of ['key-4', 'key-2', 'key-ok']) await tv.page.click(`#${id}`);
    await tv.tells('passed');
    await tv.page.mouse.click(5, 5);
  },

  'tv: a click beside everything does not lose the focus for the next key': async ({ tv, equal }) => {
    await tv.page.mouse.click(5, 5);
    await tv.press('right');
    equal(await tv.focus(), 'key-6', 'the button beside the last one');
  },
};

function fewest(keys) {
  let [sum, from] = [keys.length, place('5')];
  for (const key of keys) {
    const to = place(key);
    sum += Math.abs(from[0] - to[0]) + Math.abs(from[1] - to[1]);
    from = to;
  }
  return sum;
}

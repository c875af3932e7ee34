// What is on the screen, for everybody: from the sofa, enlarged, in the colours of the system, and for who hears it.
import axe from 'axe-core';

import { complaints } from './access.mjs';
import { takeScreen } from './pictures.mjs';

const BOTH = ['ru', 'en'];
const PICTURED = ['closed', 'soon', 'expired'];

export const STORIES = {
  'tv: the page is all there, in both languages': {
    languages: BOTH,
    async story({ tv, words, equal }) {
      await lookOver(tv);
      const text = await tv.person.text();
      for (const word of [words.heading, words.refresh, words.cancel, 'kino.example/tv', 'KQ7-4MX']) {
        equal(text.includes(word), true, `whether "${word}" can be read`);
      }
      equal(await tv.page.title(), words.title, 'the title');
      const spoken = names(await tv.page.accessibility.snapshot({ interestingOnly: false }));
      equal(spoken.some((name) => name.startsWith(words.picture)), true, 'what the picture is called');
      for (const name of [words.red, words.qr]) equal(spoken.includes(name), true, `whether "${name}" can be heard`);
      equal(spoken.some((name) => /49/.test(name)), false, 'whether the sum is told to programs');
      await takeScreen(tv, `tv-sum-${tv.person.language}`);
      await tv.press('4');
      await tv.press('2');
      if (tv.person.language === 'ru') await takeScreen(tv, 'tv-typed', [[1280, 720]]);
      equal(names(await tv.page.accessibility.snapshot({ interestingOnly: false })).includes(words.typed), true, 'what is typed, for the ear');
      await tv.press('green');
      await lookOver(tv);
      await takeScreen(tv, `tv-phone-${tv.person.language}`, [[1280, 720]]);
    },
  },

  'tv: the app chooses the language, and others fall back to English': async ({ tv, equal }) => {
    for (const [lang, wanted] of [['en', 'en'], ['ru-RU', 'ru'], ['EN', 'en'], ['', 'ru'], ['de', 'en'], ['constructor', 'en'], ['../../x', 'en']]) {
      tv.query = { action: 'log_in', lang };
      await tv.open();
      equal(await tv.page.evaluate(() => document.documentElement.lang), wanted, `the language for "${lang}"`);
      equal(tv.mock.asked('challenges').at(-1).body.lang, wanted, 'the language of the sum');
    }
  },

  'tv: everything is big enough for the sofa, and away from the edges': {
    languages: BOTH,
    async story({ tv, equal }) {
      for (const [width, height] of [[1920, 1080], [1280, 720], [3840, 2160]]) {
        await tv.page.setViewport({ width, height });
        const seen = await tv.page.evaluate(measure);
        equal(seen.picture >= 0.25, true, `the picture takes ${seen.picture} of the height`);
        equal(seen.small, [], `text of less than 28 px of 1080 at ${height}`);
        equal(seen.outside, [], `what leaves the safe area at ${height}`);
        equal(seen.cut, [], `what does not fit into its box at ${height}`);
        equal(seen.scrolls, false, `whether ${height} lines scroll`);
      }
    },
  },

  'tv: the focus is always seen': async ({ tv, equal }) => {
    for (const id of ['key-5', 'key-ok', 'refresh', 'cancel']) {
      await tv.page.focus(`#${id}`);
      const ring = await tv.page.evaluate(() => {
        const style = getComputedStyle(document.activeElement);
        return [style.outlineStyle, style.outlineWidth];
      });
      equal(ring, ['solid', '4px'], `the ring around ${id}`);
    }
  },

  'tv: enlarged to 200 % it is still whole': {
    languages: BOTH,
    width: 960,
    height: 540,
    scale: 2,
    async story({ tv, equal }) {
      const seen = await tv.page.evaluate(measure);
      equal(seen.wide, false, 'whether it scrolls sideways');
      equal(seen.cut, [], 'what does not fit into its box');
      equal(seen.picture >= 0.25, true, `the picture takes ${seen.picture} of the height`);
      // 28 px of a page that is not enlarged.
      equal(await tv.page.evaluate(() => getComputedStyle(document.getElementById('status')).fontSize), '28px', 'text');
      if (tv.person.language === 'ru') await takeScreen(tv, 'tv-enlarged', [[960, 540]]);
      for (const id of ['cancel', 'key-1']) {
        await tv.page.focus(`#${id}`);
        const inside = await tv.page.evaluate(() => {
          const box = document.activeElement.getBoundingClientRect();
          return box.top >= 0 && box.bottom <= innerHeight;
        });
        equal(inside, true, `whether ${id} comes into view`);
      }
      await tv.page.focus('#key-5');
      for (const key of '42k') await tv.enter(key);
      await tv.tells('passed');
      await lookOver(tv);
      equal((await tv.page.evaluate(measure)).cut, [], 'what does not fit at the end');
      await tv.open();
      await tv.press('green');
      equal((await tv.page.evaluate(measure)).cut, [], 'what does not fit beside the QR code');
    },
  },

  'tv: colours of the system are kept': async ({ tv, equal }) => {
    await tv.cdp.send('Emulation.setEmulatedMedia', { features: [{ name: 'forced-colors', value: 'active' }, { name: 'prefers-color-scheme', value: 'dark' }] });
    equal(await tv.page.evaluate(() => matchMedia('(forced-colors: active)').matches), true, 'forced colours');
    const ring = await tv.page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return [style.outlineStyle, style.outlineWidth, style.outlineColor !== getComputedStyle(document.body).backgroundColor];
    });
    equal(ring, ['solid', '4px', true], 'the ring');
    equal(await tv.page.evaluate(() => getComputedStyle(document.querySelector('#card .code')).backgroundColor), 'rgb(255, 255, 255)', 'behind the QR code');
    await takeScreen(tv, 'tv-forced-colours', [[1280, 720]]);
    for (const key of '42k') await tv.enter(key);
    await tv.tells('passed');
  },

  'tv: the picture turns black and white around on request': async ({ tv, equal }) => {
    const flipped = () => tv.page.evaluate(() => getComputedStyle(document.getElementById('picture')).filter);
    equal(await flipped(), 'none', 'at first');
    await tv.goTo('contrast');
    await tv.press('ok');
    equal(await flipped(), 'invert(1)', 'afterwards');
    await takeScreen(tv, 'tv-contrast', [[1280, 720]]);
    await tv.press('red');
    await tv.asked('refresh', 1);
    equal(await flipped(), 'invert(1)', 'the next picture');
    tv.query = { action: 'log_in', contrast: 'inverted' };
    await tv.open();
    equal([tv.mock.asked('challenges').at(-1).body.contrast, await flipped()], ['inverted', 'none'], 'as the service draws it');
    await tv.goTo('contrast');
    await tv.press('ok');
    equal(await flipped(), 'invert(1)', 'back to black on white');
  },

  'tv: nothing moves for people who want that': async ({ tv, equal }) => {
    const moves = () => tv.page.evaluate(() => getComputedStyle(document.getElementById('key-5')).transitionDuration);
    await tv.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
    equal(await moves(), '0s', 'moves');
  },

  'tv: every other state of the page is whole too': {
    languages: BOTH,
    async story({ tv, words, equal }) {
      tv.forgive(/answered 50|failed: net::/);
      for (const round of [1, 2, 3]) {
        for (const key of '99k') await tv.enter(key);
        if (round < 3) await tv.says(words.again);
        await tv.until('the next state', () => !document.getElementById('status').textContent.includes('…'));
      }
      await whole(tv, words.closed, 'closed', equal);
      await tv.open();
      await tv.skip(165);
      await whole(tv, words.soon, 'soon', equal);
      await tv.skip(30);
      await whole(tv, words.expired, 'expired', equal);
      tv.mock.fails.challenges = [503, 503, 503];
      await tv.press('ok');
      await whole(tv, words.busy, 'busy', equal);
      tv.mock.phone = undefined;
      await tv.press('ok');
      await tv.shows();
      await lookOver(tv);
      await tv.press('green');
      equal(await tv.focus(), 'key-5', 'where green leads without a way by phone');
      for (const key of '42k') await tv.enter(key);
      await whole(tv, words.passed, 'passed', equal);
    },
  },
};

async function whole(tv, words, name, equal) {
  await tv.says(words);
  await lookOver(tv);
  const seen = await tv.page.evaluate(measure);
  equal([seen.cut, seen.outside, seen.scrolls], [[], [], false], `what does not fit: ${name}`);
  if (tv.person.language === 'ru' && PICTURED.includes(name)) await takeScreen(tv, `tv-${name}`, [[1280, 720]]);
}

// What the rules of the house and of axe say.
export async function lookOver(tv) {
  const found = await complaints(tv.person);
  await tv.page.evaluate(`${axe.source};0`);
  const { violations } = await tv.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const { id, help, nodes } of violations) found.push(`axe ${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
  if (found.length) throw new Error(found.join('\n'));
}

// Runs in the page.
export function measure() {
  const shown = [...document.body.querySelectorAll('*')].filter((part) => part.getClientRects().length && !part.closest('.hidden, svg'));
  const texts = shown.filter((part) => [...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
  const name = (part) => part.id || part.className || part.tagName;
  const picture = document.getElementById('picture').getBoundingClientRect();
  const [side, top] = [innerWidth * 0.05 - 1, innerHeight * 0.05 - 1];
  return {
    picture: picture.height / innerHeight || 1,
    small: texts.filter((part) => parseFloat(getComputedStyle(part).fontSize) < 28 * innerHeight / 1080 - 0.05).map(name),
    outside: shown.filter((part) => {
      const box = part.getBoundingClientRect();
      const fixed = part.id === 'sheet' || part.tagName === 'MAIN';
      return !fixed && (box.left < side || box.right > innerWidth - side || box.top < top || box.bottom > innerHeight - top);
    }).map(name),
    cut: shown.filter((part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth || part.scrollHeight > part.clientHeight + 1 && part.clientHeight)
      .filter((part) => getComputedStyle(part).display !== 'inline' && part.tagName !== 'MAIN').map(name)
      .concat(texts.filter((part) => {
        let parent = part.parentElement;
        while (getComputedStyle(parent).display === 'inline') parent = parent.parentElement;
        const [box, around] = [part.getBoundingClientRect(), parent.getBoundingClientRect()];
        return box.right > around.right + 1 || box.bottom > around.bottom + 1;
      }).map(name)),
    scrolls: document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth,
    wide: document.documentElement.scrollWidth > innerWidth,
  };
}

function names(node) {
  return [node.name ?? '', ...(node.children ?? []).flatMap(names)];
}

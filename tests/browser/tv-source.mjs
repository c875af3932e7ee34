// What old engines understand, and how much they have to load.
import { gzipSync } from 'node:zlib';

import { parse } from 'acorn';
import jsQR from 'jsqr';

const LIMIT = 15 * 1024; // bytes on the wire, all three files

// Properties of Chromium 38. The two behind it only matter to engines that know them, and are passed over by those that do not.
const PROPERTIES = new Set(`
  align-items background background-color border border-bottom-color border-bottom-width border-color border-left-color
  border-radius bottom box-sizing clip color cursor display fill flex flex-direction flex-wrap font font-size font-weight height
  visibility justify-content left letter-spacing line-height margin margin-bottom margin-left margin-right margin-top max-width min-height
  min-width object-fit opacity outline outline-color outline-offset overflow padding position right stroke stroke-linecap
  stroke-linejoin stroke-width text-align top transform transition vertical-align white-space width word-wrap
  -webkit-appearance -webkit-filter -webkit-text-size-adjust -webkit-transform
  filter forced-color-adjust
`.trim().split(/\s+/));
const NEWER = [/var\(/, /\b(min|max|clamp)\(/, /:focus-(visible|within)/, /:(is|where|has)\(/, /\bgrid\b/, /\bgap\b/, /\binset\b/, /#[0-9a-f]{8}\b/i];
// Names that came after Chromium 38, or that old TVs miss.
const YOUNG = /\b(fetch|Promise|Symbol|Map|Set|WeakMap|URLSearchParams|AbortController|IntersectionObserver|ResizeObserver)\b|\.(includes|find|findIndex|fill|padStart|startsWith|endsWith|closest|append|prepend|remove|replaceWith|matches|assign|entries|values|repeat)\(|\.key\b/;

export const STORIES = {
  'tv: the script is ECMAScript 5 and calls nothing younger': {
    open: false,
    async story({ files, equal }) {
      parse(files.js, { ecmaVersion: 5, sourceType: 'script' });
      equal(files.js.split('\n').filter((line) => YOUNG.test(line)), [], 'lines that old engines do not run');
      equal(/\b(eval|innerHTML|outerHTML|insertAdjacentHTML|document\.write|new Function)\b/.test(files.js), false, 'text that becomes code');
    },
  },

  'tv: the style sheet is one that old engines read': {
    open: false,
    async story({ files, equal }) {
      const rules = files.css.replace(/\/\*[^]*?\*\//g, '');
      const used = new Set([...rules.matchAll(/[{;]\s*([-a-z]+)\s*:(?=[^{}]*[;}])/g)].map(([, name]) => name));
      equal([...used].filter((name) => !PROPERTIES.has(name)), [], 'properties that are not on the list');
      equal(NEWER.filter((newer) => newer.test(rules)).map(String), [], 'what is younger');
      equal(used.size > 40, true, 'that properties are found at all');
    },
  },

  'tv: everything together is small': {
    open: false,
    async story({ files, equal }) {
      const bytes = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, gzipSync(text, { level: 6 }).length]));
      const sum = Object.values(bytes).reduce((a, b) => a + b);
      console.log(`      ${sum} bytes with gzip: ${JSON.stringify(bytes)}`);
      equal(sum <= LIMIT, true, `${sum} of ${LIMIT} bytes`);
    },
  },

  'tv: QR codes of every length say what they should': async ({ tv, equal }) => {
    const text = 'https://kino.example/tv/ж?code=AB-12&x='.repeat(8);
    const wrong = [];
    for (let length = 1; length < 214; length += 1) {
      const wanted = text.slice(0, length);
      const bytes = Buffer.byteLength(wanted);
      const rows = await tv.page.evaluate((address) => window.marqueeTv.qr(address), wanted);
      if (bytes > 213 ? rows !== null : read(rows) !== wanted) wrong.push(length);
    }
    equal(wrong, [], 'lengths that cannot be read');
  },
};

// As a camera would, with the quiet zone around.
function read(rows) {
  const dot = 3;
  const size = (rows.length + 8) * dot;
  const pixels = new Uint8ClampedArray(size * size * 4).fill(255);
  rows.forEach((row, y) => row.forEach((dark, x) => {
    for (let at = 0; dark && at < dot * dot; at += 1) {
      const place = ((y + 4) * dot + Math.floor(at / dot)) * size + (x + 4) * dot + at % dot;
      pixels.fill(0, place * 4, place * 4 + 3);
    }
  }));
  return jsQR(pixels, size, size, { inversionAttempts: 'dontInvert' })?.data;
}

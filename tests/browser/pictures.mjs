// Pictures of the pages for docs/, when they are asked for.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const FOLDER = process.env.PICTURES; // only set when pictures are wanted
const WIDTHS = [1280, 390];
const IN_RUSSIAN = ['sign-in', 'linked', 'email-claimed', 'operators-person'];
const SCREENS = [[1280, 720], [1920, 1080]];
const run = promisify(execFile);

/**
 * Takes the page at two widths as FOLDER/account-NAME-WIDTH.png. The documents that show pictures are in English; some are
 * taken in Russian, too. Who sits at a narrow screen takes none, because a wide one is made narrow.
 */
export async function takePictures(person, name) {
  if (person.width !== WIDTHS[0]) return;
  if (person.language === 'en') await takeAtWidths(person, `account-${name}`, { fullPage: true });
  if (person.language === 'ru' && IN_RUSSIAN.includes(name)) await takeAtWidths(person, `account-${name}-ru`, { fullPage: true });
}

/** Takes what is on the screen from this element on, at two widths, as FOLDER/docs-NAME-WIDTH.png. */
export function takeFrom(person, name, selector) {
  return takeAtWidths(person, `docs-${name}`, { selector });
}

async function takeAtWidths({ page }, name, { selector, fullPage = false }) {
  if (!FOLDER) return;
  const before = page.viewport();
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: width === WIDTHS[0] ? 720 : 844 });
    const path = `${FOLDER}/${name}-${width}.png`;
    if (selector) await page.$eval(selector, (element) => element.scrollIntoView({ block: 'start' }));
    await page.screenshot({ path, fullPage });
    await shrink(path);
  }
  await page.setViewport(before);
}

/** Takes what is on the screen of a TV, at the sizes that TVs have, as FOLDER/NAME-HEIGHT.png. */
export async function takeScreen({ page }, name, sizes = SCREENS) {
  if (!FOLDER) return;
  const before = page.viewport();
  for (const [width, height] of sizes) {
    await page.setViewport({ ...before, width, height });
    const path = `${FOLDER}/${name}-${height}.png`;
    await page.screenshot({ path });
    await shrink(path);
  }
  await page.setViewport(before);
}

// 256 colours are plenty for a page, and a third of the bytes.
async function shrink(path) {
  await run('pngquant', ['--force', '--skip-if-larger', '--strip', '--output', path, '256', path]).catch((error) => {
    if (error.code !== 98 && error.code !== 'ENOENT') throw error; // 98: it would be larger
  });
}

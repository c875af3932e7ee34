// Pictures of the pages for docs/, when they are asked for.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const FOLDER = process.env.PICTURES; // only set when pictures are wanted
const WIDTHS = [1280, 390];
const run = promisify(execFile);

/** Takes the page at two widths as FOLDER/account-NAME-WIDTH.png. */
export async function takePictures({ page }, name) {
  if (!FOLDER) return;
  const before = page.viewport();
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: width === WIDTHS[0] ? 720 : 844 });
    const path = `${FOLDER}/account-${name}-${width}.png`;
    await page.screenshot({ path, fullPage: true });
    // 256 colours are plenty for a page, and a third of the bytes.
    await run('pngquant', ['--force', '--skip-if-larger', '--strip', '--output', path, '256', path]).catch((error) => {
      if (error.code !== 98 && error.code !== 'ENOENT') throw error; // 98: it would be larger
    });
  }
  await page.setViewport(before);
}

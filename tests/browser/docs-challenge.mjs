// The challenge of captcha-service, solved with the key that it seals pictures with.
import { solve } from './tv-solver.mjs';

const { DOCS_CAPTCHA_KEY } = process.env; // what CAPTCHA_KEYS says, with CAPTCHA_KEEP=sealed
const THOUGHT = 1500; // ms; nobody looks and adds up in less than a second, and the service knows

/** Remembers the session and the picture on the screen, as the service names them to this page or its frames. */
export function follow(page) {
  const picture = {};
  page.on('response', async (response) => {
    if (response.request().method() !== 'POST' || !response.url().includes('/api/v1/captcha/challenges')) return;
    const { session, picture_id: id } = await response.json().catch(() => ({}));
    if (session) picture.session = session;
    if (id) picture.id = id;
  });
  return picture;
}

/** Answers all pictures until `done` holds. */
export async function answer(frame, picture, done) {
  for (let answered; !(await done());) {
    await new Promise((resolve) => { setTimeout(resolve, THOUGHT); });
    if (!picture.id || picture.id === answered) continue;
    await frame.waitForFunction(() => document.getElementById('picture')?.naturalWidth > 0);
    answered = picture.id;
    for (const digit of solve({ ...picture, key: DOCS_CAPTCHA_KEY })) await frame.click(`#key-${digit}`);
    await frame.click('#key-ok');
  }
}

// The page against a captcha-service that is no stand-in: from the picture to the pass that another service redeems.
//
//   TV_SERVICE        where it is; without it these stories are left out
//   TV_SERVICE_KEY    what it seals sessions with (CAPTCHA_KEYS, CAPTCHA_KEEP=sealed)
//   TV_SITE_SECRET    the secret of its site
//   TV_APP            the origin that it lists (CAPTCHA_TV_HOSTS), free to be listened at
import { createServer } from 'node:http';

import { solve } from './tv-solver.mjs';

const { TV_SERVICE, TV_SERVICE_KEY, TV_SITE_SECRET, TV_APP } = process.env;

const stories = {
  'tv: a pass of the real service is won and redeemed once': {
    languages: ['ru', 'en'],
    service: TV_SERVICE,
    open: false,
    async story({ tv, words, equal }) {
      const app = createServer((request, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>An app</title>'));
      await new Promise((resolve) => app.listen(new URL(TV_APP).port, '127.0.0.1', resolve));
      try {
        const picture = follow(tv);
        tv.query = { action: 'log_in', return: `${TV_APP}/done`, state: 'mine' };
        await tv.open();
        await thought(tv);
        for (const key of [...wrong(picture), 'k']) await tv.enter(key);
        await tv.says(words.again);
        await tv.shows();
        await tv.press('red');
        await tv.says(words.refreshed);
        await tv.shows();
        await tv.press('yellow');
        await tv.says(words.extended);
        await tv.press('blue');
        await tv.until('the recording', (stop) => document.getElementById('listen').textContent === stop, words.stop);
        await tv.until('its end', (listen) => document.getElementById('listen').textContent === listen, words.listen);
        await tv.says(words.refreshed); // and not that nothing can be heard
        await thought(tv);
        const right = solve({ ...picture, key: TV_SERVICE_KEY });
        for (const key of [...right, 'k']) await tv.enter(key);
        await tv.tells('passed');
        const told = tv.told();
        equal([tv.page.url().split('#')[0], told.captcha, told.state, told.expires_in], [`${TV_APP}/done`, 'passed', 'mine', '120'], 'the way back');
        const verdict = await verify(told.token);
        equal([verdict.success, verdict.action], [true, 'log_in'], 'what the site is told');
        equal((await verify(told.token))['error-codes'], ['timeout-or-duplicate'], 'the second time');
      } finally {
        app.closeAllConnections();
        app.close();
      }
    },
  },

  'tv: the real service closes after two wrong answers of a new device': {
    service: TV_SERVICE,
    async story({ tv, words }) {
      const picture = follow(tv);
      await tv.open();
      for (let round = 1; round <= 2; round += 1) {
        await thought(tv);
        for (const key of [...wrong(picture), 'k']) await tv.enter(key);
        if (round < 2) {
          await tv.says(words.again);
          await tv.shows();
        }
      }
      await tv.says(words.closed);
    },
  },
};

export const STORIES = TV_SERVICE ? stories : {};

// The session and the picture on the screen, as the answers of the service name them.
function follow(tv) {
  const picture = {};
  tv.page.on('response', async (response) => {
    if (!response.url().includes('/api/v1/captcha/challenges')) return;
    const { session, picture_id: id } = await response.json().catch(() => ({}));
    if (session) picture.session = session;
    if (id) picture.id = id;
  });
  return picture;
}

function wrong(picture) {
  return solve({ ...picture, key: TV_SERVICE_KEY }) === '55' ? '66' : '55';
}

// Nobody looks and adds up in less than a second, and the service knows.
function thought(tv) {
  return tv.page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 1500); }));
}

async function verify(token) {
  const reply = await fetch(`${TV_SERVICE}/siteverify`, {
    method: 'POST', body: new URLSearchParams({ secret: TV_SITE_SECRET, response: token }),
  });
  return reply.json();
}

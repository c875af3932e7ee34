// docs/browser-app.html, an app of another origin: one that the services list, and one that they do not.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

import { makeAccount } from './docs-account.mjs';
import { answer, follow } from './docs-challenge.mjs';
import { PASSWORD } from './people.mjs';

const { CINEMA, DOCS_AUTH, DOCS_MOVIES, DOCS_APP } = process.env;

export const STORIES = {
  'cors: an app of a listed origin signs in, searches and shows a film, at the gateway': {
    forgiven: [/api\/v1\/sessions answered 40[13]/],
    async story({ person, words }) {
      const email = await makeAccount(person, words, DOCS_AUTH);
      await hosted(new URL(DOCS_APP).port, CINEMA, CINEMA, async (origin) => {
        await person.go(origin);
        await signInWithPass(person, email, 'not the password');
        await says(person, '(auth.wrong_credentials, request '); // problems can be read, and their request id
        await signInWithPass(person, email);
        await says(person, `Signed in as ${email}`);
        await search(person, 'viewer: member');
        await (await person.find('The Godfather', 'button')).click();
        await person.page.waitForFunction(() => document.querySelector('#film h2')?.textContent.includes('1972'));
      });
    },
  },

  'cors: an origin that is not listed is refused': {
    forgiven: [/blocked by CORS policy/, /net::ERR_FAILED/],
    async story({ person, words }) {
      const email = await makeAccount(person, words, DOCS_AUTH);
      await hosted(0, DOCS_AUTH, DOCS_MOVIES, async (origin) => {
        await person.go(origin);
        await signIn(person, email);
        await says(person, 'No answer');
        if (!person.troubles.some((trouble) => trouble.includes('api/v1/sessions'))) throw new Error(`no refusal: ${person.troubles}`);
        await search(person, 'viewer: anonymous'); // films are for all
      });
    },
  },
};

/** The app for these services at a port of its own, which is another origin, while `work` runs. */
async function hosted(port, auth, movies, work) {
  const text = await readFile('docs/browser-app.html', 'utf8');
  const app = text.replace('http://127.0.0.1:8001', auth).replace('http://127.0.0.1:8002', movies);
  const server = createServer((request, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end(app));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  try {
    await work(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function signIn(person, email, password = PASSWORD) {
  await person.write('E-mail', email);
  await person.write('Password', password);
  await (await person.find('Sign in', 'button')).click();
}

/** The same from a device that is not known: with a challenge in a frame. */
async function signInWithPass(person, email, password) {
  const { page } = person;
  const picture = follow(page);
  await page.$eval('#status', (line) => line.replaceChildren());
  await signIn(person, email, password);
  const frame = await (await page.waitForSelector('#challenge iframe')).contentFrame();
  await answer(frame, picture, () => page.$eval('#status', (line) => line.textContent));
}

async function search(person, viewer) {
  await person.write('Title', 'godfathr');
  await (await person.find('Search', 'button')).click();
  await says(person, viewer);
}

async function says({ page }, words) {
  await page.waitForFunction((wanted) => document.getElementById('status').textContent.includes(wanted), {}, words);
}

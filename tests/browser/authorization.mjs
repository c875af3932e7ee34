// An app sends its user to the account page, which signs them in and sends them back with a code.
import { deepStrictEqual as equal } from 'node:assert';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { comeIn, isOut, PASSWORD, signIn } from './people.mjs';
import { takePictures } from './pictures.mjs';

const { CLIENT } = process.env;

export const STORIES = {
  'an app signs its user in by the browser': async ({ person, words, cinema, anew }) => {
    const { authorization: says } = words;
    const email = await comeIn(await anew(), words, cinema);
    await isOut(person, words, cinema);
    await withApp(async (app) => {
      await person.go(app.url(cinema));
      await signIn(person, words, email, PASSWORD);
      for (const part of [says.title, says.app, email, says.thisDevice, says.warning]) await person.reads(part);
      await takePictures(person, 'authorize');
      await person.depart(says.goOn);
      const { status, body } = await app.redeem(cinema, await app.answer(person));
      equal(status, 200, body.error);
      const me = await fetch(`${cinema}/oauth2/userinfo`, { headers: { authorization: `Bearer ${body.access_token}` } });
      equal((await me.json()).email, email);
    });
    await person.go(`${cinema}/account/devices`);
    await person.reads(says.app);
  },

  'who came to an app by mistake cancels, or takes another account': async ({ person, words, cinema }) => {
    const { authorization: says } = words;
    await comeIn(person, words, cinema);
    await withApp(async (app) => {
      await person.go(app.url(cinema));
      await person.depart(says.cancel);
      equal((await app.answer(person)).get('error'), 'access_denied');
      await person.go(app.url(cinema, { prompt: 'login' }));
      await person.reads(says.againTitle);
      await person.press(says.again);
      await person.reads(words.signIn);
      await person.go(`${cinema}/account`);
      await person.lacks(words.signOut);
    });
  },
};

/** An app at a port of its own, while `work` runs. */
async function withApp(work) {
  const answers = [];
  const server = createServer((request, reply) => {
    const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
    if (pathname === '/signed-in') answers.push(searchParams);
    reply.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><link rel="icon" href="data:,"><title>The app</title>');
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const [verifier, state] = [randomBytes(32).toString('base64url'), randomBytes(8).toString('base64url')];
  const redirect_uri = `http://127.0.0.1:${server.address().port}/signed-in`;
  const app = {
    url: (cinema, more) => `${cinema}/oauth2/authorize?${new URLSearchParams({
      response_type: 'code', client_id: CLIENT, redirect_uri, state, scope: 'openid email',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...more,
    })}`,
    /** What the browser brings back, once it shows the app. */
    async answer({ page }) {
      for (const start = Date.now(); answers.length === 0;) {
        if (Date.now() - start > 20_000) throw new Error('the browser does not come back to the app');
        await new Promise((resolve) => { setTimeout(resolve, 50); });
      }
      await page.waitForFunction(() => document.title === 'The app');
      const answer = answers.shift();
      equal(answer.get('state'), state);
      return answer;
    },
    async redeem(cinema, answer) {
      const form = new URLSearchParams({
        grant_type: 'authorization_code', client_id: CLIENT, redirect_uri, code: answer.get('code'), code_verifier: verifier,
      });
      const reply = await fetch(`${cinema}/oauth2/token`, { method: 'POST', body: form });
      return { status: reply.status, body: await reply.json() };
    },
  };
  try {
    await work(app);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

// Requests sent from the pages of the APIs, with an account made on the account page.
import { makeAccount } from './docs-account.mjs';
import { answer, follow } from './docs-challenge.mjs';
import { DocsPage } from './docs-page.mjs';
import { address, PASSWORD } from './people.mjs';
import { takeFrom } from './pictures.mjs';

const { CINEMA, DOCS_AUTH, DOCS_MOVIES } = process.env;
const TITLES = { en: 'The Godfather', ru: 'Крёстный отец' };

export const STORIES = {
  'docs: an account of the account page signs in and searches at the gateway': {
    forgiven: [/api\/v1\/sessions answered 403/],
    story: ({ person, words }) => signInAndSearch(person, words, CINEMA, CINEMA),
  },

  'docs: an account of the account page signs in and searches at the services': {
    forgiven: [/api\/v1\/sessions answered 403/],
    story: ({ person, words }) => signInAndSearch(person, words, DOCS_AUTH, DOCS_MOVIES),
  },

  'docs: a search finds films in the language of the browser': {
    languages: ['en', 'ru'],
    async story({ person, language }) {
      const page = new DocsPage(person);
      await page.open(`${CINEMA}/docs/movies/`);
      const { items, viewer } = await page.sendFor(200, 'search_films', { parameters: { query: 'godfathr' } });
      if (viewer.mode !== 'anonymous' || items[0]?.title !== TITLES[language]) throw new Error(`found: ${JSON.stringify(items[0])}`);
    },
  },

  'docs: a search finds films in the language that is filled in': async ({ person }) => {
    const page = new DocsPage(person);
    await page.open(`${CINEMA}/docs/movies/`);
    for (const [language, title] of Object.entries(TITLES)) {
      const { items } = await page.sendFor(200, 'search_films', { parameters: { query: 'godfathr', 'Accept-Language': language } });
      if (items[0]?.title !== title) throw new Error(`found in ${language}: ${JSON.stringify(items[0])}`);
    }
  },

  'docs: a sign-up shows why it is refused, and leads to the challenge': {
    forgiven: [/api\/v1\/users answered 403/],
    async story({ person }) {
      const page = new DocsPage(person);
      await page.open(`${CINEMA}/docs/auth/`);
      const problem = await page.sendFor(403, 'sign_up', { body: { email: address(), password: PASSWORD } });
      if (problem.code !== 'auth.captcha_required') throw new Error(`the code is ${problem.code}`);
      await takeFrom(person, 'challenge', '[id^="operations-"][id$="-sign_up"] .btn-group');
      const link = await person.page.waitForSelector('::-p-aria([name="challenge"][role="link"])', { visible: true });
      const [opened] = await Promise.all([new Promise((resolve) => { person.page.once('popup', resolve); }), link.click()]);
      await opened.waitForFunction(() => document.getElementById('picture')?.naturalWidth > 0);
      const { searchParams } = new URL(opened.url());
      if (searchParams.get('action') !== 'sign_up' || searchParams.get('assess_id') !== problem.assess_id) throw new Error(`it leads to ${opened.url()}`);
    },
  },
};

/** Signs up at the account page, in by try-it, and searches as a member. */
async function signInAndSearch(person, words, auth, movies) {
  const email = await makeAccount(person, words, auth);
  const page = new DocsPage(person);
  await page.open(`${auth}/docs/auth/`);
  const credentials = { email, password: PASSWORD };
  const problem = await page.sendFor(403, 'log_in', { body: credentials }); // a device that is not known
  if (problem.code !== 'auth.captcha_required') throw new Error(`the code is ${problem.code}`);
  const { tokens } = await page.sendFor(201, 'log_in', { body: { ...credentials, ...await pass(person) } });
  const { user } = await page.sendFor(200, 'get_me'); // the token of `log_in` is filled in
  if (user.email !== email) throw new Error(`get_me: ${JSON.stringify(user)}`);
  await page.open(`${movies}/docs/movies/`);
  await page.authorize(tokens.access_token);
  const { items, viewer } = await page.sendFor(200, 'search_films', { parameters: { query: 'godfathr' } });
  if (viewer.mode !== 'member' || items[0]?.title !== TITLES.en) throw new Error(`found for ${viewer.mode}: ${JSON.stringify(items[0])}`);
  if (auth === CINEMA) await takeFrom(person, 'search', '[id^="operations-"][id$="-search_films"] .btn-group');
}

/** Solves the challenge that the page leads to; its address then holds the pass. */
async function pass({ context, page }) {
  const href = await page.$eval('#challenge:not([hidden]) a', (link) => link.href);
  const challenge = await context.newPage();
  const picture = follow(challenge);
  await challenge.goto(href);
  await answer(challenge, picture, () => challenge.url().includes('#captcha=passed'));
  const end = new URLSearchParams(new URL(challenge.url()).hash.slice(1));
  await challenge.close();
  await page.bringToFront();
  return { captcha_token: end.get('token'), captcha_device_token: end.get('device_token') };
}

// The list of APIs at the gateway, the page of each, and how they look.
import axe from 'axe-core';

import { DocsPage } from './docs-page.mjs';

const { CINEMA, DOCS_AUTH, DOCS_MOVIES, DOCS_CAPTCHA } = process.env;
const SERVICES = { auth: DOCS_AUTH, movies: DOCS_MOVIES, captcha: DOCS_CAPTCHA };
// What Swagger UI itself does, by rule of axe; our own parts of the page break none.
const SWAGGER_UI = {
  'color-contrast': 'its badges, grey notes and tabs',
  'heading-order': 'groups of operations are of the third level',
  'nested-interactive': 'a button for copying stands in the one that opens an operation',
};

export const STORIES = {
  'docs: the list leads to the page of each service': async ({ person }) => {
    await person.go(`${CINEMA}/docs`);
    await lookOver(person, 'list');
    for (const [name, title] of [['Accounts', 'accounts'], ['Catalogue', 'catalogue'], ['Captcha', 'captcha']]) {
      await person.go(`${CINEMA}/docs`);
      await person.press(name, 'link');
      await new DocsPage(person).loaded();
      await person.until(name, ({ pathname }) => /^\/docs\/[a-z]+\/$/.test(pathname));
      const seen = await person.page.title();
      if (seen !== `Marquee ${title} API`) throw new Error(`the title is "${seen}"`);
      for (const other of ['Accounts', 'Catalogue', 'Captcha']) await person.page.waitForSelector(`::-p-aria([name="${other}"][role="link"])`);
      await lookOver(person, title);
    }
  },

  'docs: each service shows its own page': async ({ person }) => {
    for (const [service, origin] of Object.entries(SERVICES)) {
      const page = new DocsPage(person);
      await page.open(`${origin}/docs`);
      if (person.page.url() !== `${origin}/docs/${service}/`) throw new Error(`/docs leads to ${person.page.url()}`);
      const { text } = await page.send(`get${{ auth: '_auth', movies: '', captcha: '_captcha' }[service]}_status`);
      if (!text.includes('{')) throw new Error(`no status: ${text}`);
    }
  },

  'docs: the search finds operations, and an address leads to one': async ({ person }) => {
    const page = new DocsPage(person);
    await page.open(`${CINEMA}/docs/movies/`);
    await person.page.type('.operation-filter-input', 'persons');
    await person.page.waitForFunction(() => document.querySelectorAll('.opblock-tag').length === 1);
    await person.go(`${CINEMA}/docs`);
    await page.open(`${CINEMA}/docs/movies/#/films/search_films`);
    await person.page.waitForSelector('#operations-films-search_films.is-open .btn.execute');
  },
};

/** The page fits phones, and axe finds nothing but what is Swagger UI's own. */
async function lookOver({ page }, name) {
  const before = page.viewport();
  const found = [];
  await page.evaluate(`${axe.source};0`);
  for (const width of [1280, 390]) {
    await page.setViewport({ ...before, width });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) found.push(`it is ${wide} wide on a screen of ${width}`);
    for (const { id, help, nodes } of await page.evaluate(violations)) {
      const rest = nodes.filter(({ foreign }) => !foreign || !SWAGGER_UI[id]);
      if (rest.length) found.push(`axe ${id}: ${help} (${rest.length}): ${rest.slice(0, 3).map(({ html }) => html).join(' ')}`);
    }
  }
  await page.setViewport(before);
  if (found.length) throw new Error(`${name}:\n${[...new Set(found)].join('\n')}`);
}

// Runs in the page.
async function violations() {
  const { violations: found } = await window.axe.run(document, { resultTypes: ['violations'] });
  const foreign = (target) => Boolean(document.querySelector(target)?.closest('.swagger-ui'));
  return found.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html, target }) => ({ html, foreign: foreign(target[0]) })) }));
}

// Each page of ours that a person comes to is looked over: by the rules of access.mjs, and by those of axe.
import axe from 'axe-core';

import { complaints } from './access.mjs';

const seen = new Set(); // shapes of pages that were looked over

/** Looks over the page that a person is on, unless one of the same shape was. */
export async function lookOver(person) {
  if (!person.isOurs(person.page.url())) return;
  const shape = await person.page.evaluate(shapeOf);
  if (seen.has(shape)) return;
  const found = [...(await complaints(person)), ...(await violations(person))];
  if (found.length) throw new Error(found.join('\n'));
  seen.add(shape);
}

/** Number of pages of different shape that were looked over. */
export function lookedOver() {
  return seen.size;
}

// What axe finds. It is a script, so it needs scripts; pages of ours have none that could begin to run meanwhile.
async function violations({ page, javascript }) {
  if (!javascript) await page.setJavaScriptEnabled(true);
  await page.evaluate(`${axe.source};0`);
  const { violations: found } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  if (!javascript) await page.setJavaScriptEnabled(false);
  return found.map(({ id, help, nodes }) => `${page.url()}: axe ${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}

// Runs in the page: its path, and its elements without their texts.
function shapeOf() {
  const path = location.pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
  const name = (part) => [part.tagName, part.id, part.className.baseVal ?? part.className, part.type].filter(Boolean).join('.');
  return [path, ...[...document.querySelectorAll('html, body *')].map(name)].join(' ') + document.documentElement.lang;
}

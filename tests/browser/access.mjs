// What a page owes to people who do not see it, or use no mouse.

const NAMED = new Set([
  'button', 'checkbox', 'combobox', 'image', 'link', 'listbox', 'menuitem', 'navigation', 'radio', 'region',
  'searchbox', 'switch', 'textbox',
]);
const NARROW = 320; // the narrowest that a page must fit (WCAG 2.2, 1.4.10)
const MAX_TABS = 60;

/** Complaints about the page that a person is on; none is what it should be. */
export async function complaints({ page, language }) {
  const found = [];
  const seen = await page.evaluate(() => ({
    language: document.documentElement.lang,
    title: document.title.trim(),
    headings: [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((heading) => Number(heading.tagName[1])),
    mains: document.querySelectorAll('main').length,
    twice: [...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, at, ids) => ids.indexOf(id) !== at),
    dressed: [...document.styleSheets].some((sheet) => sheet.cssRules.length > 0),
    viewport: document.querySelector('meta[name=viewport]')?.content ?? '',
    boxes: [...document.querySelectorAll('input[type=checkbox],input[type=radio]')]
      .map((box) => box.getBoundingClientRect())
      .filter(({ width, height }) => Math.min(width, height) < 24 || Math.max(width, height) > 32)
      .map(({ width, height }) => `${width} by ${height}`),
    unsaid: [...document.querySelectorAll('input:not([type=hidden]),select,textarea')]
      .filter((field) => ['email', 'password'].includes(field.type) && !field.autocomplete)
      .map((field) => field.name),
  }));
  if (seen.language !== language) found.push(`its lang is "${seen.language}", not "${language}"`);
  if (!seen.title) found.push('it has no title');
  if (seen.headings.filter((level) => level === 1).length !== 1) found.push('it has not exactly one h1');
  if (seen.headings.some((level, at) => level > (seen.headings[at - 1] ?? 0) + 1)) found.push('its headings skip a level');
  if (seen.mains !== 1) found.push('it has not exactly one main landmark');
  if (seen.twice.length) found.push(`ids stand twice: ${seen.twice}`);
  if (!seen.dressed) found.push('it has no style sheet, or an empty one');
  for (const width of [NARROW, 390, page.viewport().width]) {
    const wide = await widthAt(page, width);
    if (wide > width) found.push(`it is ${wide} wide on a screen of ${width}`);
  }
  if (/user-scalable=no|maximum-scale/.test(seen.viewport)) found.push('it cannot be zoomed');
  if (seen.boxes.length) found.push(`its check boxes are too small to hit (WCAG 2.2, 2.5.8), or clumsy: ${seen.boxes}`);
  if (seen.unsaid.length) found.push(`browsers cannot fill in ${seen.unsaid}: autocomplete is missing`);
  visit(await page.accessibility.snapshot({ interestingOnly: false }), (node) => {
    if (NAMED.has(node.role) && !node.name?.trim()) found.push(`a ${node.role} has no name`);
  });
  return found.map((complaint) => `${page.url()}: ${complaint}`);
}

/** How wide the page is on a screen of this width. */
async function widthAt(page, width) {
  const before = page.viewport();
  if (before.width !== width) await page.setViewport({ ...before, width });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (before.width !== width) await page.setViewport(before);
  return wide;
}

/** Presses Tab until the thing with this name has the focus, which must be visible. */
export async function tabTo(person, name) {
  const passed = [];
  for (let tabs = 0; tabs < MAX_TABS; tabs += 1) {
    await person.page.keyboard.press('Tab');
    const focus = focused(await person.page.accessibility.snapshot());
    if (focus) passed.push(focus.name);
    if (focus?.name !== name) continue;
    const shown = await person.page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
    });
    if (!shown) throw new Error(`nobody can see that "${name}" has the focus`);
    return;
  }
  throw new Error(`no Tab leads to "${name}", only to: ${[...new Set(passed)].join(' | ')}`);
}

function focused(node) {
  if (node?.focused && node.role !== 'RootWebArea') return node;
  return node?.children?.map(focused).find(Boolean);
}

function visit(node, look) {
  look(node);
  node.children?.forEach((child) => visit(child, look));
}

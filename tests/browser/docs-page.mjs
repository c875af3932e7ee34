// Somebody at a page that shows an API: opens operations, fills them in, sends them and reads the response.

export class DocsPage {
  constructor(person) {
    Object.assign(this, { person, page: person.page });
  }

  /** Opens the page and waits for its operations. */
  async open(url) {
    await this.person.go(url);
    await this.loaded();
  }

  /** Waits for the operations. */
  async loaded() {
    await this.page.waitForSelector('.swagger-ui .opblock-summary-control');
    await this.page.waitForFunction(() => document.title.startsWith('Marquee'));
  }

  /** Opens an operation, unless it is open, and sends it with this body and these parameters. */
  async send(id, { body, parameters = {} } = {}) {
    const block = await this.page.waitForSelector(`[id^="operations-"][id$="-${id}"]`);
    const isOpen = await block.evaluate((element) => element.classList.contains('is-open'));
    if (!isOpen) await (await block.$('.opblock-summary-control')).click();
    const execute = await block.waitForSelector('.btn.execute');
    for (const [name, value] of Object.entries(parameters)) {
      // Drawn after the button: the page resolves references first.
      const field = `tr[data-param-name="${name}"] :is(input, select:not(.examples-select-element))`;
      await fill(await block.waitForSelector(field), value);
    }
    if (body) await fill(await block.waitForSelector('textarea.body-param__text'), JSON.stringify(body));
    const clear = await block.$('.btn.btn-clear');
    if (clear) await clear.click();
    await execute.scrollIntoView();
    const asked = this.page.waitForResponse((response) => ['fetch', 'xhr'].includes(response.request().resourceType()));
    await execute.click();
    await asked;
    await block.waitForSelector('.live-responses-table .response-col_status');
    return block.evaluate((element) => {
      const table = element.querySelector('.live-responses-table');
      const text = table.querySelector('.response-col_description pre')?.innerText ?? '';
      return { status: parseInt(table.querySelector('tbody .response-col_status').innerText), text };
    });
  }

  /** The same; the body is JSON and the status is this one. */
  async sendFor(status, id, input) {
    const reply = await this.send(id, input);
    if (reply.status !== status) throw new Error(`${id} answered ${reply.status} instead of ${status}: ${reply.text}`);
    return JSON.parse(reply.text);
  }

  /** Enters an access token in the dialog for it. */
  async authorize(token) {
    await (await this.page.waitForSelector('.auth-wrapper .btn.authorize')).click();
    await fill(await this.page.waitForSelector('#auth-bearer-value'), token);
    await (await this.page.$('.auth-btn-wrapper .btn.authorize')).click();
    await (await this.page.waitForSelector('.auth-btn-wrapper .btn-done')).click();
    await this.page.waitForSelector('.dialog-ux', { hidden: true });
  }
}

/** Replaces what a field holds, or chooses in a list. */
async function fill(field, value) {
  await field.scrollIntoView();
  if (await field.evaluate((element) => element.tagName === 'SELECT')) return field.select(value);
  await field.evaluate((element) => { element.focus(); element.select(); });
  await field.frame.page().keyboard.sendCharacter(value); // at once, as from the clipboard: a pass is good for two minutes
}

// Mails as their recipients read them: auth-service writes them to a folder here.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const { CINEMA, MAILS } = process.env;
const PATIENCE = 30_000; // ms; machines that test are busy
const opened = new Set();

/** A mail to somebody. */
class Mail {
  constructor(text) {
    this.text = text;
  }

  /** The code that it brings. */
  get code() {
    return this.find(/^ {4}(\d{8})$/m);
  }

  /** Its link to a page below the account page. */
  link(page) {
    return this.find(new RegExp(`^(${CINEMA}/account/${page}\\?\\S+)$`, 'm'));
  }

  find(pattern) {
    const [, found] = pattern.exec(this.text) ?? [];
    if (!found) throw new Error(`${pattern} is not in the mail:\n${this.text}`);
    return found;
  }
}

/** The oldest mail to this address that says this and was not opened before; waits until it comes. */
export async function mailTo(address, says) {
  for (const start = Date.now(); Date.now() - start < PATIENCE; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const files = await readdir(MAILS).catch(() => []); // the folder comes with the first mail
    for (const file of files.filter((name) => name.endsWith('.eml') && !opened.has(name)).sort()) {
      const text = (await readFile(join(MAILS, file), 'utf8')).replaceAll('\r\n', '\n');
      if (!text.includes(`\nTo: ${address}\n`) || !text.includes(says)) continue;
      opened.add(file);
      return new Mail(text);
    }
  }
  throw new Error(`no mail to ${address} says "${says}"`);
}

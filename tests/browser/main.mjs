// Goes through the account pages as people do.
//
//   node main.mjs [FILTER]   runs the stories whose names hold FILTER
//
//   CINEMA     where auth-service is, http://127.0.0.1:PORT; it offers the stub providers and knows nobody yet
//   LANGUAGE   what the browser asks for: ru or en
//   SCRIPTS    on, or off for people whose browser runs none
//   CHROMIUM   the browser [default: /usr/bin/chromium]
//   FAILURES   where to keep pictures of what failed
//   PICTURES   where to put pictures of all pages; none are taken without it
import { openBrowser, Person } from './browser.mjs';
import * as operators from './operators.mjs';
import * as password from './password.mjs';
import * as social from './social.mjs';
import { WORDS } from './words.mjs';

const who = { language: process.env.LANGUAGE ?? 'ru', javascript: process.env.SCRIPTS !== 'off' };
const filter = process.argv[2] ?? '';

const browser = await openBrowser();
let [told, failed] = [0, 0];
try {
  for (const [name, story] of Object.entries({ ...password.STORIES, ...social.STORIES, ...operators.STORIES })) {
    if (name.includes(filter)) await tell(name, story);
  }
} finally {
  await browser.close();
}
console.log(failed ? `${failed} of ${told} failed` : `${told} stories, all well`);
process.exit(failed ? 1 : told ? 0 : 3); // 3: no story has such a name

async function tell(name, story) {
  const title = `${name} (${who.language}, ${who.javascript ? 'with' : 'without'} scripts)`;
  const person = await Person.sit(browser, who);
  told += 1;
  try {
    await story({ person, words: WORDS[who.language], cinema: process.env.CINEMA, anew: () => Person.sit(browser, who) });
    if (person.troubles.length) throw new Error(person.troubles.join('\n'));
    console.log(`ok    ${title}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${title}\n${error.stack}\nPicture: ${await person.remember(title)}`);
  } finally {
    await person.leave();
  }
}

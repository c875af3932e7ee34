// Goes through the account pages as people do.
//
//   node main.mjs [FILTER]   runs the stories whose names hold FILTER
//
//   CINEMA     where auth-service is, http://127.0.0.1:PORT; it offers the stub providers and knows only OPERATOR yet
//   MAILS      the folder to which it writes mails
//   DATABASE   its SQLite file
//   CLIENT     id of an app that is sent back to any port of this machine
//   OPERATOR, OPERATOR_PASSWORD   an administrator
//   LANGUAGE   what the browser asks for: ru or en
//   SCRIPTS    on, or off for people whose browser runs none
//   WIDTH      how many pixels the window is wide
//   CHROMIUM   the browser [default: /usr/bin/chromium]
//   FAILURES   where to keep pictures of what failed
//   PICTURES   where to put pictures of pages; none are taken without it, or in narrow windows
import * as activation from './activation.mjs';
import * as addresses from './addresses.mjs';
import * as authorization from './authorization.mjs';
import { openBrowser, Person } from './browser.mjs';
import * as deletion from './deletion.mjs';
import { lookedOver, lookOver } from './look.mjs';
import * as operators from './operators.mjs';
import * as password from './password.mjs';
import * as recovery from './recovery.mjs';
import * as social from './social.mjs';
import * as squatting from './squatting.mjs';
import { WORDS } from './words.mjs';

const who = {
  language: process.env.LANGUAGE ?? 'ru',
  javascript: process.env.SCRIPTS !== 'off',
  width: Number(process.env.WIDTH ?? 1280),
  look: lookOver,
};
const filter = process.argv[2] ?? '';
const parts = [password, social, addresses, activation, authorization, squatting, recovery, deletion, operators];

const browser = await openBrowser();
let [told, failed] = [0, 0];
try {
  for (const [name, story] of parts.flatMap(({ STORIES }) => Object.entries(STORIES))) {
    if (name.includes(filter)) await tell(name, story);
  }
} finally {
  await browser.close();
}
console.log(failed ? `${failed} of ${told} failed` : `${told} stories, all well; ${lookedOver()} pages looked over, axe finds nothing`);
process.exit(failed ? 1 : told ? 0 : 3); // 3: no story has such a name

async function tell(name, story) {
  const title = `${name} (${who.language}, ${who.width} wide, ${who.javascript ? 'with' : 'without'} scripts)`;
  const people = [];
  const anew = async () => {
    people.push(await Person.sit(browser, who));
    return people.at(-1);
  };
  told += 1;
  try {
    await story({ person: await anew(), words: WORDS[who.language], cinema: process.env.CINEMA, anew });
    const troubles = people.flatMap((person) => person.troubles);
    if (troubles.length) throw new Error(troubles.join('\n'));
    console.log(`ok    ${title}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${title}\n${error.stack}`);
    for (const [at, person] of people.entries()) console.log(`Picture: ${await person.remember(`${title} ${at + 1}`)}`);
  } finally {
    await Promise.all(people.map((person) => person.leave()));
  }
}

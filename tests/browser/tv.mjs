// Goes through the check on a TV, with a remote control only.
//
//   node tv.mjs [FILTER]   runs the stories whose names hold FILTER; all their names begin with "tv: "
//
//   TV_PAGE    the folder of the page [default: captcha-service/src/tv]
//   TV_SERVICE and others   a real captcha-service: see tv-service.mjs
//   CHROMIUM, FAILURES, PICTURES   as for main.mjs
import { deepStrictEqual } from 'node:assert';
import { createServer } from 'node:http';

import { openBrowser } from './browser.mjs';
import * as apps from './tv-apps.mjs';
import * as keys from './tv-keys.mjs';
import * as looks from './tv-looks.mjs';
import { assets } from './tv-mock.mjs';
import * as phone from './tv-phone.mjs';
import * as service from './tv-service.mjs';
import { TvSet } from './tv-set.mjs';
import * as source from './tv-source.mjs';
import * as troubles from './tv-troubles.mjs';
import { TV_WORDS } from './tv-words.mjs';

const filter = process.argv[2] ?? '';
const files = await assets(process.env.TV_PAGE ?? 'captcha-service/src/tv');
const browser = await openBrowser();
let [told, failed] = [0, 0];
try {
  const stories = { ...source.STORIES, ...keys.STORIES, ...troubles.STORIES, ...apps.STORIES, ...looks.STORIES, ...phone.STORIES, ...service.STORIES };
  for (const [name, story] of Object.entries(stories)) {
    if (name.includes(filter)) await tell(name, typeof story === 'function' ? { story } : story);
  }
} finally {
  await browser.close();
}
console.log(failed ? `${failed} of ${told} failed` : `${told} stories of TVs, all well`);
process.exit(failed ? 1 : told ? 0 : 3); // 3: no story has such a name

async function tell(name, { story, languages = ['ru'], ...options }) {
  for (const language of languages) {
    const title = languages.length > 1 ? `${name} (${language})` : name;
    const hosts = [];
    let tv;
    told += 1;
    try {
      tv = await TvSet.on(browser, files, { language, ...options });
      await story({ tv, files, words: TV_WORDS[language], equal, app: () => app(hosts) });
      await tv.off();
      console.log(`ok    ${title}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${title}\n${error.stack}\nPicture: ${await tv?.person.remember(title)}`);
      await tv?.off().catch((also) => console.log(`      and: ${also.message}`));
    } finally {
      hosts.forEach((host) => host.server.close());
    }
  }
}

// Another web server, where an app lives.
async function app(hosts) {
  const server = createServer((request, answer) => answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(apps.APP));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  hosts.push({ server, origin: `http://127.0.0.1:${server.address().port}` });
  return hosts.at(-1);
}

function equal(seen, wanted, what) {
  deepStrictEqual(seen, wanted, `${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
}

// Goes through the pages that show the APIs, and through apps of another origin: of a browser, and of a TV with a phone.
//
//   node docs.mjs [FILTER]   runs the stories whose names hold FILTER; all their names begin with "docs: ", "cors: ",
//                          "grant: " or "replicas: "
//
//   CINEMA         the gateway, with all services behind it
//   DOCS_AUTH, DOCS_MOVIES, DOCS_CAPTCHA   the services themselves
//   DOCS_REPLICAS  process ids of replicas of auth-service that the stories "replicas: " may kill; then there are no others
//   DOCS_APP       the origin that auth-service and movies-api list, free to be listened at
//   CHROMIUM, FAILURES, PICTURES   as for main.mjs
import { openBrowser, Person } from './browser.mjs';
import * as cors from './docs-cors.mjs';
import * as grants from './docs-grants.mjs';
import * as pages from './docs-pages.mjs';
import * as tries from './docs-try.mjs';
import { WORDS } from './words.mjs';

const PATIENCE = 120_000; // ms; Swagger UI is 1.5 MB of JavaScript, and machines that test are busy
const filter = process.argv[2] ?? '';
const browser = await openBrowser();
let [told, failed] = [0, 0];
try {
  const others = process.env.DOCS_REPLICAS ? [] : [pages, tries, cors];
  for (const [name, story] of [...others, grants].flatMap(({ STORIES }) => Object.entries(STORIES))) {
    if (name.includes(filter)) await tell(name, typeof story === 'function' ? { story } : story);
  }
} finally {
  await browser.close();
}
console.log(failed ? `${failed} of ${told} failed` : `${told} stories of documents, all well`);
process.exit(failed ? 1 : told ? 0 : 3); // 3: no story has such a name

async function tell(name, { story, languages = ['en'], forgiven = [] }) {
  for (const language of languages) {
    const title = languages.length > 1 ? `${name} (${language})` : name;
    const person = await Person.sit(browser, { language });
    person.page.on('request', (request) => {
      if (!/^(data:|blob:|http:\/\/127\.0\.0\.1:)/.test(request.url())) person.troubles.push(`it asks for ${request.url()}`);
    });
    person.page.setDefaultTimeout(PATIENCE);
    await speak(person, language);
    person.isOurs = (url) => url.startsWith('http://127.0.0.1:'); // the browser reaches nothing else
    told += 1;
    try {
      await story({ browser, person, language, words: WORDS[language] });
      const troubles = person.troubles.filter((trouble) => !forgiven.some((pattern) => pattern.test(trouble)));
      if (troubles.length) throw new Error(troubles.join('\n'));
      console.log(`ok    ${title}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${title}\n${error.stack}\nPicture: ${await person.remember(title)}`);
    } finally {
      await person.leave();
    }
  }
}

// The browser asks for a language where the page does not.
async function speak({ page }, language) {
  await page.setExtraHTTPHeaders({});
  const session = await page.createCDPSession();
  await session.send('Emulation.setUserAgentOverride', { userAgent: await browser.userAgent(), acceptLanguage: language });
}

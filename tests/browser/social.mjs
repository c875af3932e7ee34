// Signing in with social providers, linking them and taking them off; the providers are stubs of ours.
import { address, comeBack, comeIn, PASSWORD } from './people.mjs';
import { takePictures } from './pictures.mjs';

const ANNA = 0; // the stubs know three people by number; this one has an address, the last one has none
const BORIS = 1;
const ANNAS_ADDRESS = 'anna.stub@gmail.com'; // at Google
const NO_ADDRESS = 2;
const CANCEL = 'cancel';

export const STORIES = {
  'two accounts are linked and one is unlinked': async ({ person, words, cinema }) => {
    await comeIn(person, words, cinema);
    await person.press(words.linked, 'link');
    for (const provider of [words.google, words.yandex]) {
      await depart(person, `${words.link} ${provider}`);
      await choose(person, ANNA);
      await person.reads(words.socialLinked);
    }
    await takePictures(person, 'linked');
    await depart(person, `${words.link} ${words.vk}`);
    await choose(person, CANCEL);
    await person.reads(words.cancelled);
    await person.go(`${cinema}/account/linked`);
    await unlink(person, words, words.google);
    await person.reads(words.socialUnlinked);
    if (await unlinks(person, words, words.google)) throw new Error('Google is still linked');
    if (!(await unlinks(person, words, words.yandex))) throw new Error('Yandex ID is gone, too');
  },

  'the last way in stays until there is a password': async ({ person, words, cinema }) => {
    const email = address();
    await enter(person, words, cinema, words.vk, NO_ADDRESS);
    await person.reads(words.hello);
    await person.press(words.linked, 'link');
    await unlink(person, words, words.vk);
    await person.reads(words.lastWayIn);
    await takePictures(person, 'last-way-in');
    await person.go(`${cinema}/account/security`);
    await takePictures(person, 'password-first');
    await person.write(words.email, email);
    await person.write(words.newPassword, PASSWORD);
    await person.press(words.setPassword);
    await person.reads(words.passwordSet);
    await person.press(words.linked, 'link');
    await unlink(person, words, words.vk);
    await person.reads(words.socialUnlinked);
    await person.press(words.signOut);
    await comeBack(person, words, cinema, email, PASSWORD);
  },

  'who signed in with a provider once comes back to the same account': async ({ person, words, cinema, anew }) => {
    await stayOnTheWay(person, words, cinema);
    await choose(person, BORIS);
    await person.reads('Boris Petrov');
    await person.press(words.signOut);
    await enter(person, words, cinema, words.google, BORIS);
    await person.press(words.history, 'link');
    await person.reads(words.bySocial);
    await takePictures(person, 'history');
    // Somebody else cannot have this account at the provider as well.
    const other = await anew();
    await comeIn(other, words, cinema);
    await other.press(words.linked, 'link');
    await depart(other, `${words.link} ${words.google}`);
    await choose(other, BORIS);
    await other.reads(words.accountTaken);
  },

  'who goes back at the provider may choose another way': async ({ person, words, cinema }) => {
    await depart(person, words.yandex, `${cinema}/account/sign-in`);
    await choose(person, CANCEL);
    await person.reads(words.cancelled);
  },

  'a newcomer whose address a stranger typed says whose account that is': async ({ person: stranger, words, cinema, anew }) => {
    const { addresses } = words;
    await comeIn(stranger, words, cinema, ANNAS_ADDRESS);
    const newcomer = await anew();
    await enter(newcomer, words, cinema, words.google, ANNA);
    await newcomer.reads(addresses.claimedTitle);
    await depart(newcomer, `${addresses.take}: ${words.google}`);
    await choose(newcomer, ANNA);
    await newcomer.reads(words.hello);
    await newcomer.reads(ANNAS_ADDRESS);
    await newcomer.lacks(addresses.askProof); // the provider vouches for it
    await stranger.go(`${cinema}/account`);
    await stranger.reads(addresses.lost);
  },
};

/** Signs in by way of a provider. */
async function enter(person, words, cinema, provider, who) {
  await depart(person, provider, `${cinema}/account/sign-in`);
  await choose(person, who);
}

/** Presses a button that leads to a provider, and waits for its page. On the way is a page of ours that leads on by itself. */
async function depart(person, button, from) {
  if (from) await person.go(from);
  await person.depart(button);
  await person.until('the page of the provider', (url) => !person.isOurs(url.href));
}

/** The same for Google with a look at the page on the way, in a browser that does not lead on by itself. */
async function stayOnTheWay(person, words, cinema) {
  const { page } = person;
  const stop = (request) => (person.isOurs(request.url()) ? request.continue() : request.abort('aborted'));
  await person.go(`${cinema}/account/sign-in`);
  await page.setRequestInterception(true);
  page.on('request', stop);
  await person.press(words.google);
  await takePictures(person, 'going');
  page.off('request', stop);
  await page.setRequestInterception(false);
  await person.press(words.goOn, 'link');
}

/** Chooses somebody on the page of a stub, and comes back. */
async function choose(person, who) {
  const button = await person.page.$(`button[value="${who}"]`);
  if (!button) throw new Error(`the stub offers no ${who}:\n${await person.text()}`);
  await Promise.all([person.page.waitForNavigation({ waitUntil: 'load' }), button.click()]);
  await person.until('a page of ours', (url) => person.isOurs(url.href));
}

// Its name ends with what the account is called, which is not ours to know.
const unlinkButton = (words, provider) => `button[aria-label^="${words.unlink}: ${provider}"]`;
const unlink = (person, words, provider) => person.pressAt(unlinkButton(words, provider));
const unlinks = async (person, words, provider) => (await person.page.$(unlinkButton(words, provider))) !== null;

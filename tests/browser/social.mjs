// Signing in with social providers, linking them and taking them off; the providers are stubs of ours.
import { address, check, PASSWORD, signIn, signUp } from './password.mjs';

const ANNA = 0; // the stubs know three people by number; this one has an address, the last one has none
const BORIS = 1;
const NO_ADDRESS = 2;
const CANCEL = 'cancel';

export const STORIES = {
  'two accounts are linked and one is unlinked': async ({ person, words, cinema }) => {
    await person.go(`${cinema}/account/sign-up`);
    await signUp(person, words, address());
    await person.press(words.linked, 'link');
    await check(person);
    for (const provider of [words.google, words.yandex]) {
      await depart(person, `${words.link} ${provider}`);
      await choose(person, ANNA);
      await person.reads(words.socialLinked);
      await check(person);
    }
    await check(person, 'linked');
    await depart(person, `${words.link} ${words.vk}`);
    await choose(person, CANCEL);
    await person.reads(words.cancelled);
    await check(person);
    await person.go(`${cinema}/account/linked`);
    await unlink(person, words, words.google);
    await person.reads(words.socialUnlinked);
    if (await unlinks(person, words, words.google)) throw new Error('Google is still linked');
    if (!(await unlinks(person, words, words.yandex))) throw new Error('Yandex ID is gone, too');
    await check(person);
  },

  'the last way in stays until there is a password': async ({ person, words, cinema }) => {
    const email = address();
    await enter(person, words, cinema, words.vk, NO_ADDRESS);
    await person.reads(words.hello);
    await person.press(words.linked, 'link');
    await check(person);
    await unlink(person, words, words.vk);
    await person.reads(words.lastWayIn);
    await check(person, 'last-way-in');
    await person.go(`${cinema}/account/security`);
    await check(person, 'password-first');
    await person.write(words.email, email);
    await person.write(words.newPassword, PASSWORD);
    await person.press(words.setPassword);
    await person.reads(words.passwordSet);
    await person.press(words.linked, 'link');
    await unlink(person, words, words.vk);
    await person.reads(words.socialUnlinked);
    await person.press(words.signOut);
    await person.go(`${cinema}/account/sign-in`);
    await signIn(person, words, email, PASSWORD);
    await person.reads(words.hello);
  },

  'who signed in with a provider once comes back to the same account': async ({ person, words, cinema, anew }) => {
    await stayOnTheWay(person, words, cinema);
    await choose(person, BORIS);
    await person.reads('Boris Petrov');
    await person.press(words.signOut);
    await enter(person, words, cinema, words.google, BORIS);
    await person.press(words.history, 'link');
    await person.reads(words.bySocial);
    await check(person, 'history');
    // Somebody else cannot have this account at the provider as well.
    const other = await anew();
    await other.go(`${cinema}/account/sign-up`);
    await signUp(other, words, address());
    await other.press(words.linked, 'link');
    await depart(other, `${words.link} ${words.google}`);
    await choose(other, BORIS);
    await other.reads(words.accountTaken);
    await check(other);
    if (other.troubles.length) throw new Error(other.troubles.join('\n'));
    await other.leave();
  },

  'who goes back at the provider may choose another way': async ({ person, words, cinema }) => {
    await depart(person, words.yandex, `${cinema}/account/sign-in`);
    await choose(person, CANCEL);
    await person.reads(words.cancelled);
    await check(person);
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
  await person.press(button);
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
  await check(person, 'going');
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

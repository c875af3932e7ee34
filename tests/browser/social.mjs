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
    await check(person, 'linked-none');
    for (const provider of [words.google, words.yandex]) {
      await depart(person, words, `${words.link}: ${provider}`);
      await choose(person, ANNA);
      await person.reads(words.socialLinked);
      await check(person);
    }
    await check(person, 'linked-two');
    await depart(person, words, `${words.link}: ${words.vk}`);
    await choose(person, CANCEL);
    await person.reads(words.cancelled);
    await check(person, 'linked-cancelled');
    await unlink(person, words, words.google);
    await person.reads(words.socialUnlinked);
    if (await unlinks(person, words, words.google)) throw new Error('Google is still linked');
    if (!(await unlinks(person, words, words.yandex))) throw new Error('Yandex ID is gone, too');
    await check(person, 'linked-one');
  },

  'the last way in stays until there is a password': async ({ person, words, cinema }) => {
    const email = address();
    await enter(person, words, cinema, words.vk, NO_ADDRESS);
    await person.reads(words.hello);
    await person.press(words.linked, 'link');
    await check(person, 'linked-last');
    await unlink(person, words, words.vk);
    await person.reads(words.lastWayIn);
    await check(person, 'linked-refused');
    await person.press(words.password, 'link');
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
    await enter(person, words, cinema, words.google, BORIS, (page) => check(page, 'going'));
    await person.reads('Boris Petrov');
    await person.press(words.signOut);
    await enter(person, words, cinema, words.google, BORIS);
    await person.press(words.history, 'link');
    await person.reads(words.bySocial);
    await check(person, 'history-social');
    // Somebody else cannot have this account at the provider as well.
    const other = await anew();
    await other.go(`${cinema}/account/sign-up`);
    await signUp(other, words, address());
    await other.press(words.linked, 'link');
    await depart(other, words, `${words.link}: ${words.google}`);
    await choose(other, BORIS);
    await other.reads(words.accountTaken);
    await check(other, 'linked-taken');
    if (other.troubles.length) throw new Error(other.troubles.join('\n'));
    await other.leave();
  },

  'who goes back at the provider may choose another way': async ({ person, words, cinema }) => {
    await depart(person, words, words.yandex, `${cinema}/account/sign-in`);
    await choose(person, CANCEL);
    await person.reads(words.cancelled);
    await check(person, 'cancelled');
  },
};

/** Signs in by way of a provider. */
async function enter(person, words, cinema, provider, who, onTheWay) {
  await depart(person, words, provider, `${cinema}/account/sign-in`, onTheWay);
  await choose(person, who);
}

/** Presses a button that leads to a provider, and waits for its page. On the way is a page of ours that leads on by itself. */
async function depart(person, words, button, from, onTheWay = () => {}) {
  if (from) await person.go(from);
  const ours = new URL(person.page.url()).host;
  await person.press(button);
  if (new URL(person.page.url()).host === ours) await onTheWay(person);
  await person.until('the page of the provider', (url) => url.host !== ours);
}

/** Chooses somebody on the page of a stub, and comes back. */
async function choose(person, who) {
  const stub = new URL(person.page.url()).host;
  const button = await person.page.$(`button[value="${who}"]`);
  if (!button) throw new Error(`the stub offers no ${who}:\n${await person.text()}`);
  await Promise.all([person.page.waitForNavigation({ waitUntil: 'load' }), button.click()]);
  await person.until('a page of ours', (url) => url.host !== stub);
}

const unlinkButton = (words, provider) => `${words.unlink}: ${provider}`;
const unlink = (person, words, provider) => person.press(unlinkButton(words, provider));
const unlinks = (person, words, provider) => person.sees(unlinkButton(words, provider), 'button');

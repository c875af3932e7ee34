// Signing up, in and out by e-mail and password.
import { complaints, tabTo } from './access.mjs';
import { takePictures } from './pictures.mjs';

// The documents that show them are in English; these are shown in Russian, too.
const IN_RUSSIAN = ['sign-in', 'linked'];
const NAMES = ['anna', 'boris', 'vera', 'gleb', 'daria', 'yegor', 'zhenya', 'zoya', 'ivan', 'kira', 'lev', 'maria'];
let given = 0;

export const PASSWORD = 'three cats on a sofa';

export const STORIES = {
  'somebody signs up, looks around and signs out': async ({ person, words, cinema }) => {
    const email = address();
    await person.go(`${cinema}/account`);
    await check(person, 'sign-in');
    await person.press(words.signUp, 'link');
    await check(person);
    await signUp(person, words, email);
    await person.reads(words.hello);
    await check(person, 'overview');
    for (const room of [words.devices, words.history, words.linked]) {
      await person.press(room, 'link');
      await check(person);
    }
    await person.press(words.signOut);
    await person.reads(words.signedOut);
    await person.go(`${cinema}/account`);
    await person.find(words.signIn, 'button'); // nobody is signed in any more
  },

  'a mistake is told beside its field and nothing that was typed is lost': async ({ person, words, cinema, anew }) => {
    const email = address();
    await person.go(`${cinema}/account/sign-up`);
    await person.write(words.email, email);
    await person.write(words.password, 'password1');
    await person.write(words.name, 'Anna <b>&amp;');
    await person.press(words.signUp);
    await person.reads(words.wrongCommon);
    await check(person, 'sign-up');
    await described(person, words.password, words.wrongCommon);
    await person.write(words.password, PASSWORD);
    await person.press(words.signUp);
    await person.reads('Anna <b>&amp;');
    const other = await anew();
    await other.go(`${cinema}/account/sign-up`);
    await signUp(other, words, email);
    await other.reads(words.emailTaken);
    await other.go(`${cinema}/account/sign-in`);
    await signIn(other, words, email, 'not the password');
    await other.reads(words.wrongCredentials);
    await check(other);
    await signIn(other, words, email, PASSWORD);
    await other.press(words.history, 'link');
    await other.reads(words.goodSignIn);
    await other.reads(words.badPassword);
    await other.leave();
  },

  'a new password ends all other sessions': async ({ person, words, cinema, anew }) => {
    const [email, other] = [address(), await anew()];
    await person.go(`${cinema}/account/sign-up`);
    await signUp(person, words, email);
    await other.go(`${cinema}/account/sign-in`);
    await signIn(other, words, email, PASSWORD);
    await person.press(words.devices, 'link');
    await check(person, 'devices');
    await person.press(words.signOutOthers);
    await person.reads(words.othersEnded);
    await other.go(`${cinema}/account`);
    await signIn(other, words, email, PASSWORD);
    await person.press(words.password, 'link');
    await check(person, 'password');
    await person.write(words.currentPassword, PASSWORD);
    await person.write(words.newPassword, 'four dogs in a garden');
    await person.press(words.changePassword);
    await person.reads(words.passwordChanged);
    await check(person);
    await other.go(`${cinema}/account`);
    await signIn(other, words, email, 'four dogs in a garden');
    await other.reads(words.hello);
    await other.leave();
  },

  'a profile is filled in, and the account leaves': async ({ person, words, cinema }) => {
    const email = address();
    await person.go(`${cinema}/account/sign-up`);
    await signUp(person, words, email);
    await person.press(words.profile, 'link');
    const country = await person.find(words.region, 'combobox');
    await country.type(words.kazakhstan);
    await person.press(words.save);
    await person.reads(words.saved);
    await check(person, 'profile');
    await person.press(words.toDeletion, 'link');
    await check(person, 'delete');
    await (await person.find(words.sure, 'checkbox')).click();
    await person.press(words.deleteAccount);
    await person.reads(words.deleted);
    await signIn(person, words, email, PASSWORD);
    await person.reads(words.wrongCredentials);
  },

  'the keyboard alone is enough to sign in and out': async ({ person, words, cinema, anew }) => {
    const [email, { page }] = [address(), person];
    const before = await anew();
    await before.go(`${cinema}/account/sign-up`);
    await signUp(before, words, email);
    await before.leave();
    await person.go(`${cinema}/account`);
    await tabTo(person, words.email);
    await page.keyboard.type(email);
    await tabTo(person, words.password);
    await page.keyboard.type(PASSWORD);
    await tabTo(person, words.signIn);
    await enter(page);
    await person.reads(words.hello);
    await tabTo(person, words.devices);
    await enter(page);
    await tabTo(person, words.signOut);
    await enter(page);
    await person.reads(words.signedOut);
  },

  'the language is a link away and stays': async ({ person, words, cinema }) => {
    await person.go(`${cinema}/account/sign-in`);
    const other = person.language === 'ru' ? 'en' : 'ru';
    await person.press(words.otherLanguage, 'link');
    person.language = other;
    await check(person);
    await person.go(`${cinema}/account/sign-up`);
    await check(person);
  },

  'what is not there is told on a page': async ({ person, words, cinema }) => {
    const reply = await person.page.goto(`${cinema}/account/nothing`, { waitUntil: 'load' });
    if (reply.status() !== 404) throw new Error(`an unknown page answers ${reply.status()}`);
    await person.reads(words.nothingHere);
    await check(person, 'not-found');
  },
};

/** An address that nobody has: the cinema is new, and so are its people. */
export function address() {
  const [name, round] = [NAMES[given % NAMES.length], Math.floor(given / NAMES.length)];
  given += 1;
  return `${name}${round || ''}@example.org`;
}

/** Fills in the form of the page for new accounts. */
export async function signUp(person, words, email) {
  await person.write(words.email, email);
  await person.write(words.password, PASSWORD);
  await person.press(words.signUp);
}

/** Fills in the form of the page for signing in. */
export async function signIn(person, words, email, password) {
  await person.write(words.email, email);
  await person.write(words.password, password);
  await person.press(words.signIn);
}

/** Looks the page over, and takes its picture when it has a name. */
export async function check(person, picture) {
  const found = await complaints(person);
  if (found.length) throw new Error(found.join('\n'));
  if (picture && person.language === 'en') await takePictures(person, picture);
  if (IN_RUSSIAN.includes(picture) && person.language === 'ru') await takePictures(person, `${picture}-ru`);
}

async function enter(page) {
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), page.keyboard.press('Enter')]);
}

/** Checks that who is in the field hears what is wrong with it. */
async function described(person, field, words) {
  const node = find(await person.page.accessibility.snapshot(), field);
  if (!node?.description?.includes(words)) throw new Error(`"${field}" is not described by "${words}", but by "${node?.description}"`);
}

function find(node, name) {
  if (node.name === name && node.role === 'textbox') return node;
  return node.children?.map((child) => find(child, name)).find(Boolean);
}

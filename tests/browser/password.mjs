// Signing up, in and out by e-mail and password.
import { tabTo } from './access.mjs';
import { address, comeBack, comeIn, NEW_PASSWORD, PASSWORD, signIn, signUp } from './people.mjs';
import { takePictures } from './pictures.mjs';

export const STORIES = {
  'somebody signs up, looks around and signs out': async ({ person, words, cinema }) => {
    const email = address();
    await person.go(`${cinema}/account`);
    await takePictures(person, 'sign-in');
    await person.press(words.signUp, 'link');
    await signUp(person, words, email);
    await person.reads(words.hello);
    await takePictures(person, 'overview');
    for (const room of [words.devices, words.history, words.linked]) {
      await person.press(room, 'link');
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
    await takePictures(person, 'sign-up');
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
    await signIn(other, words, email, PASSWORD);
    await other.press(words.history, 'link');
    await other.reads(words.goodSignIn);
    await other.reads(words.badPassword);
  },

  'a new password ends all other sessions': async ({ person, words, cinema, anew }) => {
    const [email, other] = [await comeIn(person, words, cinema), await anew()];
    await comeBack(other, words, cinema, email, PASSWORD);
    await person.press(words.devices, 'link');
    await takePictures(person, 'devices');
    await person.press(words.signOutOthers);
    await person.reads(words.othersEnded);
    await other.go(`${cinema}/account`);
    await signIn(other, words, email, PASSWORD);
    await person.press(words.password, 'link');
    await takePictures(person, 'password');
    await person.write(words.currentPassword, PASSWORD);
    await person.write(words.newPassword, NEW_PASSWORD);
    await person.press(words.changePassword);
    await person.reads(words.passwordChanged);
    await other.go(`${cinema}/account`);
    await signIn(other, words, email, NEW_PASSWORD);
    await other.reads(words.hello);
  },

  'the keyboard alone is enough to sign in and out': async ({ person, words, cinema, anew }) => {
    const [email, { page }] = [await comeIn(await anew(), words, cinema), person];
    await person.go(`${cinema}/account`);
    await tabTo(person, words.email);
    await page.keyboard.type(email);
    await tabTo(person, words.password);
    await page.keyboard.type(PASSWORD);
    await tabTo(person, words.signIn);
    await person.enter();
    await person.reads(words.hello);
    await tabTo(person, words.devices);
    await person.enter();
    await tabTo(person, words.signOut);
    await person.enter();
    await person.reads(words.signedOut);
  },

  'the language is a link away and stays': async ({ person, words, cinema }) => {
    await person.go(`${cinema}/account/sign-in`);
    person.language = person.language === 'ru' ? 'en' : 'ru'; // from here on pages are in it
    await person.press(words.otherLanguage, 'link');
    await person.go(`${cinema}/account/sign-up`);
  },

  'what is not there is told on a page': async ({ person, words, cinema }) => {
    await person.go(`${cinema}/account/nothing`, 404);
    await person.reads(words.nothingHere);
    await takePictures(person, 'not-found');
  },
};

/** Checks that who is in the field hears what is wrong with it. */
async function described(person, field, words) {
  const node = find(await person.page.accessibility.snapshot(), field);
  if (!node?.description?.includes(words)) throw new Error(`"${field}" is not described by "${words}", but by "${node?.description}"`);
}

function find(node, name) {
  if (node.name === name && node.role === 'textbox') return node;
  return node.children?.map((child) => find(child, name)).find(Boolean);
}

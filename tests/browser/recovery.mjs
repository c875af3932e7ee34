// Forgotten passwords.
import { mailTo } from './mailbox.mjs';
import { address, comeBack, comeIn, isOut, NEW_PASSWORD, otherCode, PASSWORD, proveAddress, signIn } from './people.mjs';
import { takePictures } from './pictures.mjs';

export const STORIES = {
  'a forgotten password is replaced with the code of a mail, and all sessions end': async ({ person, words, cinema, anew }) => {
    const { addresses } = words;
    const [email, phone, forgetful] = [await comeIn(person, words, cinema), await anew(), await anew()];
    await proveAddress(person, words, cinema, email);
    await comeBack(phone, words, cinema, email);
    await askReset(forgetful, words, cinema, email);
    await takePictures(forgetful, 'reset');
    const { code } = await mailTo(email, addresses.mails.reset);
    await setPassword(forgetful, words, NEW_PASSWORD, otherCode(code));
    await forgetful.reads(addresses.wrongCode);
    await setPassword(forgetful, words, NEW_PASSWORD, `${code.slice(0, 4)} ${code.slice(4)}`);
    await forgetful.reads(addresses.resetDone);
    await isOut(person, words, cinema);
    await isOut(phone, words, cinema);
    await signIn(forgetful, words, email, PASSWORD);
    await forgetful.reads(words.wrongCredentials);
    await signIn(forgetful, words, email, NEW_PASSWORD);
    await forgetful.reads(words.hello);
    await mailTo(email, addresses.mails.recovered);
  },

  'a forgotten password is replaced by the link of a mail, once, in any browser and language': async ({ person, words, cinema, anew }) => {
    const { addresses } = words;
    const [email, phone] = [await comeIn(person, words, cinema), await anew()];
    await askReset(await anew(), words, cinema, email);
    const link = (await mailTo(email, addresses.mails.reset)).link('reset/new');
    await phone.go(link);
    await phone.reads(addresses.resetByLink);
    const { language } = phone;
    phone.language = language === 'ru' ? 'en' : 'ru';
    await phone.press(words.otherLanguage, 'link');
    phone.language = language;
    await phone.pressAt(`a[hreflang="${language}"]`);
    await setPassword(phone, words, 'password1');
    await phone.reads(words.wrongCommon);
    await setPassword(phone, words, NEW_PASSWORD);
    await phone.reads(addresses.resetDone);
    await isOut(person, words, cinema);
    await signIn(phone, words, email, NEW_PASSWORD);
    await phone.reads(words.hello);
    await person.go(link, 400);
    await person.reads(addresses.wrongLink);
  },

  'another code can be asked for, and the first one stays good': async ({ person, words, cinema, anew }) => {
    const { addresses } = words;
    const [email, forgetful] = [await comeIn(person, words, cinema), await anew()];
    await askReset(forgetful, words, cinema, email);
    const { code } = await mailTo(email, addresses.mails.reset);
    await forgetful.press(addresses.sendAgain);
    await mailTo(email, addresses.mails.reset);
    await setPassword(forgetful, words, NEW_PASSWORD, code);
    await forgetful.reads(addresses.resetDone);
  },

  'an address without an account is answered like any other': async ({ person, words, cinema }) => {
    await askReset(person, words, cinema, address());
    await setPassword(person, words, NEW_PASSWORD, '12345678');
    await person.reads(words.addresses.wrongCode);
  },
};

/** Asks for a code, on the way from the page to sign in. */
async function askReset(person, words, cinema, email) {
  await person.go(`${cinema}/account/sign-in`);
  await person.press(words.addresses.forgotten, 'link');
  await person.write(words.email, email);
  await person.press(words.addresses.sendCode);
  await person.reads(words.addresses.resetSent);
}

/** Sets a new password, with the code where one is asked for. */
async function setPassword(person, words, password, code) {
  if (code) await person.write(words.addresses.code, code);
  await person.write(words.newPassword, password);
  await person.press(words.addresses.reset);
}

// What an account holds: filled in, downloaded, deleted.
import { growOld } from './earlier.mjs';
import { mailTo } from './mailbox.mjs';
import { comeBack, comeIn, isOut, PASSWORD, proveAddress, signIn } from './people.mjs';
import { takePictures } from './pictures.mjs';

export const STORIES = {
  'a profile is filled in': async ({ person, words, cinema }) => {
    await comeIn(person, words, cinema);
    await person.press(words.profile, 'link');
    const country = await person.find(words.region, 'combobox');
    await country.type(words.kazakhstan);
    await person.press(words.save);
    await person.reads(words.saved);
    await takePictures(person, 'profile');
    await person.press(words.overview, 'link');
    await person.reads(words.kazakhstan);
  },

  'all data are downloaded, once a day': async ({ person, words, cinema }) => {
    const email = await comeIn(person, words, cinema);
    await proveAddress(person, words, cinema, email);
    await person.press(words.profile, 'link');
    const text = await person.download(words.download);
    const data = JSON.parse(text);
    for (const part of ['user', 'sessions', 'sign_ins']) {
      if (!data[part]) throw new Error(`the file has no ${part}: ${Object.keys(data)}`);
    }
    if (!text.includes(email)) throw new Error('the file does not have the address');
    if (/argon2|hash/i.test(text)) throw new Error('the file has a secret');
    await mailTo(email, words.addresses.mails.exported);
    await person.press(words.download);
    await person.reads(words.exportedRecently);
  },

  'an account is deleted in a fresh session, and all sessions with it': async ({ person, words, cinema, anew }) => {
    const [email, phone] = [await comeIn(person, words, cinema), await anew()];
    await proveAddress(person, words, cinema, email);
    await comeBack(phone, words, cinema, email);
    await growOld(email);
    await confirm(person, words);
    await person.reads(words.notFresh);
    await person.go(`${cinema}/account`);
    await person.press(words.signOut);
    await signIn(person, words, email, PASSWORD);
    await person.go(`${cinema}/account/delete`);
    await person.press(words.keepAccount, 'link');
    await confirm(person, words);
    await person.reads(words.deleted);
    await isOut(phone, words, cinema);
    await signIn(phone, words, email, PASSWORD);
    await phone.reads(words.wrongCredentials);
    await mailTo(email, words.addresses.mails.deleted);
    await comeIn(phone, words, cinema, email); // the address is free again
  },
};

/** Reads what goes, and deletes the account. */
async function confirm(person, words) {
  await person.press(words.profile, 'link');
  await person.press(words.toDeletion, 'link');
  await person.reads(words.whatGoes);
  await takePictures(person, 'delete');
  await person.tick(words.sure);
  await person.press(words.deleteAccount);
}

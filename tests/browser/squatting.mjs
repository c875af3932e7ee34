// Somebody else's address: typed by a stranger, taken by who reads the mailbox.
import { mailTo } from './mailbox.mjs';
import { address, comeBack, comeIn, isOut, NEW_PASSWORD, otherCode, PASSWORD, proveAddress, signIn, signUp } from './people.mjs';
import { takePictures } from './pictures.mjs';

export const STORIES = {
  'who proves an address takes it from a stranger, who loses nothing else': async ({ person: stranger, words, cinema, anew }) => {
    const { addresses } = words;
    const [email, owner] = [await comeIn(stranger, words, cinema), await anew()];
    await owner.go(`${cinema}/account/sign-up`);
    await signUp(owner, words, email);
    await owner.reads(words.emailTaken);
    await comeIn(owner, words, cinema);
    await owner.go(`${cinema}/account/email`);
    await owner.write(addresses.newEmail, email);
    await owner.press(addresses.change);
    await owner.write(addresses.newCode, (await mailTo(email, addresses.mails.change)).code);
    await owner.press(addresses.confirmChange);
    await owner.reads(addresses.claimed);
    await takePictures(owner, 'email-claimed');
    await owner.tick(addresses.take);
    await owner.press(addresses.confirmChange); // with the code that was typed before
    await owner.reads(addresses.changed);
    await owner.reads(email);
    await owner.reads(addresses.proved);
    await losesOnlyTheAddress(stranger, words, cinema);
  },

  'the link of a mail frees an address that a stranger typed': async ({ person: stranger, words, cinema, anew }) => {
    const { addresses } = words;
    const [email, owner] = [await comeIn(stranger, words, cinema), await anew()];
    await stranger.go(`${cinema}/account/email`);
    await stranger.press(addresses.sendCode);
    const mail = await mailTo(email, addresses.mails.proof);
    await stranger.write(addresses.code, otherCode(mail.code));
    await stranger.press(addresses.confirm);
    await stranger.reads(addresses.wrongCode);
    await owner.go(mail.link('not-me'));
    await owner.write(addresses.typeAddress, address());
    await owner.press(addresses.takeBack);
    await owner.reads(addresses.notThatAddress);
    await owner.write(addresses.typeAddress, email);
    await owner.press(addresses.takeBack);
    await owner.reads(addresses.takenBack);
    await losesOnlyTheAddress(stranger, words, cinema);
    await comeIn(owner, words, cinema, email);
  },

  'a reset hands an account over to who reads the mailbox': async ({ person: stranger, words, cinema, anew }) => {
    const { addresses } = words;
    const [email, owner] = [await comeIn(stranger, words, cinema), await anew()];
    await owner.go(`${cinema}/account/forgotten`);
    await owner.write(words.email, email);
    await owner.press(addresses.sendCode);
    await owner.write(addresses.code, (await mailTo(email, addresses.mails.reset)).code);
    await owner.write(words.newPassword, NEW_PASSWORD);
    await owner.press(addresses.reset);
    await owner.reads(addresses.resetDone);
    await isOut(stranger, words, cinema);
    await signIn(stranger, words, email, PASSWORD);
    await stranger.reads(words.wrongCredentials);
    await signIn(owner, words, email, NEW_PASSWORD);
    await owner.reads(words.hello);
    await owner.lacks(addresses.askProof); // the reset has proved the address
  },

  'a proved address stays with its owner': async ({ person: owner, words, cinema, anew }) => {
    const { addresses } = words;
    const [email, stranger] = [await comeIn(owner, words, cinema), await anew()];
    await proveAddress(owner, words, cinema, email);
    await comeIn(stranger, words, cinema);
    await stranger.go(`${cinema}/account/email`);
    await stranger.write(addresses.newEmail, email);
    await stranger.press(addresses.change);
    await stranger.reads(addresses.pending); // as for any other address
    await mailTo(email, addresses.mails.requested);
    await owner.go(`${cinema}/account/email`);
    await owner.reads(email);
    await owner.reads(addresses.proved);
  },
};

/** The pages of the stranger say that the address is gone; session and password stay, and another address makes it whole. */
async function losesOnlyTheAddress(stranger, words, cinema) {
  const { addresses } = words;
  await stranger.go(`${cinema}/account`);
  await stranger.reads(addresses.lost);
  await takePictures(stranger, 'email-lost');
  await stranger.press(words.history, 'link');
  await stranger.press(words.overview, 'link');
  await stranger.press(addresses.setAnother, 'link');
  await stranger.reads(addresses.lost);
  const another = address();
  await stranger.write(addresses.newEmail, another);
  await stranger.press(addresses.change);
  await stranger.write(addresses.newCode, (await mailTo(another, addresses.mails.change)).code);
  await stranger.press(addresses.confirmChange);
  await stranger.reads(addresses.changed);
  await stranger.press(words.signOut);
  await comeBack(stranger, words, cinema, another, PASSWORD);
}

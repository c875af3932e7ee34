// E-mail addresses of accounts: proved, changed, and given back by the former mailbox.
import { growOld } from './earlier.mjs';
import { mailTo } from './mailbox.mjs';
import { address, comeBack, comeIn, isOut, otherCode, PASSWORD, proveAddress } from './people.mjs';
import { takePictures } from './pictures.mjs';

export const STORIES = {
  'an address is proved with the code of a mail': async ({ person, words: { addresses: words, ...rest }, cinema }) => {
    const email = await comeIn(person, rest, cinema);
    await person.reads(words.askProof);
    await person.press(words.toProof, 'link');
    await person.press(words.sendCode);
    await person.reads(words.codeSent);
    await takePictures(person, 'email');
    const { code } = await mailTo(email, words.mails.proof);
    await person.write(words.code, otherCode(code));
    await person.press(words.confirm);
    await person.reads(words.wrongCode);
    await person.write(words.code, `${code.slice(0, 4)} ${code.slice(4)}`);
    await person.press(words.confirm);
    await person.reads(words.done);
    await person.reads(words.proved);
    await person.press(rest.overview, 'link');
    await person.lacks(words.askProof);
  },

  'the link of a proof acts where it was asked for, and shows the code elsewhere': async ({ person, words, cinema, anew }) => {
    const { addresses } = words;
    const [email, phone] = [await comeIn(person, words, cinema), await anew()];
    await person.go(`${cinema}/account/email`);
    await person.press(addresses.sendCode);
    const mail = await mailTo(email, addresses.mails.proof);
    await phone.go(mail.link('email/confirm'));
    await phone.reads(addresses.elsewhere);
    await phone.reads(mail.code);
    await person.go(mail.link('email/confirm'));
    await person.press(addresses.confirm);
    await person.reads(addresses.done);
    await phone.go(mail.link('email/confirm'), 400);
    await phone.reads(addresses.wrongLink);
  },

  'an address is changed with the codes of both mailboxes, and the former one undoes it': async ({ person, words, cinema, anew }) => {
    const { addresses } = words;
    const [email, to, owner] = [await comeIn(person, words, cinema), address(), await anew()];
    await proveAddress(person, words, cinema, email);
    await person.write(addresses.newEmail, email);
    await person.press(addresses.change);
    await person.reads(addresses.ownEmail);
    await askChange(person, addresses, to);
    await takePictures(person, 'email-change');
    const codes = [(await mailTo(to, addresses.mails.change)).code, (await mailTo(email, addresses.mails.release)).code];
    await confirm(person, addresses, [otherCode(codes[0]), codes[1]]);
    await person.reads(addresses.wrongChangeCode);
    await confirm(person, addresses, codes);
    await person.reads(addresses.changed);
    await person.reads(to);
    await comeBack(owner, words, cinema, to, PASSWORD);

    const link = (await mailTo(email, addresses.mails.changed)).link('email/undo');
    await owner.go(link);
    await takePictures(owner, 'email-undo');
    await owner.write(addresses.typeAddress, to);
    await owner.press(addresses.undo);
    await owner.reads(addresses.notThatAddress);
    await owner.write(addresses.typeAddress, email);
    await owner.press(addresses.undo);
    await owner.reads(addresses.undone);
    await isOut(person, words, cinema);
    await isOut(owner, words, cinema);
    await comeBack(owner, words, cinema, email, PASSWORD);
    await owner.reads(email);
    await mailTo(email, addresses.mails.undone);
  },

  'a change of address needs the password in an old session, and is cancelled': async ({ person, words, cinema }) => {
    const { addresses } = words;
    const [email, to] = [await comeIn(person, words, cinema), address()];
    await growOld(email);
    await person.go(`${cinema}/account/email`);
    await person.write(addresses.newEmail, to);
    await person.press(addresses.change);
    await person.reads(addresses.signInAgain);
    await person.write(words.currentPassword, PASSWORD);
    await person.press(addresses.change);
    await person.reads(addresses.pending);
    const { code } = await mailTo(to, addresses.mails.change);
    await person.press(addresses.keep);
    await person.reads(addresses.kept);
    await person.lacks(to);
    await person.write(addresses.newEmail, address());
    await person.write(words.currentPassword, PASSWORD);
    await person.press(addresses.change);
    await person.write(addresses.newCode, code);
    await person.press(addresses.confirmChange);
    await person.reads(addresses.wrongChangeCode);
  },

  'who lost a mailbox waits for a week, in which it can keep the address': async ({ person, words, cinema, anew }) => {
    const { addresses } = words;
    const [email, to, owner] = [await comeIn(person, words, cinema), address(), await anew()];
    await proveAddress(person, words, cinema, email);
    await askChange(person, addresses, to);
    await confirm(person, addresses, [(await mailTo(to, addresses.mails.change)).code]);
    await person.reads(addresses.waits);
    await person.reads(addresses.waitsUntil);
    await takePictures(person, 'email-waits');
    await owner.go((await mailTo(email, addresses.mails.waits)).link('email/undo'));
    await owner.write(addresses.typeAddress, email);
    await owner.press(addresses.undo);
    await owner.reads(addresses.undone);
    await isOut(person, words, cinema);
    await comeBack(person, words, cinema, email, PASSWORD);
    await person.go(`${cinema}/account/email`);
    await person.lacks(to);
  },

  'an address is shown as people write it': async ({ person, words, cinema }) => {
    await comeIn(person, words, cinema, 'vera@почта.рф');
    await person.reads('vera@почта.рф');
    await person.press(words.addresses.toProof, 'link');
    await person.reads('vera@почта.рф');
  },
};

/** Asks for a change of the address of who is on its page. */
async function askChange(person, words, to) {
  await person.write(words.newEmail, to);
  await person.press(words.change);
  await person.reads(words.codeSent);
  await person.reads(words.pending);
}

/** Confirms a change with the code of the new mailbox, and that of the present one. */
async function confirm(person, words, [code, presentCode]) {
  await person.write(words.newCode, code);
  if (presentCode) await person.write(words.presentCode, presentCode);
  await person.press(words.confirmChange);
}

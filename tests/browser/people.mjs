// What people type: addresses that nobody has, passwords, and the forms to sign up and in.
import { mailTo } from './mailbox.mjs';

const NAMES = ['anna', 'boris', 'vera', 'gleb', 'daria', 'yegor', 'zhenya', 'zoya', 'ivan', 'kira', 'lev', 'maria'];
let given = 0;

export const PASSWORD = 'three cats on a sofa';
export const NEW_PASSWORD = 'four dogs in a garden';

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
export async function signIn(person, words, email, password = PASSWORD) {
  await person.write(words.email, email);
  await person.write(words.password, password);
  await person.press(words.signIn);
}

/** Makes an account with a new address, which it returns; the person is signed in then. */
export async function comeIn(person, words, cinema, email = address()) {
  await person.go(`${cinema}/account/sign-up`);
  await signUp(person, words, email);
  await person.reads(words.hello);
  return email;
}

/** Signs in on the page for that. */
export async function comeBack(person, words, cinema, email, password) {
  await person.go(`${cinema}/account/sign-in`);
  await signIn(person, words, email, password);
  await person.reads(words.hello);
}

/** Proves the address of who is signed in, with the code of a mail. */
export async function proveAddress(person, { addresses: words }, cinema, email) {
  await person.go(`${cinema}/account/email`);
  await person.press(words.sendCode);
  await person.write(words.code, (await mailTo(email, words.mails.proof)).code);
  await person.press(words.confirm);
  await person.reads(words.done);
}

/** A code that is not this one. */
export function otherCode(code) {
  return `${(Number(code[0]) + 1) % 10}${code.slice(1)}`;
}

/** Checks that who is signed out comes to the page to sign in. */
export async function isOut(person, words, cinema) {
  await person.go(`${cinema}/account`);
  await person.find(words.signIn, 'button');
}

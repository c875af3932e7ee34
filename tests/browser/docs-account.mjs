// Accounts made on the account page, with a challenge service behind it.
import { address, signUp } from './people.mjs';

const TYPED = 2500; // ms; a form that is sent sooner is taken for a bot's

/** Makes an account on the account page of this origin; its e-mail. */
export async function makeAccount(person, words, origin) {
  const email = address();
  await person.go(`${origin}/account/sign-up`);
  await new Promise((resolve) => { setTimeout(resolve, TYPED); });
  await signUp(person, words, email);
  await person.reads(words.hello);
  return email;
}

// Operators find people and help them, on the pages for that.
import { growOld } from './earlier.mjs';
import { mailTo } from './mailbox.mjs';
import { address, comeBack, comeIn, isOut, PASSWORD, proveAddress, signIn } from './people.mjs';
import { takePictures } from './pictures.mjs';
import { OPERATOR_MAILS } from './words-operators.mjs';

// Made by scripts/browser-test.sh before the service starts.
const { OPERATOR, OPERATOR_PASSWORD } = process.env;
const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

export const STORIES = {
  'an operator sees devices and sign-ins of a person, ends sessions, disables and enables': async ({ person, words, cinema, anew }) => {
    const { operators } = words;
    const [email, phone, operator] = [await comeIn(person, words, cinema), await anew(), await anew()];
    await proveAddress(person, words, cinema, email);
    await phone.go(`${cinema}/account/sign-in`);
    await signIn(phone, words, email, 'not the password');
    await signIn(phone, words, email, PASSWORD);
    await begin(operator, words, cinema);
    await takePictures(operator, 'operators');
    await find(operator, words, address());
    await operator.reads(operators.noneFound);
    await find(operator, words, email);
    await operator.reads(operators.active);
    await operator.reads(words.badPassword);
    await operator.reads(words.goodSignIn);
    await holds(operator, 2);
    await takePictures(operator, 'operators-person');

    await does(operator, operators.endSessions, operators.done);
    await holds(operator, 0);
    await isOut(person, words, cinema);
    await isOut(phone, words, cinema);
    await comeBack(person, words, cinema, email);
    await does(operator, operators.disable, operators.disabled);
    await isOut(person, words, cinema);
    await signIn(person, words, email, PASSWORD);
    await person.reads(words.wrongCredentials);
    await mailTo(email, OPERATOR_MAILS.disabled);
    await does(operator, operators.enable, operators.active);
    await comeBack(person, words, cinema, email);

    const [id] = ID.exec(await operator.text());
    await operator.press(operators.title, 'link');
    await operator.page.type('#audit-who', id);
    await operator.page.type('#audit-reason', 'review');
    await operator.press(operators.showAudit);
    for (const event of ['find_users', 'get_user', 'end_user_sessions', 'disable_user', 'enable_user', 'ticket 42']) {
      await operator.reads(event);
    }
    await takePictures(operator, 'operators-audit');
  },

  'an operator gives and takes a role': async ({ person, words, cinema, anew }) => {
    const { operators } = words;
    const [email, operator] = [await comeIn(person, words, cinema), await anew()];
    await begin(operator, words, cinema);
    await find(operator, words, email);
    await setRole(operator, operators, 'admin', operators.assign, operators.needsProof);
    await does(operator, operators.proveEmail, operators.proved);
    await setRole(operator, operators, 'king', operators.assign, operators.noRole);
    await setRole(operator, operators, 'admin', operators.assign, operators.done);
    await person.go(`${cinema}/account`);
    await person.press(operators.title, 'link');
    await find(operator, words, email);
    await setRole(operator, operators, 'admin', operators.revoke, operators.done);
    await setRole(operator, operators, 'admin', operators.revoke, operators.unchanged);
    await person.go(`${cinema}/account/admin`, 403);
  },

  'an operator frees an address that a stranger typed': async ({ person: stranger, words, cinema, anew }) => {
    const { operators } = words;
    const [email, operator, owner] = [await comeIn(stranger, words, cinema), await anew(), await anew()];
    await begin(operator, words, cinema);
    await find(operator, words, email);
    await does(operator, operators.freeEmail, operators.done);
    await operator.reads(words.notGiven);
    await mailTo(email, OPERATOR_MAILS.freed);
    await stranger.go(`${cinema}/account`);
    await stranger.reads(words.addresses.lost);
    await comeIn(owner, words, cinema, email);
  },

  'an operator deletes an account after a second thought, and not oneself': async ({ person, words, cinema, anew }) => {
    const { operators } = words;
    const [email, operator] = [await comeIn(person, words, cinema), await anew()];
    await begin(operator, words, cinema);
    await find(operator, words, email);
    await does(operator, operators.delete, operators.unconfirmed);
    await operator.tick(operators.confirmDelete);
    await does(operator, operators.delete, operators.deleted);
    await isOut(person, words, cinema);
    await find(operator, words, OPERATOR);
    await does(operator, operators.disable, operators.lastAdmin);
  },

  'the pages for operators are theirs, in a fresh session': async ({ person, words, cinema, anew }) => {
    const { operators } = words;
    await comeIn(person, words, cinema);
    await person.lacks(operators.title);
    await person.go(`${cinema}/account/admin`, 403);
    await person.reads(operators.forbidden);
    const operator = await anew();
    await begin(operator, words, cinema);
    await growOld(OPERATOR);
    await operator.go(`${cinema}/account/admin`, 403);
    await operator.reads(words.notFresh);
  },
};

/** Signs in as the operator, and comes to the start page of operators. */
async function begin(operator, words, cinema) {
  await comeBack(operator, words, cinema, OPERATOR, OPERATOR_PASSWORD);
  await operator.press(words.operators.title, 'link');
}

/** Searches for an account, with a reason. */
async function find(operator, { operators }, who) {
  await operator.press(operators.title, 'link');
  await operator.write(operators.who, who);
  await operator.page.type('#reason', 'ticket 42');
  await operator.press(operators.find);
}

/** Presses a button on the page of an account, which then says this. */
async function does(operator, act, says) {
  await operator.press(act);
  await operator.reads(says);
}

async function setRole(operator, words, role, act, says) {
  await operator.write(words.role, role);
  await does(operator, act, says);
}

/** Checks how many sessions the account has. */
async function holds(operator, sessions) {
  const shown = await operator.page.$$eval('[aria-labelledby=sessions] dt', (rows) => rows.length);
  if (shown !== sessions) throw new Error(`${shown} sessions are shown, not ${sessions}:\n${await operator.text()}`);
}

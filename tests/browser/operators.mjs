// Operators help a user on the pages for them.
import axe from 'axe-core';

import { address, check, PASSWORD, signIn, signUp } from './password.mjs';

// Made by scripts/browser-test.sh before the service starts.
const { OPERATOR, OPERATOR_PASSWORD } = process.env;

export const STORIES = {
  'an operator finds a person and helps': async ({ person, words, cinema, anew }) => {
    const [email, operator] = [address(), await anew()];
    await person.go(`${cinema}/account/sign-up`);
    await signUp(person, words, email);
    await operator.go(`${cinema}/account/sign-in`);
    await signIn(operator, words, OPERATOR, OPERATOR_PASSWORD);
    await operator.press(words.operators, 'link');
    await look(operator, 'operators');
    await operator.write(words.who, email);
    await operator.page.type('#reason', 'ticket 42');
    await operator.press(words.find);
    await operator.reads(email);
    await look(operator, 'operators-person');
    await operator.press(words.disable);
    await operator.reads(words.done);
    await look(operator);
    await person.go(`${cinema}/account`);
    await signIn(person, words, email, PASSWORD);
    await person.reads(words.wrongCredentials);
    await operator.press(words.enable);
    await operator.press(words.deleteAccount);
    await operator.reads(words.unconfirmed);
    await operator.press(words.operators, 'link');
    await operator.page.type('#audit-reason', 'review');
    await operator.press(words.showAudit);
    await operator.reads('disable_user');
    await operator.reads('ticket 42');
    await look(operator, 'operators-audit');
    if (operator.troubles.length) throw new Error(operator.troubles.join('\n'));
    await operator.leave();
  },
};

/** Looks the page over, with the rules of axe where scripts run. */
async function look(person, picture) {
  await check(person, picture);
  if (process.env.SCRIPTS === 'off') return;
  await person.page.evaluate(`${axe.source};0`);
  const { violations } = await person.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  if (violations.length) throw new Error(violations.map(({ id, help, nodes }) => `axe ${id}: ${help}: ${nodes[0].html}`).join('\n'));
}

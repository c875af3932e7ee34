// The code of a TV on the account page: entered, looked at, and decided about.
import { comeIn, isOut, PASSWORD, signIn } from './people.mjs';
import { takePictures } from './pictures.mjs';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export const STORIES = {
  'the code of a TV is typed as people type, and the TV is signed in': async ({ person, words, cinema }) => {
    const { activation: says } = words;
    await comeIn(person, words, cinema);
    await person.press(words.devices, 'link');
    await person.press(says.title, 'link');
    const tv = await begin(cinema);
    await enter(person, says, 'tv');
    await person.reads(says.wrongShape);
    await enter(person, says, tv.user_code.startsWith('BBBB') ? 'CCCC-CCCC' : 'BBBB-BBBB');
    await person.reads(says.wrongCode);
    await enter(person, says, tv.user_code.replace('-', ' ').toLowerCase());
    for (const part of [says.confirm, tv.user_code, 'Living room', says.warning, says.sameNetwork]) await person.reads(part);
    await takePictures(person, 'confirm-device');
    await person.press(says.approve);
    await person.reads(says.approved);
    const { status, body } = await poll(cinema, tv);
    if (status !== 200) throw new Error(`the TV gets ${status} ${body.error}`);
    const me = await fetch(`${cinema}/api/v1/me`, { headers: { authorization: `Bearer ${body.access_token}` } });
    if (me.status !== 200) throw new Error(`its token is worth ${me.status}`);
    await person.press(words.devices, 'link');
    await person.reads('Living room');
  },

  'the code of a link waits until who opened it has signed in, and is refused': async ({ person, words, cinema, anew }) => {
    const { activation: says } = words;
    const email = await comeIn(await anew(), words, cinema);
    const tv = await begin(cinema);
    await isOut(person, words, cinema);
    await person.go(tv.verification_uri_complete);
    await signIn(person, words, email, PASSWORD);
    await person.press(says.next); // the code is there already
    await person.reads(tv.user_code);
    await person.press(says.deny);
    await person.reads(says.denied);
    await person.lacks('Living room');
    const { body } = await poll(cinema, tv);
    if (body.error !== 'access_denied') throw new Error(`the TV gets ${body.error}`);
  },
};

async function enter(person, says, code) {
  await person.write(says.code, code);
  await person.press(says.next);
}

/** Codes for a TV. */
async function begin(cinema) {
  const form = new URLSearchParams({ client_id: 'marquee', device_kind: 'tv', device_name: 'Living room' });
  const reply = await fetch(`${cinema}/oauth2/device_authorization`, { method: 'POST', body: form });
  return reply.json();
}

/** What the TV hears. */
async function poll(cinema, { device_code }) {
  const form = new URLSearchParams({ grant_type: GRANT, client_id: 'marquee', device_code });
  const reply = await fetch(`${cinema}/oauth2/token`, { method: 'POST', body: form });
  return { status: reply.status, body: await reply.json() };
}

// Reads the answers of a real captcha-service, for stories that have to know them: only with the key that the service seals
// with, and only where sessions are sealed into the names of pictures. The service itself tells them to nobody.
import { createDecipheriv, createHash, createHmac } from 'node:crypto';

/** The answer of the picture `id` in `session`, by the seals of captcha-service/src/seals.rs. */
export function solve({ session, id, key }) {
  const derived = createHmac('sha256', key).update('captcha sealed picture').digest();
  const sealed = Buffer.from(id, 'base64url'); // the key's name, the nonce, what is sealed, the tag
  const context = createHash('sha256').update('ticket').update(Buffer.from(session, 'base64url')).digest().subarray(0, 16);
  const opener = createDecipheriv('aes-256-gcm', derived, sealed.subarray(1, 13));
  opener.setAAD(context);
  opener.setAuthTag(sealed.subarray(-16));
  const value = Buffer.concat([opener.update(sealed.subarray(13, -16)), opener.final()]);
  return String(value[0]);
}

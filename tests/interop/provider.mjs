// A third-party OpenID provider (npm package oidc-provider) on loopback, with one client. Every login is an account.
//
//   CLIENT_ID, CLIENT_SECRET, REDIRECT_URI   the client: client_secret_basic, PKCE required, ID tokens signed with RS256
//
// Prints its issuer as a line of JSON when it listens. POST /faults/NAME/LOGIN makes the next ID token of this login
// invalid; GET /revoked/LOGIN is 204 when a token of this login was revoked.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import { Provider } from 'oidc-provider';

const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;

function rsa() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

const KID = 'interop';
const key = rsa();
const foreignKey = rsa();

// Faults of an ID token: wrong claims or a wrong signature.
const faults = {
  audience: (claims) => signed({ ...claims, aud: 'somebody-else' }),
  issuer: (claims) => signed({ ...claims, iss: 'http://127.0.0.1:1' }),
  nonce: (claims) => signed({ ...claims, nonce: randomUUID() }),
  'no-nonce': ({ nonce, ...claims }) => signed(claims),
  expired: (claims) => signed({ ...claims, iat: claims.iat - 7200, exp: claims.iat - 3600 }),
  'no-subject': ({ sub, ...claims }) => signed(claims),
  'authorized-party': (claims) => signed({ ...claims, aud: [CLIENT_ID, 'somebody-else'], azp: 'somebody-else' }),
  'strange-key': (claims) => signed(claims, foreignKey),
  unsigned: (claims) => new UnsecuredJWT(claims).encode(),
  'client-secret': (claims) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: KID }).sign(Buffer.from(CLIENT_SECRET)),
  garbage: () => 'not.a.token',
};
const ordered = new Map(); // login to fault
const revoked = new Set(); // logins

function signed(claims, by = key) {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: KID }).sign(by);
}

// Every login is an account.
function findAccount(_ctx, login) {
  const claims = { sub: login, email: `${login}@people.example`, email_verified: true, name: `${login} of elsewhere` };
  return { accountId: login, claims: async () => claims };
}

function provider(issuer) {
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [REDIRECT_URI],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'RS256',
      },
    ],
    jwks: { keys: [{ ...key.export({ format: 'jwk' }), kid: KID, use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [randomUUID()] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
    pkce: { required: () => true },
    findAccount,
  });
  made.use(async (ctx, next) => {
    const [, resource, name, login] = ctx.path.split('/');
    if (ctx.method === 'POST' && resource === 'faults') {
      if (name in faults) ordered.set(login, faults[name]);
      ctx.status = name in faults ? 204 : 404;
      return;
    }
    if (resource === 'revoked') {
      ctx.status = revoked.has(name) ? 204 : 404;
      return;
    }
    await next();
    if (ctx.path !== '/token' || !ctx.body?.id_token) return;
    const claims = decodeJwt(ctx.body.id_token);
    const fault = ordered.get(claims.sub);
    if (ordered.delete(claims.sub)) ctx.body.id_token = await fault(claims);
  });
  made.on('access_token.destroyed', (token) => revoked.add(token.accountId));
  made.on('server_error', (_ctx, error) => console.error(error));
  return made;
}

// The issuer contains the port, so the port comes first.
const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
server.on('request', provider(issuer).callback());
console.log(JSON.stringify({ issuer }));

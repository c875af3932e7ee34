// An OpenID provider that is not ours (npm package oidc-provider), on loopback, with one client and as many people as sign in.
//
//   CLIENT_ID, CLIENT_SECRET, REDIRECT_URI   the client: client_secret_basic, PKCE required, ID tokens signed with RS256
//
// Prints its issuer as a line of JSON when it listens, and ends when its standard input does. POST /next-id-token with the
// name of a fault makes the next ID token a bad one.
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
const strangersKey = rsa();

// What can be wrong with an ID token: its claims, or the way it is signed.
const faults = {
  audience: (claims) => signed({ ...claims, aud: 'somebody-else' }),
  issuer: (claims) => signed({ ...claims, iss: 'http://127.0.0.1:1' }),
  nonce: (claims) => signed({ ...claims, nonce: randomUUID() }),
  'no-nonce': ({ nonce, ...claims }) => signed(claims),
  expired: (claims) => signed({ ...claims, iat: claims.iat - 7200, exp: claims.iat - 3600 }),
  'no-subject': ({ sub, ...claims }) => signed(claims),
  'authorized-party': (claims) => signed({ ...claims, aud: [CLIENT_ID, 'somebody-else'], azp: 'somebody-else' }),
  'strange-key': (claims) => signed(claims, strangersKey),
  unsigned: (claims) => new UnsecuredJWT(claims).encode(),
  'client-secret': (claims) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: KID }).sign(Buffer.from(CLIENT_SECRET)),
  garbage: () => 'not.a.token',
};
let nextFault;

function signed(claims, by = key) {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: KID }).sign(by);
}

// Everybody has an account here: the login is who it is.
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
    if (ctx.method === 'POST' && ctx.path.startsWith('/next-id-token/')) {
      nextFault = faults[ctx.path.slice('/next-id-token/'.length)];
      ctx.status = nextFault ? 204 : 404;
      return;
    }
    await next();
    if (nextFault && ctx.path === '/token' && ctx.body?.id_token) {
      ctx.body.id_token = await nextFault(decodeJwt(ctx.body.id_token));
      nextFault = undefined;
    }
  });
  made.on('server_error', (_ctx, error) => console.error(error));
  return made;
}

// The issuer holds the port, so the port comes first.
const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
server.on('request', provider(issuer).callback());
console.log(JSON.stringify({ issuer }));
process.stdin.resume().on('end', () => process.exit(0));

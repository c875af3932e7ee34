// What docs/integrating.md prints, asked about the tokens given as arguments.

import { Tokens } from "./tokens.js";

const { AUTH_URL = "", CLIENT_ID = "", CLIENT_SECRET = "" } = process.env;
const tokens = new Tokens(AUTH_URL, CLIENT_ID, CLIENT_SECRET);
for (const token of process.argv.slice(2)) {
  const result = tokens.user(token).then(
    (user) => (user ? `user ${user.sub}` : "invalid"),
    () => "degraded",
  );
  console.log(await result);
}

// A signed-in search with the generated types: the compiler checks paths, parameters, bodies and answers.

import { authClient, moviesClient } from "marquee-clients";

const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
};

const auth = authClient({ baseUrl: setting("AUTH_URL") });
const session = await auth.POST("/api/v1/sessions", {
  body: {
    email: setting("EMAIL"),
    password: setting("PASSWORD"),
    known_device: setting("KNOWN_DEVICE"),
    device: { kind: "tv", name: "Living room" },
  },
});
if (!session.data) throw new Error(`no session: ${session.error.code}`);

const authorization = `Bearer ${session.data.tokens.access_token}`;
const movies = moviesClient({ baseUrl: setting("MOVIES_URL"), headers: { authorization } });
const found = await movies.GET("/api/v1/films/search", { params: { query: { query: "godfathr", page_size: 5 } } });
if (!found.data) throw new Error(`no films: ${found.error?.code}`);
console.log(found.data.viewer.mode, found.data.items[0]?.title);

const film = await movies.GET("/api/v1/films/{film_id}", {
  params: { path: { film_id: "00000000-0000-7000-8000-000000000000" } },
});
console.log(film.response.status, film.error?.code);

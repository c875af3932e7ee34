// A fetch client for each service: paths, parameters, bodies and answers are checked by the compiler.

import createClient, { type Client, type ClientOptions } from "openapi-fetch";
import type * as auth from "./auth.js";
import type * as captcha from "./captcha.js";
import type * as movies from "./movies.js";

export type { auth, captcha, movies };

/** auth-service at `options.baseUrl`. */
export const authClient = (options: ClientOptions): Client<auth.paths> => createClient<auth.paths>(options);

/** captcha-service at `options.baseUrl`. */
export const captchaClient = (options: ClientOptions): Client<captcha.paths> => createClient<captcha.paths>(options);

/** movies-api at `options.baseUrl`. */
export const moviesClient = (options: ClientOptions): Client<movies.paths> => createClient<movies.paths>(options);

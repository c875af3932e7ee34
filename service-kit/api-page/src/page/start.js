"use strict";

// Signing in by `log_in` fills in the token for the other operations.
function rememberToken(response) {
  const body = response.obj;
  const token = body && body.tokens && body.tokens.access_token;
  if (token) {
    window.ui.preauthorizeApiKey("access_token", token);
  }
}

// A request that needs a challenge leads to the page that shows it.
function showChallenge(response) {
  const problem = response.obj;
  const note = document.getElementById("challenge");
  note.hidden = !(problem && problem.captcha_url);
  if (!note.hidden) {
    note.querySelector("a").href = problem.captcha_url;
  }
}

// A list of one server, and a warning that schemas are of the newest dialect.
const nothing = () => () => null;
const leaveOut = { wrapComponents: { ServersContainer: nothing, JsonSchemaDialect: nothing } };

window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  validatorUrl: null,
  plugins: [leaveOut],
  responseInterceptor: (response) => {
    rememberToken(response);
    showChallenge(response);
    return response;
  },
  onComplete: () => {
    const title = document.querySelector("#page .title");
    if (title) {
      document.title = title.firstChild.textContent + " API";
    }
  },
});

// Behind a gateway the pages of other services are beside this one. A service by itself redirects from the folder above to
// its own page; asking for a page that is not there would be an error in the console.
const here = new URL(".", location.href).href;
fetch(new URL("..", here).href.replace(/\/$/, ""), { method: "HEAD" }).then((reply) => {
  for (const link of document.querySelectorAll("nav a[hidden]")) {
    link.hidden = !reply.ok || reply.url === here;
  }
}, () => {});

"use strict";

// Signing in by `log_in` fills in the token for the other operations.
function rememberToken(response) {
  const body = response.obj;
  const token = body && body.tokens && body.tokens.access_token;
  if (token) {
    window.ui.preauthorizeApiKey("access_token", token);
  }
  return response;
}

window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  validatorUrl: null,
  responseInterceptor: rememberToken,
  onComplete: () => {
    const title = document.querySelector("#page .title");
    if (title) {
      document.title = title.firstChild.textContent + " API";
    }
  },
});

// Behind a gateway the pages of the other services are beside this one.
for (const link of document.querySelectorAll("nav a[hidden]")) {
  fetch(link.href, { method: "HEAD" }).then((reply) => {
    link.hidden = !reply.ok;
  }, () => {});
}

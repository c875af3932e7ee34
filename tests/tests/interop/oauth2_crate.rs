//! The crate `oauth2` as a client of auth-service, which `scripts/interop/oauth.sh` starts.

use contracts::auth::sessions::LogInResponse;
use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicRequestTokenError};
use oauth2::{
    AccessToken, AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IntrospectionUrl, RefreshToken, RevocationUrl, TokenIntrospectionResponse, TokenResponse, TokenUrl,
};
use serde_json::json;

use crate::provider::given;

type Client = BasicClient<EndpointNotSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet>;

/// A client with all endpoints that the metadata name.
fn client(id: &str) -> Client {
    let at = |path: &str| format!("{}/oauth2/{path}", given("ISSUER"));
    BasicClient::new(ClientId::new(id.to_owned()))
        .set_token_uri(TokenUrl::new(at("token")).expect("an address"))
        .set_introspection_url(IntrospectionUrl::new(at("introspect")).expect("an address"))
        .set_revocation_url(RevocationUrl::new(at("revoke")).expect("an address"))
}

fn confidential(name: &str) -> Client {
    client(&given(&format!("{name}_ID"))).set_client_secret(ClientSecret::new(given(&format!("{name}_SECRET"))))
}

#[expect(clippy::disallowed_methods, reason = "the HTTP client that users of the crate bring")]
fn http() -> reqwest::Client {
    let pem = std::fs::read(given("INTEROP_AUTHORITY")).expect("the authority's certificate");
    let authority = reqwest::Certificate::from_pem(&pem).expect("a certificate");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    client.tls_certs_only([authority]).build().expect("a client can be built")
}

/// What the crate does itself with its feature `reqwest`, which needs another version of reqwest.
async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let reply = http().execute(request.try_into()?).await?;
    let (status, headers) = (reply.status(), reply.headers().clone());
    let mut response = HttpResponse::new(reply.bytes().await?.to_vec());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

async fn sign_in() -> RefreshToken {
    let body = json!({"email": given("EMAIL"), "password": given("PASSWORD"), "device": {"kind": "desktop"}});
    let reply = http().post(format!("{}/api/v1/sessions", given("ISSUER"))).json(&body).send().await;
    let session: LogInResponse = reply.expect("auth-service answers").json().await.expect("a session");
    RefreshToken::new(session.tokens.refresh_token.expose().to_owned())
}

async fn is_active(token: &AccessToken) -> bool {
    confidential("SERVICE").introspect(token).request_async(&send).await.expect("an introspection").active()
}

#[track_caller]
fn assert_error<T>(result: Result<T, BasicRequestTokenError<reqwest::Error>>, expected: &BasicErrorResponseType) {
    match result.err() {
        Some(BasicRequestTokenError::ServerResponse(response)) => assert_eq!(response.error(), expected),
        other => panic!("{other:?} instead of {expected:?}"),
    }
}

#[tokio::test]
#[ignore = "needs the server of `make interop`"]
async fn a_confidential_client_gets_a_token_by_both_of_its_methods() {
    for method in [AuthType::BasicAuth, AuthType::RequestBody] {
        let reports = confidential("CLIENT").set_auth_type(method);
        let granted = reports.exchange_client_credentials().request_async(&send).await.expect("a token");
        assert!(granted.refresh_token().is_none() && granted.expires_in().is_some());
        let token = granted.access_token();
        let known = confidential("SERVICE").introspect(token).request_async(&send).await.expect("an introspection");
        assert_eq!((known.active(), known.client_id()), (true, Some(reports.client_id())));
        let wrong = reports.set_client_secret(ClientSecret::new("wrong".to_owned()));
        let refused = wrong.exchange_client_credentials().request_async(&send).await;
        assert_error(refused, &BasicErrorResponseType::InvalidClient);
    }
}

#[tokio::test]
#[ignore = "needs the server of `make interop`"]
async fn a_session_is_refreshed_until_it_is_revoked() {
    let (app, first) = (client("marquee"), sign_in().await);
    let refreshed = app.exchange_refresh_token(&first).request_async(&send).await.expect("the next pair");
    let (access, next) = (refreshed.access_token(), refreshed.refresh_token().expect("the next refresh token"));
    assert!(is_active(access).await && next.secret() != first.secret());
    let revoke = app.revoke_token(next.into()).expect("the revocation endpoint is at https");
    revoke.request_async(&send).await.expect("the session is ended");
    assert!(!is_active(access).await);
    let ended = app.exchange_refresh_token(next).request_async(&send).await;
    assert_error(ended, &BasicErrorResponseType::InvalidGrant);
}

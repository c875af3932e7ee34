//! Sign-in by redirect with the crate `openidconnect`: discovery, PKCE, ID token, userinfo, refresh.
//!
//! Its arguments are the command of a browser, which gets the URL as the last one and prints where it was sent.

use std::env;
use std::error::Error;
use std::process::Command;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    RedirectUrl, Scope, TokenResponse, reqwest,
};

fn main() -> Result<(), Box<dyn Error>> {
    // Redirects would let a server choose what this program asks.
    let authority = reqwest::Certificate::from_pem(&std::fs::read(env::var("INTEROP_AUTHORITY")?)?)?;
    let http = reqwest::blocking::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .add_root_certificate(authority)
        .build()?;
    let metadata = CoreProviderMetadata::discover(&IssuerUrl::new(env::var("ISSUER")?)?, &http)?;
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new(env::var("WEB_ID")?), None)
        .set_redirect_uri(RedirectUrl::new(env::var("WEB_BACK")?)?);

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".into()))
        .set_pkce_challenge(challenge)
        .url();
    let browser: Vec<_> = env::args().skip(1).collect();
    let output = Command::new(&browser[0]).args(&browser[1..]).arg(url.as_str()).output()?;
    let back = reqwest::Url::parse(String::from_utf8(output.stdout)?.trim())?;
    let value = |name: &str| back.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    assert_eq!(value("state").as_ref(), Some(state.secret()), "{back}");

    let code = AuthorizationCode::new(value("code").ok_or("no code")?);
    let tokens = client.exchange_code(code)?.set_pkce_verifier(verifier).request(&http)?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    let checks = client.id_token_verifier();
    let claims = id_token.claims(&checks, &nonce)?;
    let hash = claims.access_token_hash().ok_or("no at_hash")?;
    let computed =
        AccessTokenHash::from_token(tokens.access_token(), id_token.signing_alg()?, id_token.signing_key(&checks)?)?;
    assert_eq!(&computed, hash);
    let subject = Some(claims.subject().clone());
    let info: CoreUserInfoClaims = client.user_info(tokens.access_token().to_owned(), subject)?.request(&http)?;
    assert_eq!(info.email().map(|email| email.as_str().to_owned()), env::var("EMAIL").ok());
    let refresh = tokens.refresh_token().ok_or("no refresh token")?;
    assert!(client.exchange_refresh_token(refresh)?.request(&http)?.refresh_token().is_some());
    println!("openidconnect 4: discovery, authorization code with PKCE, ID token with at_hash, userinfo, refresh");
    Ok(())
}

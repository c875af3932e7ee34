//! Common to all providers: redirects to the callback with a code, and the exchange of codes.

use url::Url;

use crate::CANARY;
use crate::keys::challenge;
use crate::kind::Kind;
use crate::person::Person;
use crate::request::{Call, Reply, find};
use crate::state::{Code, Session, State};

pub(crate) type Pairs = Vec<(String, String)>;

pub(crate) fn secret(what: &str) -> String {
    format!("{CANARY}{what}-{:032x}", rand::random::<u128>())
}

/// The error of an authorization request, if any.
pub(crate) fn request_error(state: &State, query: &Pairs) -> Option<String> {
    let get = |name| find(query, name);
    let redirect_uri = get("redirect_uri").unwrap_or_default();
    let known = state.registered.is_empty() || state.registered.iter().any(|known| known == redirect_uri);
    if get("client_id") != Some(state.kind.client_id()) {
        return Some("unknown client_id".to_owned());
    }
    if Url::parse(redirect_uri).is_err() || !known {
        return Some(format!("redirect_uri is not registered: {redirect_uri}"));
    }
    if get("response_type") != Some("code") {
        return Some("response_type is not code".to_owned());
    }
    if get("state").is_none_or(|state| state.len() < 32) {
        return Some("state has less than 32 characters".to_owned());
    }
    let method = get("code_challenge_method").unwrap_or_default();
    let s256 = method == "S256" || (state.kind == Kind::Vk && method == "s256");
    if !state.without_pkce && (!s256 || get("code_challenge").is_none_or(|challenge| challenge.len() != 43)) {
        return Some("code_challenge is not one of S256".to_owned());
    }
    let openid = find(query, "scope").unwrap_or_default().split(' ').any(|scope| scope == "openid");
    if matches!(state.kind, Kind::Google | Kind::Oidc) && !openid {
        return Some("scope has no openid".to_owned());
    }
    None
}

/// Callback URL after `person` has consented.
pub(crate) fn redirect_with_code(state: &mut State, query: &Pairs, person: Person) -> String {
    let get = |name| find(query, name).map(str::to_owned);
    let code = secret("code");
    let redirect_uri = get("redirect_uri").unwrap_or_default();
    let device_id = match state.kind {
        Kind::Vk => Some(secret("device")),
        _ => get("device_id"),
    };
    let mut back = vec![("code".to_owned(), code.clone()), ("state".to_owned(), get("state").unwrap_or_default())];
    if state.kind == Kind::Vk {
        let more = [
            ("device_id", device_id.clone().unwrap_or_default()),
            ("type", "code_v2".to_owned()),
            ("expires_in", "600".to_owned()),
        ];
        back.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    match state.kind {
        Kind::Google => back.push(("iss".to_owned(), "https://accounts.google.com".to_owned())),
        Kind::Oidc => back.push(("iss".to_owned(), state.base.clone())),
        _ => {}
    }
    let issued = Code {
        person,
        redirect_uri: redirect_uri.clone(),
        challenge: get("code_challenge"),
        nonce: get("nonce"),
        device_id,
        scope: get("scope").unwrap_or_default(),
        offline: get("access_type").as_deref() == Some("offline") || state.kind != Kind::Google,
        used: false,
    };
    state.codes.insert(code, issued);
    if state.payload {
        let whole = back.into_iter().map(|(name, value)| (name, value.into())).collect::<serde_json::Map<_, _>>();
        back = vec![("payload".to_owned(), serde_json::Value::Object(whole).to_string())];
    }
    with_query(&redirect_uri, &back)
}

/// Callback URL with an OAuth error.
pub(crate) fn redirect_with_error(query: &Pairs, error: &str) -> String {
    let state = find(query, "state").unwrap_or_default().to_owned();
    let back = [("error".to_owned(), error.to_owned()), ("state".to_owned(), state)];
    with_query(find(query, "redirect_uri").unwrap_or_default(), &back)
}

fn with_query(uri: &str, pairs: &[(String, String)]) -> String {
    let Ok(mut url) = Url::parse(uri) else { return uri.to_owned() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.into()
}

/// `true` when the caller has the client's credentials, by HTTP Basic or in the body.
pub(crate) fn is_application(state: &State, call: &Call) -> bool {
    let (id, secret) = match call.basic() {
        Some((id, secret)) => (id, Some(secret)),
        None => {
            (call.field("client_id").unwrap_or_default().to_owned(), call.field("client_secret").map(str::to_owned))
        }
    };
    id == state.kind.client_id() && secret.as_deref() == state.kind.client_secret()
}

/// Redeems a code. A second use is always refused.
pub(crate) fn redeem_code(state: &mut State, call: &Call) -> Result<Code, Reply> {
    let without_pkce = state.without_pkce;
    let refused = || Reply::error(400, "invalid_grant");
    if call.field("grant_type") != Some("authorization_code") {
        return Err(Reply::error(400, "unsupported_grant_type"));
    }
    let code = call.field("code").and_then(|code| state.codes.get_mut(code)).ok_or_else(refused)?;
    if std::mem::replace(&mut code.used, true) {
        return Err(refused());
    }
    let redirect_uri = call.field("redirect_uri");
    let exact = redirect_uri.map_or(state.kind == Kind::Yandex, |uri| uri == code.redirect_uri);
    let proved = code.challenge.as_deref() == call.field("code_verifier").map(challenge).as_deref();
    if !exact || !(without_pkce || proved) {
        return Err(refused());
    }
    Ok(code.clone())
}

/// Issues an access token.
pub(crate) fn issue_access_token(state: &mut State, session: Session) -> String {
    let token = secret("access");
    state.access.insert(token.clone(), session);
    token
}

/// Issues a refresh token.
pub(crate) fn issue_refresh_token(state: &mut State, session: Session) -> String {
    let token = secret("refresh");
    state.refresh.insert(token.clone(), session);
    token
}

/// Token of the header `Authorization` with this scheme.
pub(crate) fn bearer<'a>(call: &'a Call, scheme: &str) -> Option<&'a str> {
    call.header("authorization")?.strip_prefix(scheme)?.strip_prefix(' ')
}

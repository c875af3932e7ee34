//! OpenID Connect: the generic provider, and Google, which has a fixed issuer, no discovery here and one refresh token
//! per consent.

use serde_json::{Value, json};

use crate::faults::Lie;
use crate::issuing::{bearer, is_application, issue_access_token, issue_refresh_token, redeem_code};
use crate::keys::{Signing, half_hash, published, sign};
use crate::kind::{Endpoint, Kind};
use crate::person::Person;
use crate::request::{Call, Reply};
use crate::state::{Code, Session, State};

pub(crate) fn answer(state: &mut State, call: &Call) -> Reply {
    match call.endpoint {
        Endpoint::Discovery => discovery(state),
        Endpoint::Token => token(state, call),
        Endpoint::Userinfo => userinfo(state, call),
        Endpoint::Jwks => Reply::Json(200, published(state.generation)),
        Endpoint::Revoke => revoke(state, call),
        Endpoint::Authorize => Reply::error(405, "invalid_request"),
    }
}

pub(crate) fn issuer(state: &State) -> String {
    match state.kind {
        Kind::Google => "https://accounts.google.com".to_owned(),
        _ => state.base.clone(),
    }
}

fn discovery(state: &State) -> Reply {
    let at = |endpoint| format!("{}{}", state.base, state.kind.path(endpoint));
    let issuer = if state.lies(Lie::Issuer) { "https://issuer.example".to_owned() } else { issuer(state) };
    Reply::Json(
        200,
        json!({
            "issuer": issuer,
            "authorization_endpoint": at(Endpoint::Authorize),
            "token_endpoint": at(Endpoint::Token),
            "userinfo_endpoint": at(Endpoint::Userinfo),
            "jwks_uri": at(Endpoint::Jwks),
            "revocation_endpoint": at(Endpoint::Revoke),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": Signing::GOOD.map(Signing::name),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        }),
    )
}

pub(crate) fn token(state: &mut State, call: &Call) -> Reply {
    if !is_application(state, call) {
        return Reply::error(401, "invalid_client");
    }
    let code = match redeem_code(state, call) {
        Ok(code) => code,
        Err(refused) => return refused,
    };
    let session = Session { person: code.person.clone(), device_id: None, scope: code.scope.clone() };
    let access = issue_access_token(state, session.clone());
    let mut answer = json!({
        "access_token": access,
        "expires_in": 3599,
        "scope": code.scope,
        "token_type": "Bearer",
        "id_token": id_token(state, &code, &access),
    });
    let first = state.consented.insert(code.person.subject.clone());
    if code.offline && (first || state.kind != Kind::Google) {
        answer["refresh_token"] = issue_refresh_token(state, session).into();
    }
    Reply::Json(200, answer)
}

fn id_token(state: &State, code: &Code, access: &str) -> String {
    let now = state.now();
    let mut claims = json!({
        "iss": issuer(state),
        "azp": state.kind.client_id(),
        "aud": state.kind.client_id(),
        "sub": code.person.subject,
        "at_hash": half_hash(state.signing, access),
        "iat": now,
        "exp": now + 3600,
    });
    if let Some(nonce) = &code.nonce {
        claims["nonce"] = nonce.as_str().into();
    }
    if !state.bare_id_tokens {
        describe(&mut claims, &code.person);
    }
    if state.lies(Lie::NoNonce) {
        remove(&mut claims, "nonce");
    }
    if state.lies(Lie::Nonce) {
        claims["nonce"] = "of-another-sign-in".into();
    }
    for change in &state.claims {
        change(&mut claims);
    }
    sign(&claims, state.signing, state.generation)
}

fn describe(claims: &mut Value, person: &Person) {
    let optional = [
        ("email", person.email.as_deref().map(Value::from)),
        ("email_verified", person.email_verified.clone()),
        ("hd", person.workspace.as_deref().map(Value::from)),
        ("birthdate", person.birthday.as_deref().map(Value::from)),
        ("name", Some(person.full_name().into())),
        ("given_name", Some(person.first_name.as_str().into())),
        ("family_name", Some(person.last_name.as_str().into())),
        ("preferred_username", Some(person.login.as_str().into())),
        ("picture", Some("https://pictures.stub.test/1".into())),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            claims[name] = value;
        }
    }
}

fn remove(claims: &mut Value, name: &str) {
    if let Some(claims) = claims.as_object_mut() {
        claims.remove(name);
    }
}

fn userinfo(state: &State, call: &Call) -> Reply {
    let Some(session) = bearer(call, "Bearer").and_then(|token| state.access.get(token)) else {
        return Reply::error(401, "invalid_token");
    };
    let subject = if state.lies(Lie::Subject) { "somebody-else" } else { &session.person.subject };
    let mut claims = json!({ "sub": subject });
    describe(&mut claims, &session.person);
    let Some(signing) = state.signed_userinfo else { return Reply::Json(200, claims) };
    claims["iss"] = issuer(state).into();
    claims["aud"] = if state.lies(Lie::ClientId) { "another" } else { state.kind.client_id() }.into();
    Reply::Jwt(sign(&claims, signing, state.generation))
}

/// RFC 7009: unknown tokens are no error, but Google returns `invalid_token`.
fn revoke(state: &mut State, call: &Call) -> Reply {
    if state.kind == Kind::Oidc && !is_application(state, call) {
        return Reply::error(401, "invalid_client");
    }
    let token = call.field("token").unwrap_or_default();
    let session = state.refresh.remove(token).or_else(|| state.access.remove(token));
    match session {
        Some(session) => {
            let subject = &session.person.subject;
            state.access.retain(|_, session| session.person.subject != *subject);
            state.refresh.retain(|_, session| session.person.subject != *subject);
            state.consented.remove(subject);
            Reply::Json(200, json!({}))
        }
        None if state.kind == Kind::Google => Reply::error(400, "invalid_token"),
        None => Reply::Json(200, json!({})),
    }
}

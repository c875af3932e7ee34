//! Yandex ID: OAuth 2.0 with its own authorization scheme, no claim on the verification of addresses, and tokens per
//! device.

use serde_json::{Value, json};

use crate::faults::Lie;
use crate::issuing::{bearer, is_application, issue_access_token, issue_refresh_token, redeem_code};
use crate::kind::{Endpoint, Kind};
use crate::request::{Call, Reply};
use crate::state::{Session, State};

pub(crate) fn answer(state: &mut State, call: &Call) -> Reply {
    match call.endpoint {
        Endpoint::Token => token(state, call),
        Endpoint::Userinfo => info(state, call),
        Endpoint::Revoke => revoke(state, call),
        _ => Reply::error(404, "not_found"),
    }
}

fn token(state: &mut State, call: &Call) -> Reply {
    if !is_application(state, call) {
        return Reply::error(401, "invalid_client");
    }
    let code = match redeem_code(state, call) {
        Ok(code) => code,
        Err(refused) => return refused,
    };
    // The device of the authorization request wins over that of this one.
    let device_id = code.device_id.clone().or_else(|| call.field("device_id").map(str::to_owned));
    let session = Session { person: code.person, device_id, scope: code.scope.clone() };
    let (access, refresh) = (issue_access_token(state, session.clone()), issue_refresh_token(state, session));
    Reply::Json(
        200,
        json!({
            "token_type": "bearer",
            "access_token": access,
            "expires_in": 31_536_000,
            "refresh_token": refresh,
            "scope": code.scope,
        }),
    )
}

fn info(state: &State, call: &Call) -> Reply {
    let Some(session) = bearer(call, "OAuth").and_then(|token| state.access.get(token)) else {
        return Reply::error(401, "invalid_token");
    };
    let person = &session.person;
    let client_id = if state.lies(Lie::ClientId) { "of-another-application" } else { Kind::Yandex.client_id() };
    let emails: Vec<&str> = person.email.as_deref().into_iter().collect();
    let granted = |scope| session.scope.split(' ').any(|known| known == scope);
    let mut answer = json!({
        "id": person.subject,
        "login": person.login,
        "client_id": client_id,
        "psuid": "1.AAceCw.stub",
        "display_name": person.login,
        "real_name": person.full_name(),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "sex": null,
    });
    if granted("login:email") {
        answer["default_email"] = emails.first().copied().unwrap_or_default().into();
        answer["emails"] = emails.into();
    }
    if granted("login:birthday") {
        answer["birthday"] = person.birthday.as_deref().map_or(Value::Null, Value::from);
    }
    Reply::Json(200, answer)
}

/// Only tokens of a device can be revoked.
fn revoke(state: &mut State, call: &Call) -> Reply {
    if !is_application(state, call) {
        return Reply::error(401, "invalid_client");
    }
    let token = call.field("access_token").unwrap_or_default();
    match state.access.get(token) {
        None => Reply::error(400, "invalid_grant"),
        Some(session) if session.device_id.is_none() => Reply::error(400, "unsupported_token_type"),
        Some(_) => {
            state.access.remove(token);
            Reply::Json(200, json!({ "status": "ok" }))
        }
    }
}

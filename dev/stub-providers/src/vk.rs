//! VK ID: OAuth 2.1 without a secret. Errors have status 200, ids are numbers or text, and tokens belong to the device
//! of the callback.

use serde_json::{Value, json};

use crate::faults::Lie;
use crate::issuing::{issue_access_token, issue_refresh_token, redeem_code};
use crate::kind::Endpoint;
use crate::request::{Call, Reply};
use crate::state::{Session, State};

pub(crate) fn answer(state: &mut State, call: &Call) -> Reply {
    if call.field("client_id") != Some(state.kind.client_id()) {
        return Reply::error(200, "invalid_client");
    }
    match call.endpoint {
        Endpoint::Token if call.field("grant_type") == Some("refresh_token") => refresh(state, call),
        Endpoint::Token => token(state, call),
        Endpoint::Userinfo => user_info(state, call),
        Endpoint::Revoke => match call.field("access_token").and_then(|token| state.access.remove(token)) {
            Some(_) => Reply::Json(200, json!({ "response": 1 })),
            None => Reply::error(200, "invalid_token"),
        },
        _ => Reply::error(200, "invalid_request"),
    }
}

fn token(state: &mut State, call: &Call) -> Reply {
    let device_id = call.field("device_id").map(str::to_owned);
    let code = match redeem_code(state, call) {
        Ok(code) => code,
        Err(Reply::Json(_, body)) => return Reply::Json(200, body),
        Err(other) => return other,
    };
    if device_id.is_none() || device_id != code.device_id || call.field("state").is_none() {
        return Reply::error(200, "invalid_request");
    }
    let session = Session { person: code.person, device_id, scope: code.scope };
    tokens(state, call, session)
}

fn refresh(state: &mut State, call: &Call) -> Reply {
    let token = call.field("refresh_token").unwrap_or_default();
    let own = state.refresh.get(token).is_some_and(|session| session.device_id.as_deref() == call.field("device_id"));
    match state.refresh.remove(token).filter(|_| own && call.field("state").is_some()) {
        Some(session) => tokens(state, call, session),
        None => Reply::error(200, "invalid_grant"),
    }
}

fn tokens(state: &mut State, call: &Call, session: Session) -> Reply {
    let subject = if state.lies(Lie::UserId) { "999" } else { &session.person.subject };
    let user_id = subject.parse::<u64>().map_or(Value::from(subject), Value::from);
    let given =
        if state.lies(Lie::State) { "state-of-another-sign-in" } else { call.field("state").unwrap_or_default() };
    let (access, refresh) = (issue_access_token(state, session.clone()), issue_refresh_token(state, session.clone()));
    let mut answer = json!({
        "access_token": access,
        "refresh_token": refresh,
        "id_token": crate::issuing::secret("id-token"),
        "token_type": "Bearer",
        "expires_in": 3600,
        "user_id": user_id,
        "state": given,
        "scope": session.scope,
    });
    if let (true, Some(answer)) = (state.lies(Lie::NoState), answer.as_object_mut()) {
        answer.remove("state");
    }
    Reply::Json(200, answer)
}

fn user_info(state: &State, call: &Call) -> Reply {
    let Some(session) = call.field("access_token").and_then(|token| state.access.get(token)) else {
        return Reply::error(200, "invalid_token");
    };
    let person = &session.person;
    let mut user = json!({
        "user_id": person.subject,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "avatar": "https://pictures.stub.test/1",
        "sex": 0,
        "verified": true,
    });
    if let (Some(email), true) = (&person.email, session.scope.split(' ').any(|scope| scope == "email")) {
        user["email"] = email.as_str().into();
    }
    if let Some(birthday) = person.birthday_by_dots() {
        user["birthday"] = birthday.into();
    }
    Reply::Json(200, json!({ "user": user }))
}

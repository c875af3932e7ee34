//! Mail.ru for legacy applications: no `token_type`, the token in the query, errors with status 200.

use serde_json::json;

use crate::faults::Lie;
use crate::issuing::{is_application, issue_access_token, issue_refresh_token, redeem_code};
use crate::kind::{Endpoint, Kind};
use crate::request::{Call, Reply};
use crate::state::{Session, State};

pub(crate) fn answer(state: &mut State, call: &Call) -> Reply {
    match call.endpoint {
        Endpoint::Token => token(state, call),
        Endpoint::Userinfo => userinfo(state, call),
        _ => Reply::error(404, "not_found"),
    }
}

fn token(state: &mut State, call: &Call) -> Reply {
    if call.basic().is_none() || !is_application(state, call) {
        return Reply::error(200, "invalid_client");
    }
    let code = match redeem_code(state, call) {
        Ok(code) => code,
        Err(Reply::Json(_, body)) => return Reply::Json(200, body),
        Err(other) => return other,
    };
    let session = Session { person: code.person, device_id: None, scope: code.scope };
    let (access, refresh) = (issue_access_token(state, session.clone()), issue_refresh_token(state, session));
    Reply::Json(200, json!({ "access_token": access, "expires_in": 3600, "refresh_token": refresh }))
}

fn userinfo(state: &State, call: &Call) -> Reply {
    let Some(session) = call.parameter("access_token").and_then(|token| state.access.get(token)) else {
        let error = json!({ "error": "invalid_token", "error_code": 6, "error_description": "token not found" });
        return Reply::Json(200, error);
    };
    let person = &session.person;
    let client_id = if state.lies(Lie::ClientId) { "of-another-application" } else { Kind::MailRu.client_id() };
    let mut answer = json!({
        "id": person.subject,
        "client_id": client_id,
        "nickname": person.login,
        "name": person.full_name(),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "locale": "ru_RU",
        "gender": "f",
        "image": "https://pictures.stub.test/1",
    });
    answer["email"] = person.email.as_deref().unwrap_or_default().into();
    if let Some(birthday) = person.birthday_by_dots() {
        answer["birthday"] = birthday.into();
    }
    Reply::Json(200, answer)
}

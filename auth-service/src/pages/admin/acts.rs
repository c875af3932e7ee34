//! Acts on an account, by the buttons of its page.

use account_page_texts::AdminTexts;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use contracts::codes;
use contracts::ids::UserId;
use service_kit::ApiError;

use super::find::start_with;
use super::operator_form::OperatorForm;
use super::person::{self, News, not_found};
use crate::page_table::ADMIN;
use crate::pages::page_context::PageContext;
use crate::state::AppState;
use account_flows::CorrectBirthDateError;
use account_flows::problems::from_operator_delete;
use accounts::{AuditContext, RoleName};

/// Result of a button.
enum Pressed {
    /// Done, or nothing had to be changed.
    Acted(bool),
    /// Not done, with the reason and its status.
    Rejected(&'static str, StatusCode),
    /// The account is gone.
    Deleted,
}

/// `POST /account/admin/users/{user_id}/{act}`: acts, and shows the account as it is then.
pub async fn page_admin_act(
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
    page: PageContext,
    form: OperatorForm,
) -> Result<HttpResponse, ApiError> {
    let (id, act) = path.into_inner();
    let id: UserId = id.parse().map_err(|_| not_found())?;
    let page = page.at(ADMIN);
    let texts = AdminTexts::of(page.language);
    let Ok(context) = form.context(state.now()) else {
        // Without a reason nothing of the account is shown either.
        return Err(ApiError::field("/reason", texts.wrong_reason));
    };
    let app: &AppState = &state;
    let pressed = match press((app, texts), &form, &act, id, &context).await {
        Ok(pressed) => pressed,
        Err(error) => rejection(texts, &error).ok_or(error)?,
    };
    let news = match pressed {
        Pressed::Deleted => return start_with(&page, &form, texts.deleted),
        Pressed::Acted(true) => News { notice: Some(texts.done), ..News::default() },
        Pressed::Acted(false) => News { notice: Some(texts.unchanged), ..News::default() },
        Pressed::Rejected(alert, status) => News { alert: Some(alert), status: Some(status), ..News::default() },
    };
    let news = if act == "look" { News::default() } else { news };
    person::show(app, &page, &form, id, &context, news).await?.ok_or_else(not_found)
}

async fn press(
    (state, texts): (&AppState, &AdminTexts),
    form: &OperatorForm,
    act: &str,
    id: UserId,
    context: &AuditContext,
) -> Result<Pressed, ApiError> {
    let operators = &state.operators;
    Ok(match act {
        "look" => Pressed::Acted(false),
        "disable" => Pressed::Acted(operators.disable(id, context).await?),
        "enable" => Pressed::Acted(operators.enable(id, context).await?),
        "unlock" => Pressed::Acted(operators.unlock(id, context).await?),
        "end-sessions" => Pressed::Acted(operators.end_sessions(id, context).await?),
        "free-email" => Pressed::Acted(operators.free_email(id, context).await?),
        "prove-email" => Pressed::Acted(operators.prove_email(id, context).await?),
        "assign-role" | "revoke-role" => change_role((state, texts), form, act, id, context).await?,
        "correct-birth-date" => correct_birth_date((state, texts), form, id, context).await?,
        "delete" if form.fields.text("confirm").is_empty() => {
            Pressed::Rejected(texts.unconfirmed, StatusCode::UNPROCESSABLE_ENTITY)
        }
        "delete" => {
            operators.delete(id, context).await.map_err(from_operator_delete)?;
            Pressed::Deleted
        }
        _ => return Err(ApiError::new(codes::NO_SUCH_ROUTE)),
    })
}

async fn correct_birth_date(
    (state, texts): (&AppState, &AdminTexts),
    form: &OperatorForm,
    id: UserId,
    context: &AuditContext,
) -> Result<Pressed, ApiError> {
    let wrong = Pressed::Rejected(texts.wrong_date, StatusCode::UNPROCESSABLE_ENTITY);
    let day = match form.fields.text("birth_date") {
        "" => None,
        text => match text.parse::<NaiveDate>() {
            Ok(day) => Some(day),
            Err(_) => return Ok(wrong),
        },
    };
    match state.operators.correct_birth_date(id, day, context).await {
        Ok(changed) => Ok(Pressed::Acted(changed)),
        Err(CorrectBirthDateError::BirthDate(_)) => Ok(wrong),
        Err(error) => Err(error.into()),
    }
}

async fn change_role(
    (state, texts): (&AppState, &AdminTexts),
    form: &OperatorForm,
    act: &str,
    id: UserId,
    context: &AuditContext,
) -> Result<Pressed, ApiError> {
    if !form.browser.rights.roles {
        return Err(ApiError::new(codes::FORBIDDEN));
    }
    let Some(role) = RoleName::parse(form.fields.text("role").trim()) else {
        return Ok(Pressed::Rejected(texts.no_role, StatusCode::NOT_FOUND));
    };
    Ok(Pressed::Acted(match act {
        "assign-role" => state.roles.assign(id, &role, context).await?,
        _ => state.roles.revoke(id, &role, context).await?,
    }))
}

/// The message of an error that an operator can understand.
fn rejection(texts: &AdminTexts, error: &ApiError) -> Option<Pressed> {
    let known = [
        (codes::LAST_ADMIN, texts.last_admin),
        (codes::NO_EMAIL, texts.no_email),
        (codes::ROLE_NOT_FOUND, texts.no_role),
        (codes::EMAIL_UNPROVED, texts.email_unproved),
    ];
    let (code, text) = known.into_iter().find(|(code, _)| code.code == error.code().code)?;
    Some(Pressed::Rejected(text, StatusCode::from_u16(code.status).unwrap_or(StatusCode::CONFLICT)))
}

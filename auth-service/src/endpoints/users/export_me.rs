//! `GET /api/v1/me/export`: everything that is stored about the caller's own account.

use actix_web::web;
use contracts::auth::export::{
    ExportMe, ExportMeResponse, ExportedAct, ExportedEmailChange, ExportedLogin, ExportedSession, ExportedSocialAccount,
};
use service_kit::{ApiError, Success};

use super::{list_account_events, list_sign_ins};
use crate::endpoints::convert::profile;
use crate::endpoints::social::social_account;
use crate::extract::{Caller, RequestClient};
use crate::state::AppState;
use account_flows::AccountExport;

/// Exports the account, once a day.
pub async fn export_me(
    state: web::Data<AppState>,
    caller: Caller,
    client: RequestClient,
) -> Result<Success<ExportMe>, ApiError> {
    let export = state.accounts.export(caller.user, caller.session, &client.0).await?;
    Ok(Success::new(export_response(export)))
}

/// The export as JSON; the account page offers the same as a file.
pub fn export_response(export: AccountExport) -> ExportMeResponse {
    let linked = |identity: accounts::Identity| {
        let subject = identity.key.subject.clone();
        ExportedSocialAccount { account: social_account(identity), subject }
    };
    let session = |session: accounts::ExportedSession| ExportedSession {
        id: session.id,
        device: session.device,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        expires_at: session.expires_at,
        ended_at: session.ended_at,
    };
    let login = |login: accounts::ExportedLogin| ExportedLogin { login: login.login, proved_at: login.proved_at };
    let email_change = |change: accounts::ExportedEmailChange| ExportedEmailChange {
        new_email: change.new_email,
        asked_at: change.asked_at,
        due_at: change.due_at,
    };
    let act = |act: accounts::ExportedAct| ExportedAct { at: act.at, action: act.action, outcome: act.outcome };
    ExportMeResponse {
        exported_at: export.exported_at,
        has_password: export.current.user.password_hash.is_some(),
        user: profile(export.current.user, export.current.roles),
        logins: export.logins.into_iter().map(login).collect(),
        email_change: export.email_change.map(email_change),
        social_accounts: export.identities.into_iter().map(linked).collect(),
        sessions: export.sessions.into_iter().map(session).collect(),
        sign_ins: export.sign_ins.into_iter().map(list_sign_ins::to_wire).collect(),
        sign_ins_complete: export.sign_ins_complete,
        events: export.events.into_iter().map(list_account_events::to_wire).collect(),
        operator_acts: export.acts.into_iter().map(act).collect(),
    }
}

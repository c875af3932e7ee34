//! `POST /api/v1/me/password`: changes the caller's password.

use actix_web::web;
use bot_filter::{CaptchaProof, SignInContext};
use contracts::auth::passwords::{ChangePassword, ChangePasswordResponse};
use service_kit::{ApiError, Input, RequestId, Success};

use crate::endpoints::convert::{new_password, password};
use crate::extract::{AttemptLimits, Caller, RequestClient};
use crate::state::AppState;
use account_flows::{PasswordAttempt, Screen};

/// Changes the password. Guesses of the current one take from the same budgets as sign-ins, so that an access token
/// does not bypass them; a known device has a budget of its own here too. After a right one the caller's device is
/// known.
pub async fn change_password(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    caller: Caller,
    client: RequestClient,
    request_id: RequestId,
    input: Input<ChangePassword>,
) -> Result<Success<ChangePassword>, ApiError> {
    let account = state.passwords.find_password_account(caller.user).await?;
    let body = input.body;
    let (key, proof) =
        (account.account_key.clone(), CaptchaProof { known_device: body.known_device, ..CaptchaProof::default() });
    let context = SignInContext::without_device(&key, client.0.location.address, &proof, request_id.as_str());
    let change = account_flows::ChangePassword {
        user: caller.user,
        session: caller.session,
        client: client.0,
        current: password("/current_password", body.current_password)?,
        new: new_password("/new_password", body.new_password)?,
        unlink: body.unlink_social_accounts,
    };
    let attempt = PasswordAttempt { context, screen: Screen::SignedIn };
    let version = state
        .attempts
        .run(attempt, &limits, async |lane| state.passwords.change(lane, account, change).await)
        .await??;
    let known_device = state.known_devices.issue(&key, caller.user.id, version);
    Ok(Success::new(ChangePasswordResponse { known_device }))
}

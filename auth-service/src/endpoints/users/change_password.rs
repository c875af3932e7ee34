//! `POST /api/v1/me/password`: changes the caller's password.

use actix_web::web;
use contracts::auth::passwords::{ChangePassword, ChangePasswordResponse};
use service_kit::{ApiError, Input, RequestId, SubjectLimits, Success};

use crate::endpoints::attempt::{Attempt, Screen, plain};
use crate::extract::{Caller, ClientVisit};
use crate::flows::{self, CaptchaProof};
use crate::state::AppState;

/// Changes the password. Guesses of the current one take from the same budgets as sign-ins, so that an access token
/// does not bypass them; a known device has a budget of its own here too. After a right one the caller's device is
/// known.
pub async fn change_password(
    state: web::Data<AppState>,
    gate: SubjectLimits,
    caller: Caller,
    visit: ClientVisit,
    request_id: RequestId,
    input: Input<ChangePassword>,
) -> Result<Success<ChangePassword>, ApiError> {
    let account = flows::find_with_password(&state, caller.user).await?;
    let body = input.body;
    let (email, shown) =
        (account.email.clone(), CaptchaProof { known_device: body.known_device, ..CaptchaProof::default() });
    let suspect = plain(email.as_str(), visit.0.place.address, &shown, request_id.as_str());
    let wish = flows::ChangePassword {
        user: caller.user,
        session: caller.session,
        visit: visit.0,
        current: body.current_password,
        new: body.new_password,
        unlink: body.unlink_social_accounts,
    };
    let attempt = Attempt { state: &state, gate: &gate, suspect, screen: Screen::SignedIn };
    let version = attempt.run(async |lane| flows::change_password(&state, lane, account, wish).await).await??;
    let known_device = state.known_devices.issue(email.as_str(), caller.user.id, version, state.now());
    Ok(Success::new(ChangePasswordResponse { known_device }))
}

//! The only path on which passwords are verified and hashed, for API and pages alike: a slot in the hash queue, then
//! units of the budgets, then a captcha or a local throttle, then the work. All of it is refunded unless the attempt is
//! decided: when the queue is full, when SQL or captcha-service is unavailable, and when the client disconnects.

use std::net::IpAddr;

use contracts::auth::devices::DeviceKind;
use credentials::hashing::HashLane;
use service_kit::server::limits::{Per, Reservation, Usage};
use service_kit::{ApiError, SubjectLimits};

use crate::domain::FailedAttempts;
use crate::error::from_hashing;
use crate::flows::{
    self, BotFilterError, CaptchaProof, ChangePasswordError, KnownDevice, LogInError, Screened, SetPasswordError,
    SignInContext, SignUpError,
};
use crate::state::AppState;

/// A request that hashes a password.
pub(crate) struct PasswordAttempt<'a> {
    pub state: &'a AppState,
    pub limits: &'a SubjectLimits,
    pub context: SignInContext<'a>,
    pub screen: Screen,
}

/// Screening of an attempt, beside its budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// The bot filter of `log_in`.
    LogIn,
    /// The local throttle of the sign-in page.
    PageLogIn,
    /// The bot filter of `sign_up`.
    SignUp,
    /// The local throttle of the sign-up page.
    PageSignUp,
    /// None: the caller is signed in, and the reply reveals nothing that a stranger does not know.
    SignedIn,
}

/// Effect of a finished attempt on its budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BudgetEffect {
    /// Right password: not a guess.
    Right,
    /// Wrong password.
    Wrong,
    /// The reply revealed or created something: an account, or that an e-mail is taken.
    Decided,
    /// Failed through no fault of the client.
    Undecided,
}

/// Result of the work of an attempt.
pub(crate) trait Classify {
    /// Effect on the budgets.
    fn effect(&self) -> BudgetEffect;
}

impl PasswordAttempt<'_> {
    /// Runs the attempt; `work` runs in the lane of the caller.
    ///
    /// # Errors
    /// When the attempt is rejected before `work`. The inner result is that of `work`.
    pub async fn run<T, E>(self, work: impl AsyncFnOnce(HashLane) -> Result<T, E>) -> Result<Result<T, E>, ApiError>
    where
        Result<T, E>: Classify,
    {
        let known_device = flows::find_known_device(self.state, &self.context).await?;
        let caller = flows::hash_caller(self.state, &self.context, known_device).await;
        let slot = self.state.hashing.enter(caller).map_err(from_hashing)?;
        let units = match known_device {
            Some(device) => self.limits.credential(device.id.as_bytes()).await?.reserved(),
            None => self.limits.account(self.context.account).await?.reserved(),
        };
        let screened = match self.screen(known_device, failed_attempts(units.uses())).await {
            Ok(screened) => screened,
            Err(error) => {
                units.refund().await; // no password was verified
                return Err(error.into());
            }
        };
        let outcome = work(slot.lane).await;
        self.finish(outcome.effect(), units, screened).await;
        Ok(outcome)
    }

    async fn screen(
        &self,
        known_device: Option<KnownDevice>,
        failed_attempts: FailedAttempts,
    ) -> Result<Screened, BotFilterError> {
        match self.screen {
            Screen::LogIn => flows::screen_log_in(self.state, &self.context, known_device, failed_attempts).await,
            Screen::PageLogIn => {
                flows::screen_page_sign_in(self.state, &self.context, known_device, failed_attempts).await
            }
            Screen::SignUp => flows::screen_sign_up(self.state, &self.context).await,
            Screen::PageSignUp => flows::screen_page_sign_up(self.state, self.context.address).await,
            Screen::SignedIn => Ok(Screened::default()),
        }
    }

    async fn finish(&self, effect: BudgetEffect, units: Reservation, screened: Screened) {
        match effect {
            BudgetEffect::Right => {
                units.refund_guess().await;
                flows::record_success(self.state, &self.context, screened);
            }
            BudgetEffect::Wrong => {
                units.keep();
                flows::record_wrong_password(self.state, &self.context, screened).await;
            }
            BudgetEffect::Decided => {
                units.keep();
                flows::mark_decided(screened);
            }
            BudgetEffect::Undecided => units.refund().await, // `screened` is dropped, which refunds it
        }
    }
}

/// Context of a request without a device kind: of a signed-in user, or from a browser.
pub(crate) fn sign_in_context<'a>(
    account: &'a str,
    address: Option<IpAddr>,
    proof: &'a CaptchaProof,
    request_id: &'a str,
) -> SignInContext<'a> {
    SignInContext { account, device: DeviceKind::Other, address, proof, request_id }
}

impl<T> Classify for Result<T, LogInError> {
    fn effect(&self) -> BudgetEffect {
        match self {
            Ok(_) => BudgetEffect::Right,
            Err(LogInError::WrongCredentials) => BudgetEffect::Wrong,
            Err(_) => BudgetEffect::Undecided,
        }
    }
}

impl<T> Classify for Result<T, ChangePasswordError> {
    fn effect(&self) -> BudgetEffect {
        match self {
            // The new password is checked after the current one was verified.
            Ok(_) | Err(ChangePasswordError::PasswordTooCommon) => BudgetEffect::Right,
            Err(ChangePasswordError::WrongPassword) => BudgetEffect::Wrong,
            Err(_) => BudgetEffect::Undecided,
        }
    }
}

impl<T> Classify for Result<T, SignUpError> {
    fn effect(&self) -> BudgetEffect {
        match self {
            // Of several copies of one form, one creates an account, and each was hashed.
            Ok(_) | Err(SignUpError::EmailTaken | SignUpError::FormRejected) => BudgetEffect::Decided,
            Err(_) => BudgetEffect::Undecided,
        }
    }
}

impl<T> Classify for Result<T, SetPasswordError> {
    fn effect(&self) -> BudgetEffect {
        match self {
            Ok(_) | Err(SetPasswordError::EmailTaken) => BudgetEffect::Decided,
            Err(_) => BudgetEffect::Undecided,
        }
    }
}

/// Failed attempts, as counted by the limits; a right password refunds its own.
fn failed_attempts(uses: &[Usage]) -> FailedAttempts {
    let guesses = || uses.iter().filter(|one| matches!(one.per, Per::Account | Per::AccountAndAddress));
    let used = |per| guesses().filter(|one| one.per == per).map(|one| one.used).max().unwrap_or(0);
    FailedAttempts {
        here: used(Per::AccountAndAddress),
        anywhere: used(Per::Account),
        address: 0,
        near_limit: guesses().any(|one| one.left.saturating_mul(4) <= one.used),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_near_when_a_fifth_of_it_is_left() {
        let near = |used, left| failed_attempts(&[Usage { per: Per::Account, used, left }]).near_limit;
        assert!(near(8, 2) && near(1, 0) && !near(7, 3) && !failed_attempts(&[]).near_limit);
        let uses = [(Per::AccountAndAddress, 3), (Per::Account, 7)].map(|(per, used)| Usage { per, used, left: 99 });
        assert_eq!(failed_attempts(&uses), FailedAttempts { here: 3, anywhere: 7, ..FailedAttempts::default() });
    }

    #[test]
    fn failures_of_the_service_decide_nothing() {
        use credentials::hashing::HashingError;
        let busy = || HashingError::Busy;
        assert_eq!(Err::<(), LogInError>(busy().into()).effect(), BudgetEffect::Undecided);
        assert_eq!(Err::<(), ChangePasswordError>(busy().into()).effect(), BudgetEffect::Undecided);
        assert_eq!(Err::<(), SignUpError>(busy().into()).effect(), BudgetEffect::Undecided);
        assert_eq!(Err::<(), SetPasswordError>(busy().into()).effect(), BudgetEffect::Undecided);
    }
}

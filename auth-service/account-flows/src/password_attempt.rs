//! The only path on which passwords are verified and hashed, for API and pages alike: a slot in the hash queue, then
//! units of the budgets, then a captcha or a local throttle, then the work. All of it is refunded unless the attempt is
//! decided: when the queue is full, when SQL or captcha-service is unavailable, and when the client disconnects.

use std::sync::Arc;

use account_storage::{FirstPasswordError, InsertUserError};
use bot_filter::{
    AddressFailures, BotFilter, BotFilterError, FailedAttempts, KnownDevice, Screened, SignInContext, host_key,
};
use credentials::hashing::{HashCaller, HashLane, HashPool, HashingError};
use service_kit::database::DatabaseError;

use super::addresses::{ConfirmResetError, RequestChangeError};
use super::change_password::ChangePasswordError;
use super::known_devices::KnownDevices;
use super::log_in::LogInError;
use super::set_password::SetPasswordError;
use super::sign_up::SignUpError;
use super::unlocks::Unlocks;

/// The path of all attempts.
pub struct PasswordAttempts {
    /// Threads that hash passwords.
    pub(super) hashing: Arc<HashPool>,
    /// Credentials of devices that accounts have used before.
    pub(super) known_devices: Arc<KnownDevices>,
    /// Wrong passwords, counted by address.
    pub(super) address_failures: Arc<AddressFailures>,
    /// Bot filter.
    pub(super) bot_filter: Arc<BotFilter>,
    /// Accounts whose budgets were refilled.
    pub(super) unlocks: Arc<Unlocks>,
}

/// A request that hashes a password.
pub struct PasswordAttempt<'a> {
    /// Account and client of the request.
    pub context: SignInContext<'a>,
    /// Screening, beside its budgets.
    pub screen: Screen,
}

/// Subject whose budgets an attempt takes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptSubject<'a> {
    /// A known device of the account; no other client can use up its budgets.
    KnownDevice(KnownDevice),
    /// The account, by its normalised login.
    Account(&'a str),
}

/// Budgets of attempts, counted for the client of a request.
pub trait AttemptBudgets {
    /// Units of one attempt.
    type Units: AttemptUnits;
    /// Reason why no units were taken.
    type Error;

    /// Takes the units of one attempt.
    fn reserve(&self, subject: AttemptSubject<'_>) -> impl Future<Output = Result<Self::Units, Self::Error>>;
}

/// Units taken from the budgets of an attempt. Refunded unless kept, also when they are dropped.
pub trait AttemptUnits {
    /// Failed attempts, as counted by the budgets; a right password refunds its own.
    fn failed_attempts(&self) -> FailedAttempts;

    /// Keeps all units: the attempt is decided.
    fn keep(self);

    /// Refunds all units: nothing was attempted, or the service failed.
    fn refund(self) -> impl Future<Output = ()>;

    /// Refunds the units that count guesses; those of the address stay taken for the work.
    fn refund_guess(self) -> impl Future<Output = ()>;
}

/// Rejection of an attempt before its work. `L` is the error of its budgets.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError<L> {
    /// SQL failed.
    #[error("the known device could not be checked")]
    Storage(#[from] DatabaseError),
    /// There is no room for another password to hash.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
    /// A budget is used up, or cannot be counted.
    #[error("the budgets allow no attempt")]
    Limits(L),
    /// The request was rejected as that of a bot.
    #[error("the bot filter rejects the request")]
    BotFilter(#[from] BotFilterError),
}

/// Screening of an attempt, beside its budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
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
pub enum BudgetEffect {
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
pub trait Classify {
    /// Effect on the budgets.
    fn effect(&self) -> BudgetEffect;
}

impl PasswordAttempts {
    /// Runs the attempt; `work` runs in the lane of the caller.
    ///
    /// # Errors
    /// When the attempt is rejected before `work`. The inner result is that of `work`.
    pub async fn run<B: AttemptBudgets, T, E>(
        &self,
        attempt: PasswordAttempt<'_>,
        budgets: &B,
        work: impl AsyncFnOnce(HashLane) -> Result<T, E>,
    ) -> Result<Result<T, E>, AttemptError<B::Error>>
    where
        Result<T, E>: Classify,
    {
        let PasswordAttempt { context, screen } = &attempt;
        let known_device = self.known_devices.find(context).await?;
        let slot = self.hashing.enter(self.hash_caller(context, known_device).await)?;
        let account = self.unlocks.counted_name(context.account);
        let subject = known_device.map_or(AttemptSubject::Account(&account), AttemptSubject::KnownDevice);
        let units = budgets.reserve(subject).await.map_err(AttemptError::Limits)?;
        let screened = match self.screen(*screen, context, known_device, units.failed_attempts()).await {
            Ok(screened) => screened,
            Err(error) => {
                units.refund().await; // no password was verified
                return Err(error.into());
            }
        };
        let outcome = work(slot.lane).await;
        self.finish(context, outcome.effect(), units, screened).await;
        Ok(outcome)
    }

    /// Priority and fair-queueing key for hashing the password of an attempt.
    async fn hash_caller(&self, context: &SignInContext<'_>, known_device: Option<KnownDevice>) -> HashCaller {
        if let Some(device) = known_device {
            return HashCaller { lane: HashLane::KnownDevice, client: Some(device.id.as_u128()) };
        }
        let is_clean = self.address_failures.is_clean(context.address).await;
        let lane = if is_clean { HashLane::CleanAddress } else { HashLane::Other };
        HashCaller { lane, client: Some(host_key(context.address).to_u128()) }
    }

    async fn screen(
        &self,
        screen: Screen,
        context: &SignInContext<'_>,
        known_device: Option<KnownDevice>,
        failed_attempts: FailedAttempts,
    ) -> Result<Screened, BotFilterError> {
        match screen {
            Screen::LogIn => self.bot_filter.log_in(context, known_device, failed_attempts).await,
            Screen::PageLogIn => self.bot_filter.page_sign_in(context, known_device, failed_attempts).await,
            Screen::SignUp => self.bot_filter.sign_up(context).await,
            Screen::PageSignUp => self.bot_filter.page_sign_up(context.address).await,
            Screen::SignedIn => Ok(Screened::default()),
        }
    }

    async fn finish(
        &self,
        context: &SignInContext<'_>,
        effect: BudgetEffect,
        units: impl AttemptUnits,
        screened: Screened,
    ) {
        match effect {
            BudgetEffect::Right => {
                units.refund_guess().await;
                self.bot_filter.record_success(context, screened);
            }
            BudgetEffect::Wrong => {
                units.keep();
                self.bot_filter.record_wrong_password(context, screened).await;
            }
            BudgetEffect::Decided => {
                units.keep();
                self.bot_filter.mark_decided(screened);
            }
            BudgetEffect::Undecided => units.refund().await, // `screened` is dropped, which refunds it
        }
    }
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
            Ok(_) | Err(ChangePasswordError::PasswordTooCommon(_)) => BudgetEffect::Right,
            Err(ChangePasswordError::WrongPassword) => BudgetEffect::Wrong,
            Err(_) => BudgetEffect::Undecided,
        }
    }
}

impl<T> Classify for Result<T, SignUpError> {
    fn effect(&self) -> BudgetEffect {
        match self {
            // Of several copies of one form, one creates an account, and each was hashed.
            Ok(_) | Err(SignUpError::Insert(InsertUserError::EmailTaken | InsertUserError::FormConsumed)) => {
                BudgetEffect::Decided
            }
            Err(_) => BudgetEffect::Undecided,
        }
    }
}

impl<T> Classify for Result<T, SetPasswordError> {
    fn effect(&self) -> BudgetEffect {
        match self {
            Ok(_) | Err(SetPasswordError::FirstPassword(FirstPasswordError::EmailTaken)) => BudgetEffect::Decided,
            Err(_) => BudgetEffect::Undecided,
        }
    }
}

impl<T> Classify for Result<T, ConfirmResetError> {
    fn effect(&self) -> BudgetEffect {
        match self {
            // Wrong codes have budgets of their own, which a stranger cannot use up for the owner's link.
            Ok(_) | Err(ConfirmResetError::CodeInvalid) => BudgetEffect::Decided,
            Err(_) => BudgetEffect::Undecided,
        }
    }
}

impl<T> Classify for Result<T, RequestChangeError> {
    fn effect(&self) -> BudgetEffect {
        match self {
            Ok(_) => BudgetEffect::Right,
            Err(RequestChangeError::WrongPassword) => BudgetEffect::Wrong,
            Err(_) => BudgetEffect::Undecided,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_the_service_decide_nothing() {
        let busy = || HashingError::Busy;
        assert_eq!(Err::<(), LogInError>(busy().into()).effect(), BudgetEffect::Undecided);
        assert_eq!(Err::<(), ChangePasswordError>(busy().into()).effect(), BudgetEffect::Undecided);
        assert_eq!(Err::<(), SignUpError>(busy().into()).effect(), BudgetEffect::Undecided);
        assert_eq!(Err::<(), SetPasswordError>(busy().into()).effect(), BudgetEffect::Undecided);
        assert_eq!(Err::<(), ConfirmResetError>(busy().into()).effect(), BudgetEffect::Undecided);
        assert_eq!(Err::<(), RequestChangeError>(busy().into()).effect(), BudgetEffect::Undecided);
    }
}

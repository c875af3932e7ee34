//! Budgets of password attempts, as the limits of the endpoint count them.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use bot_filter::FailedAttempts;
use service_kit::server::limits::{Per, Reservation, Usage};
use service_kit::{ApiError, SubjectLimits};

use account_flows::{AttemptBudgets, AttemptSubject, AttemptUnits};

/// Units of one attempt.
pub struct AttemptReservation(Reservation);

/// Budgets of the password attempts of a request.
#[derive(Clone)]
pub struct AttemptLimits(SubjectLimits);

impl AttemptBudgets for AttemptLimits {
    type Units = AttemptReservation;
    /// 429 with the violated policies; 503 when the limiter is unavailable and a policy fails closed.
    type Error = ApiError;

    async fn reserve(&self, subject: AttemptSubject<'_>) -> Result<AttemptReservation, ApiError> {
        let units = match subject {
            AttemptSubject::KnownDevice(device) => self.0.credential(device.id.as_bytes()).await?,
            AttemptSubject::Account(account) => self.0.account(account).await?,
        };
        Ok(AttemptReservation(units.reserved()))
    }
}

impl AttemptUnits for AttemptReservation {
    fn failed_attempts(&self) -> FailedAttempts {
        failed_attempts(self.0.uses())
    }

    fn keep(self) {
        self.0.keep();
    }

    async fn refund(self) {
        self.0.refund().await;
    }

    async fn refund_guess(self) {
        self.0.refund_guess().await;
    }
}

fn failed_attempts(uses: &[Usage]) -> FailedAttempts {
    let guesses = || uses.iter().filter(|one| matches!(one.per, Per::Account | Per::AccountAndAddress));
    let used = |per| guesses().filter(|one| one.per == per).map(|one| one.used).max().unwrap_or(0);
    FailedAttempts {
        here: used(Per::AccountAndAddress),
        anywhere: used(Per::Account),
        near_limit: guesses().any(|one| one.left.saturating_mul(4) <= one.used),
        ..FailedAttempts::default() // the bot filter adds those of the address
    }
}

impl FromRequest for AttemptLimits {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(SubjectLimits::of(request))))
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
}

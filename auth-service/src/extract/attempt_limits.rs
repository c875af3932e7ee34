//! Budgets of password attempts, as the limits of the endpoint count them.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use service_kit::server::limits::Reservation;
use service_kit::{ApiError, SubjectLimits};

use crate::flows::{AttemptBudgets, AttemptSubject};

/// Budgets of the password attempts of a request.
#[derive(Clone)]
pub struct AttemptLimits(SubjectLimits);

impl AttemptBudgets for AttemptLimits {
    /// 429 with the violated policies; 503 when the limiter is unavailable and a policy fails closed.
    type Error = ApiError;

    async fn reserve(&self, subject: AttemptSubject<'_>) -> Result<Reservation, ApiError> {
        let units = match subject {
            AttemptSubject::KnownDevice(device) => self.0.credential(device.id.as_bytes()).await?,
            AttemptSubject::Account(account) => self.0.account(account).await?,
        };
        Ok(units.reserved())
    }
}

impl FromRequest for AttemptLimits {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(SubjectLimits::of(request))))
    }
}

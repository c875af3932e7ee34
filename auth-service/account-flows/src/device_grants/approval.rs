//! Decisions of people about devices.

use account_storage::DecisionRejected;
use accounts::{ClientContext, ClientLocation, DeviceClaim, DeviceDecision, DeviceRequest};
use device_grant::TypedCode;
use mailer::Notification;
use service_kit::database::DatabaseError;

use super::DeviceGrants;
use crate::notify_owner::owner_mail;

/// Reasons why no decision about a device was made.
#[derive(Debug, thiserror::Error)]
pub enum DecideDeviceError {
    /// The code is not open, or another session has entered it first.
    #[error("the code is not open in this session")]
    NotClaimed,
    /// The device is in another country, and the session did not begin recently.
    #[error("the session is not fresh")]
    NotFresh,
    /// SQL failed.
    #[error("the decision could not be written")]
    Storage(#[from] DatabaseError),
}

/// Decision of a person about a device.
#[derive(Debug)]
pub struct DecideDevice<'a> {
    /// Account and session of the person.
    pub claim: DeviceClaim,
    /// The code.
    pub code: &'a TypedCode,
    /// `true` signs the device in.
    pub approved: bool,
    /// The person's client.
    pub client: &'a ClientContext,
}

impl DeviceGrants {
    /// Claims a code for the session in which it was entered, and returns the request of its device. `None` when there is no
    /// open one, or when another session was first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn claim(&self, claim: DeviceClaim, code: &TypedCode) -> Result<Option<DeviceRequest>, DatabaseError> {
        let found = self.store.claim_device(&self.macs(code), claim, self.clock.now()).await?;
        Ok(found.map(|found| found.request))
    }

    /// Records the decision of the session that has claimed the code. It claims none itself: guesses at codes are counted
    /// where codes are entered. The owner of the account is mailed an approval.
    ///
    /// # Errors
    /// [`DecideDeviceError`].
    pub async fn decide(&self, decision: DecideDevice<'_>) -> Result<(), DecideDeviceError> {
        let DecideDevice { claim, code, approved, client } = decision;
        let (now, macs) = (self.clock.now(), self.macs(code));
        let found = self.store.find_claimed_device(&macs, claim, now).await?.ok_or(DecideDeviceError::NotClaimed)?;
        if approved && is_abroad(&found.request.location, &client.location) {
            let is_fresh = self.sessions.is_fresh(claim.session).await?;
            is_fresh.filter(|fresh| *fresh).ok_or(DecideDeviceError::NotFresh)?;
        }
        let mail = approved.then(|| owner_mail(&self.outbox, client, Notification::DeviceApproved));
        let decided =
            self.store.decide_device(&macs, claim, DeviceDecision { approved, at: now }, mail.as_ref()).await?;
        let device = decided.map_err(|_: DecisionRejected| DecideDeviceError::NotClaimed)?;
        self.decisions.wake(&device);
        self.outbox.wake();
        tracing::info!(audit = true, user.id = %claim.user, approved, client.id = found.request.client_id, "a device was decided about");
        Ok(())
    }
}

/// `true` when both are known to be in different countries.
fn is_abroad(device: &ClientLocation, person: &ClientLocation) -> bool {
    match (&device.region, &person.region) {
        (Some(device), Some(person)) => device.country() != person.country(),
        _ => false,
    }
}

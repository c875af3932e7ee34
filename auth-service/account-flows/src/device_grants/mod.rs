//! The device grant (RFC 8628): a TV shows a code, its owner approves it on a phone, the TV polls until then.

mod approval;
mod poll;

use std::sync::Arc;

use account_storage::{DeviceCodes, InsertDeviceError, Store};
use accounts::{ClientLocation, DeviceRequest, SessionGrant};
use contracts::Secret;
use contracts::auth::devices::Device;
use device_grant::{
    Decisions, DeviceCode, LIFETIME, MAX_PENDING, NoRandom, PollTimes, TypedCode, UserCode, UserCodeKey,
};
use outbox::Outbox;
use service_kit::Clock;
use service_kit::database::DatabaseError;

use super::sessions::Sessions;
use super::token_target::{TokenRequest, TokenTargetError};

pub use approval::{DecideDevice, DecideDeviceError};
pub use poll::PollDeviceError;

/// Attempts to find a user code that no other device has. Of 25.6 thousand million codes at most 50,000 are open.
const MAX_ATTEMPTS: u32 = 3;

/// Devices that sign in by a code.
pub struct DeviceGrants {
    /// SQL.
    pub(super) store: Store,
    /// Sessions of the devices.
    pub(super) sessions: Arc<Sessions>,
    /// Key of stored user codes.
    pub(super) user_codes: UserCodeKey,
    /// Times of polls.
    pub(super) polls: PollTimes,
    /// Devices that wait here.
    pub(super) decisions: Arc<Decisions>,
    /// Mails to owners.
    pub(super) outbox: Outbox,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}

/// Codes of a device that has asked for them.
#[derive(Debug)]
pub struct StartedDevice {
    /// The device polls with it.
    pub device_code: Secret,
    /// A person types it.
    pub user_code: String,
}

/// Reasons why a device got no codes.
#[derive(Debug, thiserror::Error)]
pub enum StartDeviceError {
    /// Too many codes are open.
    #[error("there are too many open codes")]
    TooMany,
    /// The tokens cannot be for what was asked for.
    #[error(transparent)]
    Target(#[from] TokenTargetError),
    /// No code could be made.
    #[error("no code could be made")]
    NoRandom(#[from] NoRandom),
    /// SQL failed.
    #[error("the codes could not be written")]
    Storage(#[from] DatabaseError),
}

impl DeviceGrants {
    /// Gives a device its codes.
    ///
    /// # Errors
    /// [`StartDeviceError`].
    pub async fn start(
        &self,
        asked: TokenRequest<'_>,
        device: Device,
        location: ClientLocation,
    ) -> Result<StartedDevice, StartDeviceError> {
        let now = self.clock.now();
        let client_id = asked.client.id.clone();
        let resource = asked.resource.map(str::to_owned);
        self.sessions.target(asked, &SessionGrant::of(client_id.as_str()))?;
        let expires_at = now + LIFETIME;
        let request = DeviceRequest { client_id, resource, device, location, created_at: now, expires_at };
        let device_code = DeviceCode::generate()?;
        for _ in 0..MAX_ATTEMPTS {
            let user_code = UserCode::generate()?;
            let codes =
                DeviceCodes { device_hash: *device_code.hash().as_bytes(), user_mac: self.user_codes.mac(user_code) };
            match self.store.insert_device_authorization(codes, &request, MAX_PENDING).await {
                Ok(()) => {
                    let (device_code, user_code) = (device_code.text().clone(), user_code.to_string());
                    return Ok(StartedDevice { device_code, user_code });
                }
                Err(InsertDeviceError::Taken) => {}
                Err(InsertDeviceError::TooMany) => return Err(StartDeviceError::TooMany),
                Err(InsertDeviceError::Storage(source)) => return Err(source.into()),
            }
        }
        Err(StartDeviceError::TooMany)
    }

    fn macs(&self, code: &TypedCode) -> Vec<[u8; 32]> {
        code.readings().iter().map(|reading| self.user_codes.mac(*reading)).collect()
    }
}

//! Waiver: after a right answer the next few sign-ins of the same device need no picture. It is bound to the network
//! and the platform of the answer, every use is counted, and it ends within a day. A device credential alone carries
//! none, however old it is.

use super::bytes::{Reader, Writer};
use super::ids::PrefixKey;
use super::rules;
use super::unix_millis::UnixMillis;

/// Network and claimed platform of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceContext {
    /// Its network.
    pub prefix: PrefixKey,
    /// Claimed platform, as a byte.
    pub platform: u8,
}

/// Waived pictures of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiver {
    context: DeviceContext,
    granted_at: UnixMillis,
    uses_left: u8,
}

impl Waiver {
    pub fn new(context: DeviceContext, now: UnixMillis) -> Self {
        Self { context, granted_at: now, uses_left: rules::WAIVER_USES }
    }

    pub fn is_valid(&self, context: DeviceContext, now: UnixMillis) -> bool {
        self.uses_left > 0 && self.context == context && now < self.expires_at()
    }

    pub fn expires_at(&self) -> UnixMillis {
        self.granted_at.plus(rules::WAIVER_LIFETIME)
    }

    /// `None` after the last use.
    pub fn used(self) -> Option<Self> {
        let uses_left = self.uses_left.checked_sub(1).filter(|left| *left > 0)?;
        Some(Self { uses_left, ..self })
    }

    pub fn write<const N: usize>(waiver: Option<&Self>, writer: Writer<N>) -> Writer<N> {
        let Some(Self { context, granted_at, uses_left }) = waiver else { return writer };
        writer.put(&[*uses_left, context.platform]).put(&context.prefix.0).timestamp(*granted_at)
    }

    /// `None` for a record without one, or of a release before waivers.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let uses_left = reader.byte().filter(|left| *left > 0)?;
        let platform = reader.byte()?;
        let context = DeviceContext { platform, prefix: PrefixKey(reader.take()?) };
        Some(Self { context, granted_at: reader.timestamp()?, uses_left })
    }
}

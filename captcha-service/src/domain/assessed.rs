//! Request of an assessment. A challenge carries it into its pass, so that the pass is valid for the same request
//! only: an assessment of a milder request gives no pass for a riskier one.

use contracts::captcha::assess::{Platform, Signal};

use super::bytes::{Reader, Writer};

/// The request that was assessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssessedRequest {
    /// Keyed hash of the account.
    account: [u8; 8],
    /// 0 for none, else the index in [`Platform::ALL`] plus one.
    platform: u8,
    /// One bit for each of [`Signal::ALL`].
    signals: u8,
}

impl AssessedRequest {
    /// Of this account (a keyed hash), platform and signals.
    pub fn new(account: [u8; 8], platform: Option<Platform>, signals: &[Signal]) -> Self {
        let set = |bits, (index, signal)| bits | (u8::from(signals.contains(signal)) << index);
        Self { account, platform: platform_byte(platform), signals: Signal::ALL.iter().enumerate().fold(0, set) }
    }

    /// Platform byte, to bind a waiver to it.
    pub fn platform(&self) -> u8 {
        self.platform
    }

    /// `true` when a pass of this assessment is valid for `now`: the same account and platform, and no signal beyond
    /// those of the assessment.
    pub fn covers(&self, now: &Self) -> bool {
        self.account == now.account && self.platform == now.platform && now.signals & !self.signals == 0
    }

    pub(in crate::domain) fn write<const N: usize>(&self, writer: Writer<N>) -> Writer<N> {
        writer.put(&self.account).put(&[self.platform, self.signals])
    }

    pub(in crate::domain) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { account: reader.take()?, platform: reader.byte()?, signals: reader.byte()? })
    }

    /// Encodes for a sealed assessment.
    pub fn to_bytes(self) -> [u8; ASSESSED_BYTES] {
        self.write(Writer::new()).done()
    }

    /// Decodes from a sealed assessment.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::read(&mut Reader(bytes))
    }
}

/// Length of an encoded request.
pub const ASSESSED_BYTES: usize = 10;

/// Byte of a platform; 0 for none.
pub fn platform_byte(platform: Option<Platform>) -> u8 {
    let index = platform.and_then(|platform| Platform::ALL.iter().position(|known| *known == platform));
    index.and_then(|index| u8::try_from(index + 1).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_covers_the_request_that_was_assessed_and_no_riskier_one() {
        let request = |account, platform, signals: &[Signal]| AssessedRequest::new([account; 8], platform, signals);
        let assessed = request(1, Some(Platform::Tv), &[Signal::FailedTries]);
        assert!(assessed.covers(&assessed) && assessed.covers(&request(1, Some(Platform::Tv), &[])));
        for other in [
            request(2, Some(Platform::Tv), &[]),
            request(1, Some(Platform::Web), &[]),
            request(1, None, &[]),
            request(1, Some(Platform::Tv), &[Signal::FailedTries, Signal::HostingNetwork]),
        ] {
            assert!(!assessed.covers(&other), "{other:?}");
        }
        assert_eq!(AssessedRequest::from_bytes(&assessed.to_bytes()), Some(assessed));
    }
}

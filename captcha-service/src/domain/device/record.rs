//! Encoding of a device.

use super::{Device, LiveChallenge};
use crate::domain::bytes::{Reader, Writer};
use crate::domain::unix_millis::UnixMillis;
use crate::domain::waiver::Waiver;
use crate::domain::window::Window;

/// Length of a device in stores.
pub const DEVICE_BYTES: usize = 120;

impl Device {
    /// Encodes for a store.
    pub fn to_bytes(&self) -> [u8; DEVICE_BYTES] {
        let mut writer = Writer::new();
        for live in self.live.map(Option::unwrap_or_default) {
            writer = writer.put(&live.challenge).timestamp(live.until);
        }
        writer = writer.timestamp(self.cool_until).put(&[self.lost]).timestamp(self.lost_at);
        writer = writer.timestamp(self.day_from).put(&[self.day]);
        for window in [self.minute, self.issued, self.right, self.wrong] {
            writer = window.write(writer);
        }
        for solve in self.solves {
            writer = writer.put(&solve.to_le_bytes());
        }
        writer = writer.put(&self.points.to_le_bytes()).timestamp(self.points_at);
        writer = writer.put(&[self.good_sign_ins]).timestamp(self.good_sign_in_at);
        Waiver::write(self.waiver.as_ref(), writer).done()
    }

    /// Decodes from a store.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let mut device = Self::default();
        for slot in &mut device.live {
            let live = LiveChallenge { challenge: reader.take()?, until: reader.timestamp()? };
            *slot = (live.until > UnixMillis::default()).then_some(live);
        }
        (device.cool_until, device.lost, device.lost_at) = (reader.timestamp()?, reader.byte()?, reader.timestamp()?);
        (device.day_from, device.day) = (reader.timestamp()?, reader.byte()?);
        for window in [&mut device.minute, &mut device.issued, &mut device.right, &mut device.wrong] {
            *window = Window::read(&mut reader)?;
        }
        for solve in &mut device.solves {
            *solve = u16::from_le_bytes(reader.take()?);
        }
        (device.points, device.points_at) = (u16::from_le_bytes(reader.take()?), reader.timestamp()?);
        (device.good_sign_ins, device.good_sign_in_at) = (reader.byte()?, reader.timestamp()?);
        device.waiver = Waiver::read(&mut reader);
        Some(device)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::captcha::feedback::Outcome;

    use crate::domain::ids::{Key, PrefixKey};
    use crate::domain::waiver::DeviceContext;

    use super::*;

    const HERE: DeviceContext = DeviceContext { prefix: PrefixKey([1; 8]), platform: 1 };

    fn at(seconds: u64) -> UnixMillis {
        UnixMillis::from_millis(1_700_000_000_000 + seconds * 1000)
    }

    #[test]
    fn a_device_reads_as_it_was_written() {
        let mut device = Device::default();
        device.open(Key([9; 16]), at(180), at(0)).unwrap();
        device.count_answer(3, at(3));
        device.record_answer(true, Duration::from_millis(4321), at(3));
        device.record_loss(at(5));
        device.record_outcome(Outcome::LoginOk, 0, at(6));
        device.add_points(20, at(7));
        let earlier_release = Device::from_bytes(&device.to_bytes()[..104]);
        assert_eq!(earlier_release, Some(device), "of a release without waivers");
        device.grant_waiver(HERE, at(8));
        assert_eq!(Device::from_bytes(&device.to_bytes()), Some(device));
        assert_eq!(Device::from_bytes(&device.to_bytes()[..80]), None);
    }
}

//! Sliding-window counter in eight bytes: the count of this window, and that of the last one weighted by its remaining
//! share.

use std::time::Duration;

use super::bytes::{Reader, Writer};
use super::unix_millis::UnixMillis;

/// Counter of recent events; up to 65,535 per window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    number: u32,
    now: u16,
    before: u16,
}

impl Window {
    /// Counts one event.
    pub fn count(&mut self, now: UnixMillis, width: Duration) {
        self.roll(now, width);
        self.now = self.now.saturating_add(1);
    }

    /// Estimated events in the last `width`, assuming that those of the previous window were evenly spread.
    pub fn recent(mut self, now: UnixMillis, width: Duration) -> f32 {
        self.roll(now, width);
        let width = u64::try_from(width.as_millis()).unwrap_or(u64::MAX).max(1);
        let passed = (now.millis() % width) as f32 / width as f32;
        f32::from(self.now) + f32::from(self.before) * (1.0 - passed)
    }

    fn roll(&mut self, now: UnixMillis, width: Duration) {
        let width = u64::try_from(width.as_millis()).unwrap_or(u64::MAX).max(1);
        let number = u32::try_from(now.millis() / width).unwrap_or(u32::MAX);
        if number > self.number {
            self.before = if number == self.number + 1 { self.now } else { 0 };
            (self.number, self.now) = (number, 0);
        }
    }

    pub(super) fn write<const N: usize>(self, writer: Writer<N>) -> Writer<N> {
        writer.put(&self.number.to_le_bytes()).put(&self.now.to_le_bytes()).put(&self.before.to_le_bytes())
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let number = u32::from_le_bytes(reader.take()?);
        let (now, before) = (u16::from_le_bytes(reader.take()?), u16::from_le_bytes(reader.take()?));
        Some(Self { number, now, before })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn older_events_count_less_and_less() {
        let at = |seconds: u64| UnixMillis::from_millis(600_000 + seconds * 1000);
        let mut window = Window::default();
        for second in 0..10 {
            window.count(at(second), MINUTE);
        }
        assert_eq!(window.recent(at(59), MINUTE), 10.0);
        assert_eq!(window.recent(at(90), MINUTE), 5.0);
        assert_eq!(window.recent(at(120), MINUTE), 0.0);
        window.count(at(125), MINUTE);
        assert_eq!(window.recent(at(125), MINUTE), 1.0);
    }

    #[test]
    fn a_clock_that_goes_back_keeps_the_counts() {
        let mut window = Window::default();
        window.count(UnixMillis::from_millis(7_200_000), MINUTE);
        window.count(UnixMillis::from_millis(3_600_000), MINUTE);
        assert_eq!(window.recent(UnixMillis::from_millis(7_200_000), MINUTE), 2.0);
    }
}

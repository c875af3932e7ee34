//! Devices that wait for a decision within one request (`Prefer: wait`, RFC 7240 §4.3).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// Maximum number of requests that wait on this replica; others are answered at once.
pub const MAX_WAITING: usize = 2000;

/// Waiting requests by the hashes of their device codes.
#[derive(Debug, Default)]
pub struct Decisions(Mutex<HashMap<[u8; 32], Arc<Notify>>>);

/// A place among those that wait; given back when it is dropped.
#[derive(Debug)]
pub struct Waiting<'a> {
    decisions: &'a Decisions,
    code: [u8; 32],
    notify: Arc<Notify>,
}

impl Decisions {
    /// A place for a device. `None` when there is none, or when another request of the device waits.
    pub fn place(&self, code: [u8; 32]) -> Option<Waiting<'_>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MAX_WAITING || waiting.contains_key(&code) {
            return None;
        }
        let notify = Arc::new(Notify::new());
        waiting.insert(code, Arc::clone(&notify));
        Some(Waiting { decisions: self, code, notify })
    }

    /// Wakes the device, if it waits here.
    pub fn wake(&self, code: &[u8; 32]) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(notify) = waiting.get(code) {
            notify.notify_one();
        }
    }

    /// `true` when no request waits.
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl Waiting<'_> {
    /// Waits until the device is woken, for `time` at most.
    pub async fn wait(&self, time: Duration) {
        // Over or woken: both end the wait.
        let _ = tokio::time::timeout(time, self.notify.notified()).await;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.decisions.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    #[tokio::test]
    async fn a_device_that_waits_is_woken_even_just_before_it_waits() {
        let decisions = Decisions::default();
        let place = decisions.place([1; 32]).unwrap();
        decisions.wake(&[2; 32]);
        decisions.wake(&[1; 32]);
        place.wait(LONG).await;
        drop(place);
        assert!(decisions.is_empty());
        decisions.wake(&[1; 32]);
    }

    #[tokio::test]
    async fn a_wait_ends_by_itself() {
        let decisions = Decisions::default();
        decisions.place([1; 32]).unwrap().wait(Duration::from_millis(1)).await;
        assert!(decisions.is_empty());
    }

    #[test]
    fn places_are_bounded_and_each_device_has_one() {
        let decisions = Decisions::default();
        let code = |number: usize| {
            let mut code = [0; 32];
            code[..8].copy_from_slice(&number.to_be_bytes());
            code
        };
        let mut places: Vec<_> = (0..MAX_WAITING).map(|number| decisions.place(code(number)).unwrap()).collect();
        assert!(decisions.place(code(MAX_WAITING)).is_none(), "all are taken");
        places.pop();
        assert!(decisions.place(code(0)).is_none(), "one for each device");
        assert!(decisions.place(code(MAX_WAITING)).is_some());
    }
}

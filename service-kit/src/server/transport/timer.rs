//! A deadline that moves often and passes rarely.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep, sleep_until};

/// Timer with a moving deadline. Moving it later is free: the timer is only re-armed when the earlier one fires.
#[derive(Debug, Default)]
pub(super) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Ready once `deadline` has passed.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() > deadline || sleep.is_elapsed() {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_newest_deadline_counts_earlier_or_later() {
        let (mut timer, start) = (Timer::default(), Instant::now());
        let hour = start + Duration::from_secs(3600);
        assert!(poll_fn(|cx| Poll::Ready(timer.poll(cx, hour).is_pending())).await);
        poll_fn(|cx| timer.poll(cx, start + Duration::from_millis(1))).await;
        assert!(poll_fn(|cx| Poll::Ready(timer.poll(cx, hour).is_pending())).await);
        poll_fn(|cx| timer.poll(cx, start + Duration::from_millis(30))).await;
        assert!(start.elapsed() >= Duration::from_millis(30));
    }
}

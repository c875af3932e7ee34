//! Conversions that are killed at any point, and their continuation.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use partition_conversion::{Checksum, ConvertError, ConvertOutcome, PlainTable};

use super::plain::{PlainHome, go_on};

/// Attempts to get the lock until the server has noticed that its holder has died.
const LOCK_ATTEMPTS: u32 = 20;

/// Polls `work` at most `polls` times, then drops it. Returns `true` when it completed.
async fn killed_after<F: Future>(polls: u32, work: F) -> bool {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        work.as_mut().poll(context).map(|_| true)
    })
    .await
}

/// Repeats `work` until no other conversion is running.
async fn when_unlocked<F: AsyncFn() -> Result<ConvertOutcome, ConvertError>>(work: F) -> ConvertOutcome {
    for _ in 0..LOCK_ATTEMPTS {
        match work().await {
            Err(ConvertError::AlreadyRunning { .. }) => {}
            outcome => return outcome.unwrap(),
        }
    }
    panic!("the lock of a dead process is never released");
}

/// Numbers of polls, each about a quarter more than the last.
fn growing() -> impl Iterator<Item = u32> {
    std::iter::successors(Some(1_u32), |polls| Some(polls + polls / 4 + 1)).take_while(|polls| *polls < 100_000)
}

async fn convert(home: &PlainHome, table: PlainTable) -> Checksum {
    let outcome = when_unlocked(async || home.conversion(table).convert(home.now, &mut go_on).await).await;
    match outcome {
        ConvertOutcome::Done(report) => report.checksum,
        // It was killed after the exchange, before it returned.
        ConvertOutcome::NothingToDo => {
            let back = when_unlocked(async || home.conversion(table).revert(&mut go_on).await).await;
            let ConvertOutcome::Done(back) = back else { panic!("{back:?}") };
            home.convert(table).await;
            back.checksum
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_conversion_that_is_killed_anywhere_is_completed_by_the_next_one() {
    let Some(home) = PlainHome::with(90).await else { return };
    let table = PlainTable::Users;
    let expected = home.convert(table).await.checksum;
    let mut killed = 0;
    for polls in growing() {
        home.revert(table).await;
        assert!(!home.finish(table).await);
        let ended = killed_after(polls, home.conversion(table).convert(home.now, &mut go_on)).await;
        assert_eq!(convert(&home, table).await, expected, "killed after {polls} polls");
        assert_eq!(home.kind("users").await, 'p');
        if ended {
            break;
        }
        killed += 1;
    }
    assert!(killed > 10, "only {killed} points were tried");
}

#[tokio::test]
async fn a_revert_that_is_killed_anywhere_is_completed_by_the_next_one() {
    let Some(home) = PlainHome::with(30).await else { return };
    let table = PlainTable::SignIns;
    let expected = home.convert(table).await.checksum;
    for polls in growing() {
        let ended = killed_after(polls, home.conversion(table).revert(&mut go_on)).await;
        when_unlocked(async || home.conversion(table).revert(&mut go_on).await).await;
        assert_eq!(home.kind("sign_ins").await, 'r', "killed after {polls} polls");
        assert_eq!(home.convert(table).await.checksum, expected);
        if ended {
            return;
        }
    }
    panic!("it never came to an end");
}

#[tokio::test]
async fn finishing_that_is_killed_anywhere_leaves_no_stale_table_to_revert_to() {
    let Some(home) = PlainHome::with(30).await else { return };
    let table = PlainTable::Users;
    for polls in growing() {
        home.convert(table).await;
        let ended = killed_after(polls, home.conversion(table).finish(&mut go_on)).await;
        home.sql("UPDATE users SET display_name = display_name || '!'").await;
        match revert_when_unlocked(&home, table).await {
            Ok(_) => assert!(!home.finish(table).await, "the mirror still existed and has every write"),
            Err(ConvertError::NothingKept { .. }) => {
                when_unlocked(async || home.conversion(table).finish(&mut go_on).await).await;
                assert_eq!(home.leftovers().await, 0);
                home.sql(
                    "CREATE TABLE plain (LIKE users); INSERT INTO plain SELECT * FROM users; DROP TABLE users; \
                     ALTER TABLE plain RENAME TO users; ALTER TABLE users ADD PRIMARY KEY (id, cell)",
                )
                .await;
            }
            Err(other) => panic!("{other}"),
        }
        let exclaimed = home.number("SELECT count(DISTINCT length(display_name)) FROM users").await;
        assert_eq!((exclaimed, home.number("SELECT count(*) FROM users").await), (1, 30), "after {polls} polls");
        if ended {
            return;
        }
    }
    panic!("it never came to an end");
}

async fn revert_when_unlocked(home: &PlainHome, table: PlainTable) -> Result<ConvertOutcome, ConvertError> {
    for _ in 0..LOCK_ATTEMPTS {
        match home.conversion(table).revert(&mut go_on).await {
            Err(ConvertError::AlreadyRunning { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
            outcome => return outcome,
        }
    }
    panic!("the lock of a dead process is never released");
}

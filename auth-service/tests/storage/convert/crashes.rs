//! A process that is killed anywhere, and its successor.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use auth_service::storage::{Checksum, ConvertError, Outcome, PlainTable};

use super::plain::{PlainHome, go_on};

/// How often a successor meets the lock of a process that is about to be noticed as gone.
const MEETINGS: u32 = 20;

/// Polls `work` at most `polls` times, then drops it. Gives whether it came to an end.
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

/// The same again, until nobody else is at it.
async fn at_last<F: AsyncFn() -> Result<Outcome, ConvertError>>(work: F) -> Outcome {
    for _ in 0..MEETINGS {
        match work().await {
            Err(ConvertError::AlreadyRunning { .. }) => {}
            outcome => return outcome.unwrap(),
        }
    }
    panic!("the lock of somebody who is gone stays");
}

/// Each number of polls is some quarter more than the one before.
fn growing() -> impl Iterator<Item = u32> {
    std::iter::successors(Some(1_u32), |polls| Some(polls + polls / 4 + 1)).take_while(|polls| *polls < 100_000)
}

async fn convert(home: &PlainHome, table: PlainTable) -> Checksum {
    let outcome = at_last(async || home.conversion(table).convert(home.now, &mut go_on).await).await;
    match outcome {
        Outcome::Done(report) => report.checksum,
        // It was killed between the exchange and its end.
        Outcome::NothingToDo => {
            let back = at_last(async || home.conversion(table).revert(&mut go_on).await).await;
            let Outcome::Done(back) = back else { panic!("{back:?}") };
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
    assert!(killed > 10, "only {killed} places were tried");
}

#[tokio::test]
async fn going_back_that_is_killed_anywhere_is_completed_by_the_next_try() {
    let Some(home) = PlainHome::with(30).await else { return };
    let table = PlainTable::SignIns;
    let expected = home.convert(table).await.checksum;
    for polls in growing() {
        let ended = killed_after(polls, home.conversion(table).revert(&mut go_on)).await;
        at_last(async || home.conversion(table).revert(&mut go_on).await).await;
        assert_eq!(home.kind("sign_ins").await, 'r', "killed after {polls} polls");
        assert_eq!(home.convert(table).await.checksum, expected);
        if ended {
            return;
        }
    }
    panic!("it never came to an end");
}

#[tokio::test]
async fn finishing_that_is_killed_anywhere_leaves_nothing_that_could_be_gone_back_to_by_mistake() {
    let Some(home) = PlainHome::with(30).await else { return };
    let table = PlainTable::Users;
    for polls in growing() {
        home.convert(table).await;
        let ended = killed_after(polls, home.conversion(table).finish(&mut go_on)).await;
        home.sql("UPDATE users SET display_name = display_name || '!'").await;
        match at_last_revert(&home, table).await {
            Ok(_) => assert!(!home.finish(table).await, "the mirror was still there, and so was every write"),
            Err(ConvertError::NothingKept { .. }) => {
                at_last(async || home.conversion(table).finish(&mut go_on).await).await;
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

async fn at_last_revert(home: &PlainHome, table: PlainTable) -> Result<Outcome, ConvertError> {
    for _ in 0..MEETINGS {
        match home.conversion(table).revert(&mut go_on).await {
            Err(ConvertError::AlreadyRunning { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
            outcome => return outcome,
        }
    }
    panic!("the lock of somebody who is gone stays");
}

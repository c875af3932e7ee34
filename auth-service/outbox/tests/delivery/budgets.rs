//! Budgets of an address and of the day, as transactions see them.

use std::time::Duration;

use futures_util::future::join_all;
use mailer::{MailTransport, Notification};
use outbox::{Enqueued, Standing};

use crate::smtp_server::{ServerBehaviour, SmtpServer};
use crate::support::{TestOutbox, fast_policy, reset};

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn ask_for_reset(outbox: &TestOutbox, to: &str) -> Enqueued {
    outbox.enqueue(&outbox.mail(to, reset("11112222"))).await
}

#[tokio::test]
async fn of_20_requests_at_once_4_are_sent() {
    let outbox = TestOutbox::create().await;
    let all = join_all((0..20).map(|_| ask_for_reset(&outbox, "anna@example.org"))).await;
    assert_eq!(all.iter().filter(|enqueued| enqueued.is_queued()).count(), 4, "{all:?}");
    assert!(all.iter().all(|enqueued| enqueued.is_queued() || *enqueued == Enqueued::Withheld));
    assert!(ask_for_reset(&outbox, "boris@example.org").await.is_queued());
}

#[tokio::test]
async fn a_day_of_requests_to_a_proved_address_sends_at_most_18_mails() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    for _ in 0..24 * 4 {
        ask_for_reset(&outbox, "anna@example.org").await;
        ask_for_reset(&outbox, "anna@example.org").await;
        outbox.deliver_due(&server).await;
        outbox.clock.advance(HOUR / 4);
    }
    let sent = server.mails().len();
    assert!((16..=18).contains(&sent), "{sent}");
}

#[tokio::test]
async fn an_owner_gets_a_reset_after_three_hours_while_a_stranger_eats_every_budget() {
    let outbox = TestOutbox::create().await;
    for _ in 0..12 {
        for _ in 0..10 {
            ask_for_reset(&outbox, "anna@example.org").await;
            outbox.enqueue(&outbox.mail("anna@example.org", Notification::EmailRequested)).await;
        }
        outbox.clock.advance(HOUR);
    }
    let mut waited = 0;
    while !ask_for_reset(&outbox, "anna@example.org").await.is_queued() {
        waited += 1;
        outbox.clock.advance(HOUR);
        assert!(waited <= 3);
    }
}

#[tokio::test]
async fn an_unproved_address_gets_two_mails_a_day_and_notices_of_one_kind_become_one() {
    let outbox = TestOutbox::create().await;
    let proof = || outbox.outbox.draft(contracts::Language::En, Notification::PasswordSet, None);
    let ask = async || outbox.enqueue(&proof().to("anna@example.org", Standing::Unproved)).await;
    assert!(ask().await.is_queued());
    assert_eq!(ask().await, Enqueued::Merged);
    outbox.clock.advance(HOUR);
    assert!(ask().await.is_queued());
    outbox.clock.advance(HOUR);
    assert_eq!(ask().await, Enqueued::Withheld);
    outbox.clock.advance(HOUR * 23);
    assert!(ask().await.is_queued());
}

#[tokio::test]
async fn decoys_are_never_sent_use_no_budget_and_have_the_same_one() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    let decoy = || {
        let draft = outbox.outbox.draft(contracts::Language::En, reset("11112222"), None);
        draft.decoy_to("anna@example.org", Standing::Proved)
    };
    let mut queued = 0;
    for _ in 0..10 {
        queued += usize::from(outbox.enqueue(&decoy()).await.is_queued());
    }
    assert_eq!(queued, 4);
    assert!(ask_for_reset(&outbox, "anna@example.org").await.is_queued());
    outbox.deliver_due(&server).await;
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn beyond_the_budget_of_the_day_nothing_is_sent_until_the_next() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    let deliver = async || {
        outbox.worker_with(MailTransport::Smtp(server.relay()), 2, fast_policy()).stop().await;
    };
    for number in 0..4 {
        outbox.notify(&format!("person-{number}@example.org")).await;
    }
    deliver().await;
    assert_eq!((server.mails().len(), outbox.count_waiting().await), (2, 0));
    assert_eq!(ask_for_reset(&outbox, "anna@example.org").await, Enqueued::Withheld);
    outbox.clock.advance(HOUR * 24);
    assert!(ask_for_reset(&outbox, "anna@example.org").await.is_queued());
    deliver().await;
    assert_eq!(server.mails().len(), 3);
}

//! Retries, slots and shutdown of the worker.

use std::collections::VecDeque;
use std::time::Duration;

use mailer::{MailTransport, Notification};
use outbox::RetryPolicy;
use service_kit::testing::eventually;

use crate::smtp_server::{ServerBehaviour, SmtpServer};
use crate::support::{BOUND, PLENTY, TestOutbox, fast_policy, reset};

const MINUTE: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(20);

async fn start(behaviour: ServerBehaviour) -> (SmtpServer, TestOutbox) {
    (SmtpServer::start(behaviour).await, TestOutbox::create().await)
}

#[tokio::test]
async fn a_rejected_mail_is_not_retried_and_delays_no_other() {
    let rcpt = VecDeque::from(["550 <anna@example.org> is unknown here"]);
    let (server, outbox) = start(ServerBehaviour { rcpt, ..ServerBehaviour::default() }).await;
    outbox.notify("anna@example.org").await;
    outbox.deliver_due(&server).await;
    outbox.notify("boris@example.org").await;
    outbox.clock.advance(MINUTE);
    outbox.deliver_due(&server).await;
    assert_eq!((server.mails().len(), server.count("RCPT TO:<anna@example.org>")), (1, 1));
    assert_eq!(outbox.count_waiting().await, 0);
}

#[tokio::test]
async fn a_mail_is_tried_after_1_5_and_30_minutes_2_and_12_hours() {
    let (server, outbox) = start(ServerBehaviour { deferred: Some("anna"), ..ServerBehaviour::default() }).await;
    outbox.notify("anna@example.org").await;
    outbox.deliver_due(&server).await;
    for (retries, delay) in [1, 5, 30, 120, 720].into_iter().enumerate() {
        let early = Duration::from_secs(1);
        outbox.clock.advance(MINUTE * delay - early);
        outbox.deliver_due(&server).await;
        assert_eq!((server.count("RCPT"), outbox.count_waiting().await), (retries + 1, 1));
        outbox.clock.advance(early);
        outbox.deliver_due(&server).await;
        assert_eq!(server.count("RCPT"), retries + 2);
    }
    assert_eq!(outbox.count_waiting().await, 0, "the sixth attempt is the last one");
}

#[tokio::test]
async fn a_mail_that_is_deferred_for_hours_arrives_in_the_end() {
    let (server, outbox) = start(ServerBehaviour { deferred: Some("anna"), ..ServerBehaviour::default() }).await;
    outbox.notify("anna@example.org").await;
    for delay in [0, 1, 5, 30, 120] {
        outbox.clock.advance(MINUTE * delay);
        outbox.deliver_due(&server).await;
    }
    server.behave(|behaviour| behaviour.deferred = None);
    outbox.clock.advance(MINUTE * 720);
    outbox.deliver_due(&server).await;
    assert_eq!((server.mails().len(), outbox.count_waiting().await), (1, 0));
}

#[tokio::test]
async fn a_code_is_not_sent_when_it_has_expired() {
    let (server, outbox) = start(ServerBehaviour { deferred: Some("anna"), ..ServerBehaviour::default() }).await;
    outbox.enqueue(&outbox.mail("anna@example.org", reset("11112222"))).await;
    for delay in [0, 1, 5] {
        outbox.clock.advance(MINUTE * delay);
        outbox.deliver_due(&server).await;
    }
    assert_eq!((server.count("RCPT"), outbox.count_waiting().await), (3, 0));

    outbox.enqueue(&outbox.mail("boris@example.org", reset("11112222"))).await;
    outbox.clock.advance(MINUTE * 15); // no worker was running
    outbox.deliver_due(&server).await;
    assert_eq!((server.mails().len(), outbox.count_waiting().await), (0, 0));
}

#[tokio::test]
async fn deferred_mails_delay_no_others() {
    let (server, outbox) = start(ServerBehaviour { deferred: Some("@slow"), ..ServerBehaviour::default() }).await;
    for number in 0..10 {
        outbox.notify(&format!("anna@slow-{number}.example")).await;
    }
    outbox.notify("boris@example.org").await;
    outbox.deliver_due(&server).await;
    assert_eq!((server.mails().len(), outbox.count_waiting().await), (1, 10));
}

#[tokio::test]
async fn ten_put_off_mails_hold_no_slot_while_they_wait() {
    let (server, outbox) = start(ServerBehaviour { deferred: Some("person-"), ..ServerBehaviour::default() }).await;
    for number in 0..10 {
        outbox.notify(&format!("person-{number}@example.org")).await;
    }
    let worker = outbox.worker(&server);
    eventually("ten are put off", BOUND, async || server.count("RCPT TO:<person-") == 10).await;
    // To the same domain, which has two slots. The clock stands still, so that no put-off mail is due meanwhile.
    outbox.notify("boris@example.org").await;
    outbox.enqueue(&outbox.mail("vera@example.org", reset("11112222"))).await;
    eventually("the others are there", BOUND, async || server.mails().len() == 2).await;
    worker.stop().await;
    assert_eq!((server.count("RCPT TO:<person-"), outbox.count_waiting().await), (10, 10));
}

#[tokio::test]
async fn a_code_comes_before_notices_that_have_waited_longer() {
    let (server, outbox) = start(ServerBehaviour::default()).await;
    for number in 0..10 {
        outbox.notify(&format!("person-{number}@example.org")).await;
    }
    outbox.clock.advance(MINUTE);
    outbox.enqueue(&outbox.mail("boris@example.org", reset("11112222"))).await;
    // A day with one mail left sends the first of its order.
    outbox.worker_with(MailTransport::Smtp(server.relay()), 1, fast_policy()).stop().await;
    assert_eq!((server.mails().len(), server.count("RCPT TO:<boris@example.org>")), (1, 1));
}

#[tokio::test]
async fn a_domain_has_two_deliveries_at_once_and_holds_up_no_other() {
    let (server, outbox) = start(ServerBehaviour { held: Some("@slow.example"), ..ServerBehaviour::default() }).await;
    for number in 0..20 {
        outbox.notify(&format!("person-{number}@slow.example")).await;
    }
    for number in 0..5 {
        outbox.notify(&format!("person-{number}@example.org")).await;
    }
    let policy = RetryPolicy { shutdown_timeout: SHORT, ..fast_policy() };
    let worker = outbox.worker_with(MailTransport::Smtp(server.relay()), PLENTY, policy);
    eventually("the others are there", BOUND, async || server.mails().len() == 5).await;
    eventually("two are held", BOUND, async || server.count("@slow.example") == 2).await;
    worker.stop().await;
    assert_eq!(server.count("@slow.example"), 2);
}

#[tokio::test]
async fn codes_pass_notices_that_hold_their_slots() {
    let (server, outbox) = start(ServerBehaviour { held: Some("@slow"), ..ServerBehaviour::default() }).await;
    for number in 0..10 {
        outbox.notify(&format!("anna@slow-{number}.example")).await;
    }
    let policy = RetryPolicy { shutdown_timeout: SHORT, ..fast_policy() };
    let worker = outbox.worker_with(MailTransport::Smtp(server.relay()), PLENTY, policy);
    eventually("notices hold their slots", BOUND, async || server.count("@slow") == 6).await;
    outbox.enqueue(&outbox.mail("boris@example.org", reset("11112222"))).await;
    eventually("the code is there", BOUND, async || server.mails().len() == 1).await;
    assert_eq!(server.count("@slow"), 6);
    worker.stop().await;
}

#[tokio::test]
async fn a_silent_server_costs_each_attempt_its_timeout_and_no_more() {
    let (server, outbox) = start(ServerBehaviour { silent: true, ..ServerBehaviour::default() }).await;
    outbox.notify("anna@example.org").await;
    let policy = RetryPolicy { attempt_timeout: SHORT, ..fast_policy() };
    for attempts in 1..=3 {
        outbox.worker_with(MailTransport::Smtp(server.relay()), PLENTY, policy).stop().await;
        eventually("the attempt came", BOUND, async || server.count("(connected)") == attempts).await;
        assert_eq!(outbox.count_waiting().await, 1);
        outbox.clock.advance(MINUTE * 30);
    }
}

#[tokio::test]
async fn stopping_is_bounded_with_a_silent_server_and_loses_nothing() {
    let (server, outbox) = start(ServerBehaviour { silent: true, ..ServerBehaviour::default() }).await;
    let policy = RetryPolicy { shutdown_timeout: SHORT, ..fast_policy() };
    let worker = outbox.worker_with(MailTransport::Smtp(server.relay()), PLENTY, policy);
    outbox.notify("anna@example.org").await;
    eventually("the mail is under way", BOUND, async || server.count("(connected)") == 1).await;
    worker.stop().await;
    assert_eq!(outbox.count_waiting().await, 1);
}

#[tokio::test]
async fn a_stop_delivers_due_mails() {
    let (server, outbox) = start(ServerBehaviour::default()).await;
    for number in 0..40 {
        outbox.notify(&format!("person-{number}@example.org")).await;
    }
    outbox.deliver_due(&server).await;
    assert_eq!((server.mails().len(), outbox.count_waiting().await), (40, 0));
}

#[tokio::test]
async fn of_several_workers_one_sends_each_mail() {
    let (server, outbox) = start(ServerBehaviour::default()).await;
    let workers = [outbox.worker(&server), outbox.worker(&server), outbox.worker(&server)];
    for number in 0..30 {
        outbox.notify(&format!("person-{number}@example.org")).await;
    }
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(server.mails().len(), 30);
    for number in 0..30 {
        assert_eq!(server.count(&format!("RCPT TO:<person-{number}@example.org>")), 1);
    }
}

#[tokio::test]
async fn a_running_worker_is_woken_by_a_commit() {
    let (server, outbox) = start(ServerBehaviour::default()).await;
    let policy = RetryPolicy { poll_interval: BOUND * 10, ..fast_policy() };
    let worker = outbox.worker_with(MailTransport::Smtp(server.relay()), PLENTY, policy);
    for number in 1..=3 {
        outbox.enqueue(&outbox.mail(&format!("person-{number}@example.org"), Notification::PasswordSet)).await;
        eventually("the mail is there", BOUND, async || server.mails().len() == number).await;
    }
    worker.stop().await;
}

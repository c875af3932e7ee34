//! Processes that die between a change and its mail, and in the middle of a delivery.

use std::collections::VecDeque;
use std::time::Duration;

use mailer::MailTransport;
use outbox::{MailWorker, RetryPolicy};
use service_kit::testing::eventually;

use crate::smtp_server::{DataBehaviour, ServerBehaviour, SmtpServer};
use crate::support::{BOUND, PLENTY, TestOutbox, fast_policy, message_id, reset};

/// Longer than a claim.
const CLAIM: Duration = Duration::from_secs(121);

/// A worker that stops as abruptly as its process dies.
fn mortal(outbox: &TestOutbox, server: &SmtpServer) -> MailWorker {
    let policy = RetryPolicy { shutdown_timeout: Duration::ZERO, ..fast_policy() };
    outbox.worker_with(MailTransport::Smtp(server.relay()), PLENTY, policy)
}

#[tokio::test]
async fn a_mail_of_a_process_that_died_before_its_worker_looked_is_sent_by_the_next() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    outbox.notify("anna@example.org").await; // this process has no worker
    outbox.deliver_due(&server).await;
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_of_a_process_that_died_in_its_delivery_is_sent_when_the_claim_ends() {
    let held = ServerBehaviour { held: Some("anna"), ..ServerBehaviour::default() };
    let (server, outbox) = (SmtpServer::start(held).await, TestOutbox::create().await);
    let worker = mortal(&outbox, &server);
    outbox.notify("anna@example.org").await;
    eventually("the delivery is under way", BOUND, async || server.count("RCPT") == 1).await;
    worker.stop().await;
    server.behave(|behaviour| behaviour.held = None);
    outbox.deliver_due(&server).await;
    assert_eq!(server.mails().len(), 0, "the claim has not ended");
    outbox.clock.advance(CLAIM);
    outbox.deliver_due(&server).await;
    assert_eq!((server.mails().len(), outbox.count_waiting().await), (1, 0));
}

#[tokio::test]
async fn a_mail_that_was_taken_before_the_process_died_is_repeated_with_its_message_id_and_code() {
    let data = VecDeque::from([DataBehaviour::HoldReply]);
    let behaviour = ServerBehaviour { data, ..ServerBehaviour::default() };
    let (server, outbox) = (SmtpServer::start(behaviour).await, TestOutbox::create().await);
    let worker = mortal(&outbox, &server);
    outbox.enqueue(&outbox.mail("anna@example.org", reset("11112222"))).await;
    eventually("the mail was taken", BOUND, async || server.mails().len() == 1).await;
    worker.stop().await;
    outbox.clock.advance(CLAIM);
    outbox.deliver_due(&server).await;
    let mails = server.mails();
    assert_eq!((mails.len(), outbox.count_waiting().await), (2, 0));
    assert_eq!(message_id(&mails[0]), message_id(&mails[1]));
    assert!(mails.iter().all(|mail| mail.contains("Code: 11112222")), "{mails:?}");
}

#[tokio::test]
async fn a_mail_that_kills_each_process_is_given_up_after_six_attempts() {
    let held = ServerBehaviour { held: Some("anna"), ..ServerBehaviour::default() };
    let (server, outbox) = (SmtpServer::start(held).await, TestOutbox::create().await);
    outbox.notify("anna@example.org").await;
    for attempts in 1..=6 {
        let worker = mortal(&outbox, &server);
        eventually("the delivery is under way", BOUND, async || server.count("RCPT") == attempts).await;
        worker.stop().await;
        outbox.clock.advance(CLAIM);
    }
    outbox.deliver_due(&server).await;
    assert_eq!((server.count("RCPT"), outbox.count_waiting().await), (6, 0));
}

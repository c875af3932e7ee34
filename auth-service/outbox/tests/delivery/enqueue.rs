//! Rows of the outbox: in the transaction of the change, sealed, and deleted after a day.

use std::time::Duration;

use mailer::Notification;
use outbox::enqueue;
use sea_orm::{ConnectionTrait, DbErr, Statement};

use crate::smtp_server::{ServerBehaviour, SmtpServer};
use crate::support::{TestOutbox, reset};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_change_that_is_rolled_back_sends_no_mail() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    let mail = outbox.mail("anna@example.org", Notification::PasswordSet);
    let failed = outbox.transactions.write(async |tx| {
        assert!(enqueue(tx, &mail).await?.is_queued());
        Err::<(), _>(DbErr::Custom("the change failed".into()))
    });
    failed.await.unwrap_err();
    outbox.deliver_due(&server).await;
    assert_eq!((server.mails().len(), outbox.count_waiting().await), (0, 0));
}

#[tokio::test]
async fn a_row_shows_neither_address_nor_code_and_a_sent_one_holds_neither() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    outbox.enqueue(&outbox.mail("anna@example.org", reset("11112222"))).await;
    let bytes = async || {
        let statement =
            Statement::from_string(outbox.raw.get_database_backend(), "SELECT sealed, address_key FROM mails");
        let row = outbox.raw.query_one_raw(statement).await.unwrap().unwrap();
        (row.try_get_by_index::<Vec<u8>>(0).unwrap(), row.try_get_by_index::<Vec<u8>>(1).unwrap())
    };
    let (sealed, address) = bytes().await;
    let text = String::from_utf8_lossy(&sealed);
    assert!(sealed.len() > 100 && !text.contains("anna") && !text.contains("11112222"), "{text}");
    assert_eq!(address.len(), 16);
    outbox.deliver_due(&server).await;
    assert!(server.mails()[0].contains("Code: 11112222"));
    assert!(bytes().await.0.is_empty());
}

#[tokio::test]
async fn rows_are_gone_a_day_after_they_are_done() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    let rows = async || outbox.number("SELECT CAST(count(*) AS bigint) FROM mails").await;
    outbox.notify("anna@example.org").await;
    outbox.deliver_due(&server).await;
    outbox.clock.advance(DAY - Duration::from_secs(1));
    outbox.deliver_due(&server).await;
    assert_eq!(rows().await, 1);
    outbox.clock.advance(Duration::from_secs(2));
    outbox.deliver_due(&server).await;
    assert_eq!(rows().await, 0);
}

#[tokio::test]
async fn the_mail_of_a_later_release_waits_for_a_replica_that_can_read_it() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    outbox.notify("anna@example.org").await;
    outbox.sql("UPDATE mails SET sealed = address_key").await;
    outbox.deliver_due(&server).await;
    assert_eq!((server.mails().len(), outbox.count_waiting().await), (0, 1));
}

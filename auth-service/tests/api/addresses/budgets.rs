//! Floods of requests that send mails to one address.

use std::time::Duration;

use mailer::Notification;

use super::support::{NEW_PASSWORD, code_of};
use crate::app::TestApp;

#[tokio::test]
async fn two_hundred_requests_of_every_kind_send_three_mails_to_an_unproved_address_and_its_owner_gets_in() {
    let app = TestApp::start().await;
    let (owner, stranger) = (app.user().await, app.user().await);
    let (here, there) = (app.signed_in(&owner).await, app.signed_in(&stranger).await);
    let mut first_reset = None;
    for number in 0..200 {
        match number % 3 {
            0 => app.ask_proof(&here).await.assert_status(202),
            1 => app.ask_change(&there, &owner.email).await.assert_status(202),
            _ => {
                let reset = app.ask_reset(&owner.email).await; // 202 each time
                first_reset.get_or_insert(reset);
                continue;
            }
        };
    }
    let mails = app.mails_to(&owner.email).await;
    assert_eq!(mails.len(), 3, "two of a day, and a reset beyond them");
    // None of the mails that were withheld has replaced a code that was sent.
    let mail = mails.iter().find(|mail| matches!(mail.notification, Notification::PasswordReset { .. })).unwrap();
    let (reset, code) = (first_reset.unwrap(), code_of(mail).unwrap());
    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);
    app.log_in(&owner.email, NEW_PASSWORD).await.assert_status(201);
}

#[tokio::test]
async fn beyond_the_mails_of_a_day_the_answer_is_the_same_and_nothing_is_sent() {
    let app = TestApp::start_with(|config| config.mails.per_day = 1).await;
    let (first, second) = (app.user().await, app.user().await);
    app.ask_reset(&first.email).await;
    assert_eq!(app.mails_to(&first.email).await.len(), 1);
    app.ask_reset(&second.email).await; // 202, too
    assert!(app.mails_to(&second.email).await.is_empty());
    app.advance(Duration::from_secs(24 * 60 * 60));
    app.ask_reset(&second.email).await;
    assert_eq!(app.mails_to(&second.email).await.len(), 1);
}

//! Mails to one address over a day, by all routes together; and what they say.

use std::time::Duration;

use mailer::{Mail, Notification};
use reqwest::Method;
use serde_json::json;

use super::support::{NEW_PASSWORD, code_of};
use crate::app::{SignedIn, TestApp, TestUser, unique_email};
use crate::pages::browser::{Browser, PageReply};

const MINUTE: Duration = Duration::from_secs(60);

/// Everything that strangers and the owner can do to have mails sent to the address of `owner`, once.
async fn ask_for_everything(app: &TestApp, owner: &TestUser, stranger: &TestUser) {
    let mut browser = Browser::new(app);
    app.ask_reset(&owner.email).await;
    app.ask_reset(&owner.email.to_uppercase()).await;
    let page = browser.fill("/account/forgotten", "/account/forgotten", &[("email", &owner.email)]).await;
    let again = [("email", owner.email.as_str()), ("reset_id", &page.hidden("reset_id"))];
    browser.post("/account/forgotten", &page.form_token(), &again).await.assert_page(200);
    let (theirs, own) = (app.signed_in(stranger).await, app.signed_in(owner).await);
    app.ask_change(&theirs, &owner.email).await.assert_status(202);
    app.ask_change(&own, &unique_email()).await.assert_status(202); // a code to the present mailbox
    app.ask_proof(&own).await;
}

#[tokio::test]
async fn a_day_in_which_everyone_asks_for_every_mail_has_at_most_18_to_a_proved_address() {
    let app = TestApp::start().await;
    let (owner, _) = app.mailbox_owner().await;
    let stranger = app.user().await;
    let before = app.mails_to(&owner.email).await.len();
    let mut by_hour = Vec::new();
    for _ in 0..24 {
        let sent = app.mails_to(&owner.email).await.len();
        for _ in 0..4 {
            ask_for_everything(&app, &owner, &stranger).await;
            app.advance(15 * MINUTE);
        }
        by_hour.push(app.mails_to(&owner.email).await.len() - sent);
    }
    let sent: usize = by_hour.iter().sum();
    assert!((10..=18).contains(&(sent + before)), "{sent} mails: {by_hour:?}");
    assert!(by_hour.iter().all(|mails| *mails <= 4), "{by_hour:?}");
}

#[tokio::test]
async fn three_hundred_resets_in_a_moment_send_four_mails_and_answer_alike() {
    let app = TestApp::start().await;
    let (owner, _) = app.mailbox_owner().await;
    app.advance(60 * MINUTE);
    let before = app.mails_to(&owner.email).await.len();
    // A few at a time, as the service has four connections to the database.
    for _ in 0..100 {
        futures_util::future::join_all((0..3).map(|_| app.ask_reset(&owner.email))).await;
    }
    assert_eq!(app.mails_to(&owner.email).await.len() - before, 4);
    // Rows are kept for what was sent, and not for each request.
    assert!(app.number("SELECT count(*) FROM mails").await < 10);
}

#[tokio::test]
async fn an_owner_resets_within_three_hours_while_a_stranger_eats_every_budget() {
    for is_proved in [true, false] {
        let app = TestApp::start().await;
        let owner = if is_proved { app.mailbox_owner().await.0 } else { app.user().await };
        let stranger = app.user().await;
        for _ in 0..12 {
            ask_for_everything(&app, &owner, &stranger).await;
            app.advance(60 * MINUTE);
        }
        // The stranger asks before the owner each time, and the mails are all the owner's.
        let mut waited = 0;
        let (reset, code) = loop {
            let sent = app.mails_to(&owner.email).await.len();
            let reset = app.ask_reset(&owner.email).await;
            if let Some(code) = app.mails_to(&owner.email).await[sent..].iter().find_map(code_of) {
                break (reset, code);
            }
            assert!(waited < 12, "no mail in three hours");
            app.advance(15 * MINUTE);
            waited += 1;
        };
        app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);
        app.log_in(&owner.email, NEW_PASSWORD).await.assert_status(201);
    }
}

/// Texts of a user that a mail would carry to a stranger.
const ADVERTISEMENT: &str = "CHEAP-PILLS http://spam.example";

/// An account with an advertisement as its every text, signed in on a device of that name.
async fn advertiser(app: &TestApp) -> (TestUser, SignedIn) {
    let user = app.user_with(json!({"display_name": ADVERTISEMENT})).await;
    let device = json!({"kind": "tv", "name": ADVERTISEMENT});
    let body = json!({"email": user.email, "password": user.password, "device": device});
    let request = app.post("/api/v1/sessions").header("user-agent", ADVERTISEMENT).json(&body);
    let who = SignedIn::from(&request.send().await.assert_status(201));
    app.patch("/api/v1/me")
        .bearer(&who.access)
        .json(&json!({"display_name": ADVERTISEMENT}))
        .send()
        .await
        .assert_status(200);
    (user, who)
}

fn assert_has_no_text_of_a_user(mails: &[Mail]) {
    assert!(!mails.is_empty());
    for mail in mails {
        let all = serde_json::to_string(mail).unwrap();
        assert!(!all.contains("PILLS") && !all.contains("spam"), "{all}");
    }
}

#[tokio::test]
async fn no_text_of_a_user_is_in_a_mail_to_an_address_that_the_user_typed() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::start_with(|config| config.data_dir = folder.path().to_owned()).await;
    let (user, who) = advertiser(&app).await;
    let victim = unique_email();
    let headers = |request: service_kit::testing::TestRequest| {
        request
            .header("user-agent", ADVERTISEMENT)
            .header("accept-language", ADVERTISEMENT)
            .header("x-request-id", "PILLS")
    };
    let change = headers(app.request(Method::PUT, "/api/v1/me/email")).bearer(&who.access);
    change.json(&json!({"email": victim})).send().await.assert_status(202);
    headers(app.post("/api/v1/me/email/proof")).bearer(&who.access).send().await.assert_status(202);
    headers(app.post("/api/v1/password-resets")).json(&json!({"email": user.email})).send().await.assert_status(202);
    let (proved, _) = app.mailbox_owner().await;
    app.ask_change(&who, &proved.email).await.assert_status(202);
    for address in [&victim, &user.email, &proved.email] {
        assert_has_no_text_of_a_user(&app.mails_to(address).await);
    }
    let to_proved = app.mails_to(&proved.email).await;
    assert!(to_proved.iter().any(|mail| mail.notification == Notification::EmailRequested));
    app.running.stop().await.unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path().join("mails")).unwrap().collect();
    assert!(files.len() >= 4, "{}", files.len());
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("PILLS") && !text.contains("spam"), "{text}");
    }
}

//! Claims that nobody uses: a mail, and 30 days later their deletion.

use std::time::Duration;

use account_flows::AddressMaintenance;
use account_storage::ClaimPolicy;
use mailer::Notification;

use crate::app::TestApp;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl TestApp {
    /// The hourly work on addresses, where a mail server is set.
    pub fn maintenance(&self) -> AddressMaintenance {
        AddressMaintenance::new(&self.state().addresses, ClaimPolicy::default(), true)
    }
}

#[tokio::test]
async fn a_claim_without_a_session_is_warned_after_150_days_and_deleted_after_180() {
    let app = TestApp::start().await;
    let (user, (proved, _), (admin, _)) = (app.user().await, app.mailbox_owner().await, app.admin().await);
    app.advance(149 * DAY);
    app.maintenance().run_once().await.unwrap();
    assert!(app.mails_to(&user.email).await.is_empty());
    app.advance(2 * DAY);
    for _ in 0..2 {
        app.maintenance().run_once().await.unwrap();
    }
    let mails = app.mails_to(&user.email).await;
    assert_eq!(mails.len(), 1);
    assert!(matches!(mails[0].notification, Notification::ClaimExpiring { .. }) && mails[0].not_me.is_some());

    app.advance(31 * DAY);
    app.maintenance().run_once().await.unwrap();
    app.log_in(&user.email, &user.password).await.assert_problem(401, "auth.wrong_credentials");
    app.log_in(&proved.email, &proved.password).await.assert_status(201);
    app.log_in(&admin.email, &admin.password).await.assert_status(201);
}

#[tokio::test]
async fn a_claim_that_is_used_after_its_warning_is_kept() {
    let app = TestApp::start().await;
    let user = app.user().await;
    app.advance(151 * DAY);
    app.maintenance().run_once().await.unwrap();
    app.log_in(&user.email, &user.password).await.assert_status(201);
    app.advance(31 * DAY);
    app.maintenance().run_once().await.unwrap();
    app.log_in(&user.email, &user.password).await.assert_status(201);
}

#[tokio::test]
async fn without_a_mail_server_no_claim_expires() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for _ in 0..3 {
        app.advance(151 * DAY);
        let quiet = AddressMaintenance::new(&app.state().addresses, ClaimPolicy::default(), false);
        quiet.run_once().await.unwrap();
    }
    app.log_in(&user.email, &user.password).await.assert_status(201);
}

#[tokio::test]
async fn an_account_that_lost_its_only_way_in_is_deleted_30_days_after_its_last_session() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let signed_in = app.signed_in(&user).await;
    app.ask_proof(&signed_in).await.assert_status(202);
    let mails = app.mails_to(&user.email).await;
    let link = mails[0].not_me.as_ref().unwrap().url("");
    let secret = link.split_once("claim=").unwrap().1;
    let email = accounts::Email::parse(&user.email).unwrap();
    assert!(app.state().addresses.free_claim(secret, &email).await.unwrap());
    let count = "SELECT count(*) FROM users WHERE id IN (SELECT user_id FROM sessions)";

    app.advance(20 * DAY);
    app.refresh(&signed_in.refresh).await.assert_status(200);
    app.advance(20 * DAY);
    app.maintenance().run_once().await.unwrap();
    assert_eq!(app.number(count).await, 1, "a session used it 20 days ago");
    app.advance(11 * DAY);
    app.maintenance().run_once().await.unwrap();
    assert_eq!(app.number(count).await, 0);
}

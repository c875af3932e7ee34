//! Unused claims: a mail, and 30 days later their deletion.

use std::time::Duration;

use account_flows::AddressMaintenance;
use account_storage::ClaimPolicy;
use accounts::{Cell, Email, NewUser, UserKey};
use chrono::TimeDelta;
use contracts::ids::UserId;
use mailer::{Mail, Notification};

use crate::app::{TestApp, unique_email};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl TestApp {
    /// The hourly work on addresses, where a mail server is set.
    pub fn maintenance(&self) -> AddressMaintenance {
        AddressMaintenance::new(&self.state().addresses, ClaimPolicy::default(), true)
    }

    /// Inserts an account of another system that is three years old, without a session. Returns its address.
    async fn old_claim(&self) -> String {
        let (email, now) = (unique_email(), self.state().now());
        let user = NewUser {
            key: UserKey { id: UserId::new(), cell: Cell::UNPLACED },
            email: Some(Email::parse(&email).unwrap()),
            password_hash: None,
            display_name: String::new(),
            birth_date: None,
            region: None,
            roles: Vec::new(),
            created_at: now - TimeDelta::days(3 * 365),
        };
        self.state().store.insert_user(&user, None).await.unwrap();
        email
    }

    /// Number of accounts with this address.
    async fn count_accounts(&self, email: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM users WHERE email_norm = '{email}'")).await
    }

    /// Gives the owner of an address a role, as releases did before roles needed a proof.
    async fn give_role(&self, email: &str) {
        let insert =
            "INSERT INTO user_roles (user_id, role) SELECT user_id, 'subscriber' FROM user_logins WHERE login =";
        self.home.sql(&format!("{insert} '{email}'")).await;
    }
}

fn is_warning(mail: &Mail) -> bool {
    matches!(mail.notification, Notification::ClaimExpiring { .. })
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
async fn a_claim_of_a_holder_of_a_role_is_neither_warned_nor_deleted() {
    let app = TestApp::start().await;
    let (holder, late) = (app.user().await, app.user().await);
    app.give_role(&holder.email).await;
    app.advance(151 * DAY);
    app.maintenance().run_once().await.unwrap();
    assert!(app.mails_to(&holder.email).await.is_empty());
    assert_eq!(app.mails_to(&late.email).await.len(), 1);
    app.give_role(&late.email).await; // after its warning
    app.advance(31 * DAY);
    app.maintenance().run_once().await.unwrap();
    for user in [holder, late] {
        app.log_in(&user.email, &user.password).await.assert_status(201);
    }
}

#[tokio::test]
async fn a_claim_whose_warning_is_withheld_is_warned_later_and_not_deleted_before() {
    let app = TestApp::start().await;
    let user = app.user().await;
    app.advance(151 * DAY);
    for _ in 0..2 {
        app.ask_reset(&user.email).await; // a stranger uses up the mails of this address
    }
    app.maintenance().run_once().await.unwrap();
    assert!(!app.mails_to(&user.email).await.iter().any(is_warning));
    for _ in 0..2 {
        app.advance(30 * DAY - Duration::from_secs(60));
        app.maintenance().run_once().await.unwrap();
        assert_eq!(app.mails_to(&user.email).await.iter().filter(|mail| is_warning(mail)).count(), 1);
        assert_eq!(app.count_accounts(&user.email).await, 1);
    }
    app.advance(DAY);
    app.maintenance().run_once().await.unwrap();
    assert_eq!(app.count_accounts(&user.email).await, 0);
}

#[tokio::test]
async fn the_time_of_an_old_account_begins_with_its_import() {
    let app = TestApp::start().await;
    let email = app.old_claim().await;
    for (days, warnings) in [(0, 0), (149, 0), (2, 1)] {
        app.advance(days * DAY);
        app.maintenance().run_once().await.unwrap();
        assert_eq!(app.mails_to(&email).await.len(), warnings, "{days} days");
    }
    app.advance(31 * DAY);
    app.maintenance().run_once().await.unwrap();
    assert_eq!(app.count_accounts(&email).await, 0);
}

#[tokio::test]
async fn claims_that_are_idle_at_the_same_time_are_warned_a_few_an_hour() {
    let app = TestApp::start().await;
    let mut emails = Vec::new();
    for _ in 0..5 {
        emails.push(app.old_claim().await);
    }
    app.advance(151 * DAY);
    let few = ClaimPolicy { warnings_per_hour: 2, ..ClaimPolicy::default() };
    let expiring = "SELECT count(*) FROM claim_expiries";
    for warned in [2, 4, 5, 5] {
        AddressMaintenance::new(&app.state().addresses, few, true).run_once().await.unwrap();
        assert_eq!(app.number(expiring).await, warned);
    }
    for email in &emails {
        assert_eq!(app.mails_to(email).await.len(), 1);
    }
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

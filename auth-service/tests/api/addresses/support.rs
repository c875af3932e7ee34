//! Requests of these tests, and the mails that they cause.

use mailer::{Mail, Notification};
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use service_kit::testing::{TestReply, eventually};

use crate::app::{SENT_MAILS, SignedIn, TestApp, TestUser};
use crate::captcha::BOUND;

/// Another valid password.
pub const NEW_PASSWORD: &str = "nine owls in a tall tree";

impl TestApp {
    /// All mails to an address, oldest first, once none waits to be sent.
    pub async fn mails_to(&self, address: &str) -> Vec<Mail> {
        let waiting = "SELECT count(*) FROM mails WHERE done_at IS NULL";
        eventually("all mails are sent", BOUND, async || self.number(waiting).await == 0).await;
        SENT_MAILS.lock().unwrap().iter().filter(|mail| mail.to.as_str() == address).cloned().collect()
    }

    /// Result of a statement that returns one number.
    pub async fn number(&self, sql: &str) -> i64 {
        let db = self.home.database.connect().await;
        let sql = format!("SELECT CAST(({sql}) AS bigint)");
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        row.unwrap().try_get_by_index(0).unwrap()
    }

    /// The newest code that an address got.
    pub async fn code_to(&self, address: &str) -> String {
        let mails = self.mails_to(address).await;
        mails.iter().rev().find_map(code_of).expect("a mail with a code")
    }

    /// Path and query of the newest link that an address got.
    pub async fn link_to(&self, address: &str) -> String {
        let mails = self.mails_to(address).await;
        mails.iter().rev().find_map(link_of).expect("a mail with a link")
    }

    pub async fn ask_reset(&self, email: &str) -> String {
        let reply = self.post("/api/v1/password-resets").json(&json!({"email": email})).send().await;
        reply.assert_status(202)["reset_id"].as_str().unwrap().to_owned()
    }

    pub async fn confirm_reset(&self, reset: &str, code: &str, password: &str) -> TestReply {
        let path = format!("/api/v1/password-resets/{reset}");
        self.post(&path).json(&json!({"code": code, "password": password})).send().await
    }

    pub async fn ask_proof(&self, who: &SignedIn) -> TestReply {
        self.post("/api/v1/me/email/proof").bearer(&who.access).send().await
    }

    pub async fn confirm_email(&self, who: &SignedIn, code: &str) -> TestReply {
        let request = self.post("/api/v1/me/email/proof/confirm").bearer(&who.access);
        request.json(&json!({"code": code})).send().await
    }

    pub async fn ask_change(&self, who: &SignedIn, to: &str) -> TestReply {
        self.request(Method::PUT, "/api/v1/me/email").bearer(&who.access).json(&json!({"email": to})).send().await
    }

    pub async fn confirm_change(&self, who: &SignedIn, body: Value) -> TestReply {
        self.post("/api/v1/me/email/change").bearer(&who.access).json(&body).send().await
    }

    /// A user who has proved the address, and the session.
    pub async fn mailbox_owner(&self) -> (TestUser, SignedIn) {
        let user = self.user().await;
        let signed_in = self.signed_in(&user).await;
        self.prove(&user.email, &signed_in).await;
        (user, signed_in)
    }

    /// Proves the address of a session with the code from its mailbox.
    pub async fn prove(&self, email: &str, who: &SignedIn) {
        self.ask_proof(who).await.assert_status(202);
        let code = self.code_to(email).await;
        self.confirm_email(who, &code).await.assert_status(204);
    }

    /// `email_proved` of `get_me`.
    pub async fn is_proved(&self, who: &SignedIn) -> bool {
        self.me(&who.access).await.assert_status(200)["email_proved"] == true
    }
}

/// The code of a mail.
pub fn code_of(mail: &Mail) -> Option<String> {
    match &mail.notification {
        Notification::EmailProof { code, .. }
        | Notification::PasswordReset { code, .. }
        | Notification::EmailChange { code }
        | Notification::EmailRelease { code } => Some(code.as_str().to_owned()),
        _ => None,
    }
}

/// Path and query of the link of a mail.
pub fn link_of(mail: &Mail) -> Option<String> {
    let link = match &mail.notification {
        Notification::EmailProof { link, .. } | Notification::PasswordReset { link, .. } => link,
        Notification::EmailChangeRequested { cancel, .. } => cancel,
        Notification::EmailChanged { undo, .. } => undo,
        _ => &None,
    };
    link.as_ref().map(|link| link.url("/account"))
}

/// Another code than `code`.
pub fn other(code: &str) -> String {
    let first = if code.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &code[1..])
}

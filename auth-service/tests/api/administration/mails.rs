//! Owners are mailed about every act on their accounts.

use mailer::{Notification, OperatorAct};
use serde_json::json;

use super::{act, act_with, look};
use crate::app::TestApp;

const ACTS: [(&str, OperatorAct); 8] = [
    ("disable", OperatorAct::Disabled),
    ("enable", OperatorAct::Enabled),
    ("unlock", OperatorAct::Unlocked),
    ("end-sessions", OperatorAct::SessionsEnded),
    ("free-email", OperatorAct::EmailFreed),
    ("prove-email", OperatorAct::EmailProved),
    ("correct-birth-date", OperatorAct::BirthDateCorrected),
    ("delete", OperatorAct::Deleted),
];

#[tokio::test]
async fn owners_are_mailed_about_every_act_on_their_accounts_and_about_no_look() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    for (name, told) in ACTS {
        let user = app.user().await;
        if name == "enable" {
            act(&app, &admin, &user.id, "disable").await.assert_status(204);
        }
        let before = app.mails_to(&user.email).await.len();
        look(&app, &admin, &user.id).await.assert_status(200);
        let body = match name {
            "correct-birth-date" => json!({"reason": "ticket 42", "birth_date": "1990-05-17"}),
            _ => json!({"reason": "ticket 42"}),
        };
        act_with(&app, &admin, &user.id, name, body).await.assert_status(204);
        let mails = app.mails_to(&user.email).await;
        assert_eq!(mails.len(), before + 1, "{name}");
        let mail = mails.last().unwrap();
        assert_eq!(mail.notification, Notification::ByOperator { act: told });
        assert_eq!(mail.address, None, "{name}: the operator's address is not for the owner");
    }
}

#[tokio::test]
async fn an_act_that_changed_nothing_is_not_mailed() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.proved_user().await;
    for name in ["enable", "prove-email", "correct-birth-date"] {
        act(&app, &admin, &user.id, name).await.assert_status(204);
    }
    assert!(app.mails_to(&user.email).await.is_empty());
}

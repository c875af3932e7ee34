//! Mails about accounts: sent in the background, and none is lost by a shutdown.

use contracts::Language;
use mailer::{Notification, Recipient};

use crate::app::TestApp;

#[actix_web::test]
async fn a_stop_leaves_no_mail_behind_and_links_lead_to_the_issuer() {
    let home = tempfile::tempdir().unwrap();
    let app = TestApp::start_with(|config| config.data_dir = home.path().to_owned()).await;
    for _ in 0..20 {
        let to = Recipient::new("anna@example.org");
        app.state().accounts.mails.notify(to, Language::En, Notification::PasswordSet, None);
    }
    app.running.stop().await.unwrap();
    let files: Vec<_> =
        std::fs::read_dir(home.path().join("mails")).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 20);
    for file in files {
        let mail = std::fs::read_to_string(file).unwrap();
        assert!(mail.contains("To: anna@example.org") && mail.contains("\r\nhttp://auth.test/account\r\n"), "{mail}");
    }
}

//! Mails about accounts: sent in the background, and none is lost by a shutdown.

use auth_service::domain::{ClientLocation, Email};
use auth_service::mails::Notification;
use contracts::Language;

use crate::app::TestApp;

#[actix_web::test]
async fn a_stop_leaves_no_mail_behind_and_links_lead_to_the_issuer() {
    let home = tempfile::tempdir().unwrap();
    let app = TestApp::start_with(|config| config.data_dir = home.path().to_owned()).await;
    let to = Email::parse("anna@example.org").unwrap();
    for _ in 0..20 {
        app.state().mails.notify(&to, Language::En, Notification::PasswordSet, &ClientLocation::default());
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

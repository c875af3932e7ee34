//! Russian and English.

use super::browser::{Browser, PageReply};
use crate::app::TestApp;

const PAGES: [&str; 7] = ["", "/profile", "/security", "/devices", "/history", "/linked", "/delete"];

#[tokio::test]
async fn every_page_speaks_both_languages_and_says_which() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    for page in PAGES {
        let path = format!("/account{page}");
        browser.language = "ru-RU,ru;q=0.9,en;q=0.8";
        let ru = browser.get(&path).await.assert_page(200);
        assert!(ru.contains("<html lang=\"ru\">") && ru.contains("Выйти"), "{ru}");
        assert!(ru.contains(&format!("href=\"{path}?lang=en\"")), "{ru}");
        browser.language = "en-US,en;q=0.5";
        let en = browser.get(&path).await.assert_page(200);
        assert!(en.contains("<html lang=\"en\">") && en.contains("Sign out"), "{en}");
        let cyrillic = en.replace("Русский", "").chars().any(|letter| ('а'..='я').contains(&letter));
        assert!(!cyrillic, "{en}");
    }
}

#[tokio::test]
async fn a_language_that_was_chosen_is_remembered() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let chosen = browser.get("/account/sign-in?lang=ru").await;
    assert!(chosen.assert_page(200).contains("С\u{a0}возвращением"));
    let line = chosen.set_cookies().into_iter().find(|line| line.starts_with("__Host-marquee-lang=ru")).unwrap();
    assert!(line.contains("Secure") && line.contains("SameSite=Lax"), "{line}");
    assert!(browser.get("/account/sign-up").await.assert_page(200).contains("Новый аккаунт"));
    assert!(browser.get("/account/nothing").await.assert_page(404).contains("<html lang=\"ru\">"));
    assert!(browser.get("/account/sign-in?lang=en").await.assert_page(200).contains("Welcome back"));
    assert!(browser.get("/account/sign-in?lang=xx").await.assert_page(200).contains("Welcome back"));
}

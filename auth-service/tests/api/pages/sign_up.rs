//! `/account/sign-up`.

use super::browser::{Browser, PageReply, SESSION};
use crate::app::{TestApp, unique_email};

const PASSWORD: &str = "three cats on a sofa";
const PATH: &str = "/account/sign-up";

#[tokio::test]
async fn a_sign_up_signs_in() {
    let app = TestApp::start().await;
    let (mut browser, email) = (Browser::new(&app), unique_email());
    let fields = [("email", email.as_str()), ("password", PASSWORD), ("name", ""), ("birth_date", ""), ("region", "")];
    browser.fill(PATH, PATH, &fields).await.assert_goes_to("/account");
    assert!(browser.get("/account").await.assert_page(200).contains(&email));
    app.log_in(&email, PASSWORD).await.assert_status(201);
}

#[tokio::test]
async fn errors_are_shown_at_their_fields_and_typed_values_stay() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let fields = [
        ("email", "anna@@example"),
        ("password", "short"),
        ("name", &"x".repeat(65)),
        ("birth_date", "1990-02-30"),
        ("region", "Mars"),
    ];
    let text = browser.fill(PATH, PATH, &fields).await.assert_page(422);
    for id in ["email", "password", "name", "birth", "region"] {
        assert!(text.contains(&format!("id=\"{id}-wrong\"")), "{id} in {text}");
        assert!(text.contains(&format!("aria-describedby=\"{id}-wrong")), "{id} in {text}");
    }
    assert!(text.contains("value=\"anna@@example\"") && !text.contains("value=\"short\""), "{text}");
    assert!(!browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn a_common_password_a_taken_address_and_a_future_birth_date_are_refused() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::new(&app);
    let free = unique_email();
    let common = browser.fill(PATH, PATH, &[("email", &free), ("password", "password1")]).await;
    assert!(common.assert_page(422).contains("id=\"password-wrong\""));
    let taken = browser.fill(PATH, PATH, &[("email", &user.email), ("password", PASSWORD)]).await;
    assert!(taken.assert_page(409).contains("There is an account with this e-mail already"));
    let fields = [("email", free.as_str()), ("password", PASSWORD), ("birth_date", "2999-01-01")];
    assert!(browser.fill(PATH, PATH, &fields).await.assert_page(422).contains("id=\"birth-wrong\""));
}

#[tokio::test]
async fn hostile_names_are_shown_as_what_they_are() {
    let app = TestApp::start().await;
    let (mut browser, email) = (Browser::new(&app), unique_email());
    let name = "\"><img src=x onerror=alert(1)>{{7*7}}";
    let fields = [("email", email.as_str()), ("password", PASSWORD), ("name", name)];
    browser.fill(PATH, PATH, &fields).await.assert_goes_to("/account");
    for page in ["/account", "/account/security", "/account/devices"] {
        let text = browser.get(page).await.assert_page(200);
        assert!(!text.contains("<img") && text.contains("&#60;img src=x onerror=alert(1)&#62;"), "{text}");
        assert!(text.contains("{{7*7}}"), "{text}");
    }
    let wrong = [("email", name), ("password", PASSWORD), ("birth_date", name), ("region", name)];
    let text = Browser::new(&app).fill(PATH, PATH, &wrong).await.assert_page(422);
    assert!(!text.contains("<img"), "{text}");
}

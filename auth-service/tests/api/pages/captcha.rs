//! The account page where apps are asked for a captcha: browsers are not, and guess no faster for it.

use crate::app::unique_email;
use crate::captcha::{WRONG, guess, member, start};
use crate::pages::browser::{Browser, PageReply};

#[tokio::test]
async fn a_browser_is_asked_for_no_captcha_and_guesses_more_slowly() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    let other = member(&app, &captcha, "challenge").await;
    guess(&app, &captcha, &user.email).await;
    let before = captcha.assessed().len();
    let mut browser = Browser::new(&app);
    assert_eq!(browser.sign_in(&user.email, WRONG).await.status, 401);
    let braked = browser.sign_in(&user.email, WRONG).await;
    assert_eq!(braked.status, 429, "{}", braked.text());
    assert!(braked.header("content-type").starts_with("text/html"));
    let mut browser = Browser::new(&app);
    browser.sign_in(&other.email, &other.password).await.assert_goes_to("/account");
    assert_eq!(captcha.assessed().len(), before);
}

#[tokio::test]
async fn a_browser_opens_accounts_while_captcha_service_is_gone_and_not_many() {
    let (app, mut captcha) = start("challenge").await;
    captcha.stop().await;
    for status in [303; 10].into_iter().chain([429]) {
        let email = unique_email();
        let fields = [("email", email.as_str()), ("password", "three cats on a sofa")];
        let mut browser = Browser::new(&app);
        let reply = browser.fill("/account/sign-up", "/account/sign-up", &fields).await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
}

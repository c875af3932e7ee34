//! Links of mails: programs that scan mails open them, fetch their headers and press their buttons, and change nothing.

use reqwest::Method;

use super::support::NEW_PASSWORD;
use crate::app::TestApp;
use crate::pages::browser::{Browser, PageReply};

#[tokio::test]
async fn opening_a_link_by_get_or_head_changes_nothing_however_often() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let signed_in = app.signed_in(&user).await;
    app.ask_proof(&signed_in).await.assert_status(202);
    let proof = app.link_to(&user.email).await;
    app.ask_reset(&user.email).await;
    let reset = app.link_to(&user.email).await;
    let mut scanner = Browser::new(&app);
    for link in [&proof, &reset] {
        for _ in 0..3 {
            scanner.get(link).await.assert_page(200);
            scanner.fetch_ahead(Method::HEAD, link, &[]).await;
        }
    }
    assert!(!app.is_proved(&signed_in).await);
    app.log_in(&user.email, &user.password).await.assert_status(201);

    let mut owner = Browser::new(&app);
    let page = owner.get(&reset).await;
    let fields = [("link", page.hidden("link")), ("password", NEW_PASSWORD.to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    owner
        .post("/account/reset", &page.form_token(), &fields)
        .await
        .assert_goes_to("/account/sign-in?done=password-reset");
    app.log_in(&user.email, NEW_PASSWORD).await.assert_status(201);
    owner.get(&reset).await.assert_page(400);
}

#[tokio::test]
async fn a_link_of_a_proof_pressed_in_another_browser_shows_the_code_and_proves_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut asker = Browser::signed_in(&app, &user).await;
    let token = asker.get("/account/email").await.form_token();
    asker.post("/account/email/proof", &token, &[]).await.assert_goes_to("/account/email?done=code-sent");
    let (link, code) = (app.link_to(&user.email).await, app.code_to(&user.email).await);

    let mut elsewhere = Browser::new(&app);
    assert!(elsewhere.get(&link).await.assert_page(200).contains(&code));
    // A session of the same account that did not ask.
    let mut second = Browser::signed_in(&app, &user).await;
    let page = second.get(&link).await;
    assert!(page.assert_page(200).contains(&code));
    let secret = link.split_once("link=").unwrap().1;
    let token = second.get("/account/email").await.form_token();
    second.post("/account/email/confirm-link", &token, &[("link", secret)]).await.assert_page(400);

    let page = asker.get(&link).await;
    assert!(!page.text().contains(&code));
    let (token, secret) = (page.form_token(), page.hidden("link"));
    asker
        .post("/account/email/confirm-link", &token, &[("link", &secret)])
        .await
        .assert_goes_to("/account/email?done=email-proved");
    assert!(asker.get("/account/email").await.assert_page(200).contains("<span class=\"tag\">confirmed</span>"));
}

#[tokio::test]
async fn a_link_that_a_mail_program_cut_is_answered_with_a_page_that_says_so() {
    let app = TestApp::start().await;
    let user = app.user().await;
    app.ask_reset(&user.email).await;
    let link = app.link_to(&user.email).await;
    let mut browser = Browser::new(&app);
    for cut in
        [&link[..link.len() - 1], "/account/reset/new", "/account/reset/new?link=", "/account/email/confirm?link=x"]
    {
        let text = browser.get(cut).await.assert_page(400);
        assert!(text.contains("cut off"), "{cut}");
    }
}

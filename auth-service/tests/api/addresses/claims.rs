//! "Not me": the owner of a mailbox frees an address that another user typed.

use serde_json::json;

use crate::app::TestApp;
use crate::pages::browser::{Browser, PageReply};

#[tokio::test]
async fn the_page_of_a_mail_frees_a_claimed_address_when_its_owner_types_it() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let signed_in = app.signed_in(&user).await;
    app.ask_proof(&signed_in).await.assert_status(202);
    let mails = app.mails_to(&user.email).await;
    let link = mails[0].not_me.as_ref().unwrap().url("/account");

    let mut browser = Browser::new(&app);
    let page = browser.get(&link).await;
    let (token, secret) = (page.form_token(), page.hidden("link"));
    // A program that presses the button does not know the address.
    browser.post("/account/not-me", &token, &[("link", &secret), ("email", "")]).await.assert_page(400);
    assert_eq!(app.me(&signed_in.access).await.assert_status(200)["user"]["email"], user.email.as_str());
    browser.post("/account/not-me", &token, &[("link", &secret), ("email", &user.email)]).await.assert_page(200);

    let me = app.me(&signed_in.access).await.assert_status(200);
    assert_eq!((&me["user"]["email"], &me["email_proved"]), (&json!(null), &json!(false)));
    let body = json!({"email": user.email, "password": "three cats on a sofa"});
    app.post("/api/v1/users").json(&body).send().await.assert_status(201);
}

#[tokio::test]
async fn a_proved_address_is_not_freed() {
    let app = TestApp::start().await;
    let (user, signed_in) = app.mailbox_owner().await;
    let mails = app.mails_to(&user.email).await;
    let link = mails[0].not_me.as_ref().unwrap().url("/account");
    let mut browser = Browser::new(&app);
    let page = browser.get(&link).await;
    let fields = [("link", page.hidden("link")), ("email", user.email.clone())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/account/not-me", &page.form_token(), &fields).await.assert_page(400);
    assert!(app.is_proved(&signed_in).await);
}

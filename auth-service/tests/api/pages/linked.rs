//! `/account/linked`.

use uuid::Uuid;

use super::browser::{Browser, PageReply, SESSION};
use super::provider::providers;
use super::social::{link, sign_in_with_provider, start_social};
use crate::app::{TestApp, unique_email};

const LINKED: &str = "/account/linked?done=linked";

/// The address that unlinks the first linked account on the page.
async fn unlink_action(browser: &mut Browser<'_>) -> String {
    let text = browser.get("/account/linked").await.assert_page(200);
    let (before, _) = text.split_once("/unlink\"").expect("something is linked");
    format!("{}/unlink", before.rsplit_once("action=\"").unwrap().1)
}

#[tokio::test]
async fn an_account_is_linked_signs_in_and_is_unlinked() {
    let app = TestApp::start_offering(providers()).await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    assert!(browser.get("/account/linked").await.assert_page(200).contains("Nothing is linked yet."));
    link(&mut browser, "vera").await.assert_goes_to(LINKED);
    let text = browser.get(LINKED).await.assert_page(200);
    assert!(text.contains("The account is linked.") && text.contains("&#60;i&#62;vera"), "{text}");

    let mut other = Browser::new(&app);
    sign_in_with_provider(&mut other, "vera").await.assert_goes_to("/account");
    assert!(other.get("/account").await.assert_page(200).contains(&user.email));

    let action = unlink_action(&mut browser).await;
    browser.fill("/account/linked", &action, &[]).await.assert_goes_to("/account/linked?done=unlinked");
    browser.fill("/account/linked", &action, &[]).await.assert_page(404);
}

#[tokio::test]
async fn the_last_sign_in_method_is_kept_until_there_is_a_password() {
    let app = TestApp::start_offering(providers()).await;
    let mut browser = Browser::new(&app);
    sign_in_with_provider(&mut browser, "vera").await.assert_goes_to("/account");
    let action = unlink_action(&mut browser).await;
    let kept = browser.fill("/account/linked", &action, &[]).await;
    assert!(kept.assert_page(409).contains("Set a password or link another account first"));

    let (path, email) = ("/account/security/first", unique_email());
    assert!(browser.get("/account/security").await.assert_page(200).contains("name=\"email\""));
    let taken = app.user().await.email;
    for (email, password, status, field) in [
        ("", "nine owls in a tall tree", 422, "email-wrong"),
        ("x", "nine owls in a tall tree", 422, "email-wrong"),
        (taken.as_str(), "nine owls in a tall tree", 409, "email-wrong"),
        (email.as_str(), "password1", 422, "new-wrong"),
        (email.as_str(), "short", 422, "new-wrong"),
    ] {
        let fields = [("email", email), ("new_password", password)];
        let text = browser.fill("/account/security", path, &fields).await.assert_page(status);
        assert!(text.contains(&format!("id=\"{field}\"")), "{text}");
        assert!(text.contains("href=\"/account/security?lang=ru\""), "{text}");
    }
    let fields = [("email", email.as_str()), ("new_password", "nine owls in a tall tree")];
    browser.fill("/account/security", path, &fields).await.assert_goes_to("/account/security?done=password-set");
    browser.fill("/account/linked", &action, &[]).await.assert_goes_to("/account/linked?done=unlinked");
    app.log_in(&email, "nine owls in a tall tree").await.assert_status(201);
}

#[tokio::test]
async fn an_identity_of_another_account_can_be_neither_linked_nor_unlinked() {
    let app = TestApp::start_offering(providers()).await;
    let mut owner = Browser::signed_in(&app, &app.user().await).await;
    link(&mut owner, "vera").await.assert_goes_to(LINKED);
    let action = unlink_action(&mut owner).await;
    let mut other = Browser::signed_in(&app, &app.user().await).await;
    assert!(link(&mut other, "vera").await.assert_page(409).contains("Linked to somebody else"));
    for action in [action, format!("/account/social/{}/unlink", Uuid::now_v7()), "/account/social/x/unlink".into()] {
        other.fill("/account/linked", &action, &[]).await.assert_page(404);
    }
    unlink_action(&mut owner).await;
}

#[tokio::test]
async fn a_link_is_finished_in_the_session_that_began_it() {
    let app = TestApp::start_offering(providers()).await;
    let (user, other) = (app.user().await, app.user().await);
    let mut browser = Browser::signed_in(&app, &user).await;
    let state = start_social(&mut browser, "/account/linked", "/account/social/stub/link").await;
    let (name, ticket) = browser.cookies_of("__Host-marquee-social-").remove(0);
    let back = format!("/account/social/stub/callback?code=vera&state={state}");

    let mut forced = Browser::signed_in(&app, &other).await;
    forced.cookies.insert(name.clone(), ticket.clone());
    forced.get(&back).await.assert_page(400);
    let mut stranger = Browser::new(&app);
    for value in [ticket.clone(), ticket.replace("link.", "sign-in.")] {
        stranger.cookies.insert(name.clone(), value);
        stranger.get(&back).await.assert_page(400);
        assert!(!stranger.cookies.contains_key(SESSION));
    }
    browser.get(&back).await.assert_goes_to(LINKED);
    browser.get(&back).await.assert_goes_to("/account");
}

#[tokio::test]
async fn linked_accounts_are_offered_only_where_there_is_a_provider() {
    let (with, without) = (TestApp::start_offering(providers()).await, TestApp::start().await);
    for (app, offered) in [(&with, true), (&without, false)] {
        let mut browser = Browser::signed_in(app, &app.user().await).await;
        for (page, mark) in [
            ("", "href=\"/account/linked\""),
            ("/devices", "href=\"/account/linked\""),
            ("/security", "name=\"unlink\""),
        ] {
            let text = browser.get(&format!("/account{page}")).await.assert_page(200);
            assert_eq!(text.contains(mark), offered, "{page}: {text}");
        }
    }
}

#[tokio::test]
async fn signing_out_everywhere_offers_to_unlink_all() {
    let app = TestApp::start_offering(providers()).await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    link(&mut browser, "vera").await.assert_goes_to(LINKED);
    app.signed_in(&user).await;
    assert!(browser.get("/account/devices").await.assert_page(200).contains("name=\"unlink\""));
    let reply = browser.fill("/account/devices", "/account/devices/sign-out-others", &[("unlink", "yes")]).await;
    reply.assert_goes_to("/account/devices?done=others-ended");
    assert!(browser.get("/account/linked").await.assert_page(200).contains("Nothing is linked yet."));
}

//! `/account/admin`.

use std::time::Duration;

use serde_json::json;
use service_kit::testing::TestReply;

use super::browser::{Browser, PageReply};
use crate::administration::events;
use crate::app::{TestApp, TestUser};

const ADMIN: &str = "/account/admin";

/// Searches for an account on the operators' page.
async fn find(browser: &mut Browser<'_>, who: &str, reason: &str) -> TestReply {
    browser.fill(ADMIN, "/account/admin/find", &[("who", who), ("reason", reason)]).await
}

/// Presses a button on the page of an account.
async fn press(browser: &mut Browser<'_>, user: &TestUser, act: &str, more: &[(&str, &str)]) -> TestReply {
    let shown = find(browser, &user.email, "ticket 42").await;
    let shown = if shown.status == 200 { shown } else { find(browser, &user.id, "ticket 42").await };
    let fields = [&[("reason", "ticket 42")], more].concat();
    browser.post(&format!("/account/admin/users/{}/{act}", user.id), &shown.form_token(), &fields).await
}

#[tokio::test]
async fn only_operators_see_the_page_and_its_link() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    assert!(!browser.get("/account").await.assert_page(200).contains(ADMIN));
    browser.get(ADMIN).await.assert_page(403);
    let token = browser.get("/account/devices").await.form_token();
    for act in ["find", "audit", &format!("users/{}/disable", user.id)] {
        browser.post(&format!("{ADMIN}/{act}"), &token, &[("reason", "x"), ("who", &user.id)]).await.assert_page(403);
    }
    Browser::new(&app).get(ADMIN).await.assert_asks_to_sign_in();
    let (boss, admin) = app.admin().await;
    let mut browser = Browser::signed_in(&app, &boss).await;
    assert!(browser.get("/account").await.assert_page(200).contains(ADMIN));
    browser.get(ADMIN).await.assert_page(200);
    assert!(events(&app, &admin, "").await.is_empty());
}

#[tokio::test]
async fn an_account_is_found_by_email_or_id_and_the_look_is_recorded() {
    let app = TestApp::start().await;
    let (boss, admin) = app.admin().await;
    let user = app.user_with(json!({"display_name": "<b>Anna</b>"})).await;
    let mut browser = Browser::signed_in(&app, &boss).await;
    for who in [user.email.to_uppercase(), format!(" {} ", user.id)] {
        let text = find(&mut browser, &who, "ticket 42").await.assert_page(200);
        assert!(text.contains(&user.email) && text.contains(&user.id) && text.contains("&#60;b&#62;Anna"), "{text}");
    }
    let recorded = events(&app, &admin, &format!("&user_id={}", user.id)).await;
    let acts: Vec<_> = recorded.iter().rev().map(|event| (&event["action"], &event["channel"])).collect();
    assert_eq!(json!(acts), json!([["find_users", "page"], ["get_user", "page"], ["get_user", "page"]]));
    for (who, reason, status, message) in [
        (user.email.as_str(), "", 422, "Please give a reason"),
        ("nobody@example.org", "x", 404, "There is no such account"),
        ("0197b2b0-0000-7000-8000-000000000000", "x", 404, "There is no such account"),
        ("nobody", "x", 422, "neither an e-mail nor an id"),
    ] {
        let text = find(&mut browser, who, reason).await.assert_page(status);
        assert!(text.contains(message) && !text.contains("ticket 42"), "{text}");
    }
}

#[tokio::test]
async fn every_button_acts_and_shows_the_account_as_it_is_then() {
    let app = TestApp::start().await;
    let (boss, admin) = app.admin().await;
    let user = app.user().await;
    let tokens = app.signed_in(&user).await;
    let mut browser = Browser::signed_in(&app, &boss).await;
    for (act, more, expected) in [
        ("unlock", &[][..], "Done."),
        ("prove-email", &[], "(proved)"),
        ("assign-role", &[("role", "editor")], "editor"),
        ("revoke-role", &[("role", "editor")], "Done."),
        ("correct-birth-date", &[("birth_date", "1990-05-17")], "17 May 1990"),
        ("end-sessions", &[], "Done."),
        ("disable", &[], "disabled"),
        ("enable", &[], "active"),
        ("look", &[], "Devices and sessions"),
        ("free-email", &[], "<dt>E-mail</dt><dd><bdi>not given"),
    ] {
        let text = press(&mut browser, &user, act, more).await.assert_page(200);
        assert!(text.contains(expected), "{act}: {text}");
    }
    assert!(!app.is_active(&tokens.access).await);
    for (act, more, status, message) in [
        ("free-email", &[][..], 409, "the account has no e-mail"),
        ("correct-birth-date", &[("birth_date", "1812-05-17")], 422, "between 1900 and today"),
        ("assign-role", &[("role", "king")], 404, "there is no such role"),
        ("delete", &[], 422, "tick the box"),
    ] {
        let text = press(&mut browser, &user, act, more).await.assert_page(status);
        assert!(text.contains(message), "{act}: {text}");
    }
    let text = press(&mut browser, &user, "delete", &[("confirm", "yes")]).await.assert_page(200);
    assert!(text.contains("The account is deleted."), "{text}");
    press(&mut browser, &user, "crown", &[]).await.assert_page(404);
    let text = press(&mut browser, &boss, "disable", &[]).await.assert_page(409);
    assert!(text.contains("do not disable themselves"), "{text}");
    let recorded = events(&app, &admin, &format!("&user_id={}", user.id)).await;
    assert!(recorded.iter().all(|event| event["reason"] == "ticket 42" && event["channel"] == "page"), "{recorded:?}");
    assert!(recorded.iter().any(|event| event["action"] == "delete_user" && event["outcome"] == "done"));
}

#[tokio::test]
async fn after_ten_minutes_the_operator_signs_in_again() {
    let app = TestApp::start().await;
    let (boss, _) = app.admin().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &boss).await;
    let token = find(&mut browser, &user.email, "ticket 42").await.form_token();
    app.advance(Duration::from_secs(601));
    browser.get(ADMIN).await.assert_page(403);
    let path = format!("/account/admin/users/{}/disable", user.id);
    browser.post(&path, &token, &[("reason", "ticket 42")]).await.assert_page(403);
    app.signed_in(&user).await;
}

#[tokio::test]
async fn audit_events_are_shown_page_by_page() {
    let app = TestApp::start().await;
    let (boss, _) = app.admin().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &boss).await;
    for _ in 0..30 {
        press(&mut browser, &user, "unlock", &[]).await.assert_page(200);
    }
    let fields = [("reason", "<i>review</i>"), ("who", user.id.as_str())];
    let first = browser.fill(ADMIN, "/account/admin/audit", &fields).await;
    let text = first.assert_page(200);
    assert!(text.contains("unlock_user") && text.contains("ticket 42") && text.contains(&boss.id), "{text}");
    let more = [fields[0], fields[1], ("cursor", &first.hidden("cursor"))];
    let text = browser.post("/account/admin/audit", &first.form_token(), &more).await.assert_page(200);
    assert!(text.contains("unlock_user") && !text.contains("<i>"), "{text}");
    for (field, value) in [("reason", ""), ("who", "x"), ("cursor", "x")] {
        let fields = [("reason", "x"), ("who", ""), ("cursor", "")];
        let fields = fields.map(|(name, given)| (name, if name == field { value } else { given }));
        let status = browser.fill(ADMIN, "/account/admin/audit", &fields).await.status.as_u16();
        assert!([400, 422].contains(&status), "{field}: {status}");
    }
}

//! Programs that scan mails: they open links, follow redirects, fetch headers, prefetch, and press every button that they
//! find, with whatever they type. Nothing of an account changes (FusionAuth#629, outline#9227, next-auth#1840).

use reqwest::Method;
use serde_json::{Value, json};
use service_kit::testing::TestReply;

use super::support::link_of;
use crate::app::{SignedIn, TestApp, TestUser, unique_email};
use crate::pages::browser::{Browser, PageReply};

/// A form of a page: its action, and the names and values of its fields.
struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

fn attribute(tag: &str, name: &str) -> String {
    let rest = tag.split_once(&format!(" {name}=\"")).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// All forms of a page but those that need no link to be found: of the sign-in and of the language.
fn forms(text: &str) -> Vec<Form> {
    let forms = text.split("<form ").skip(1).map(|form| form.split("</form>").next().unwrap());
    forms
        .map(|form| Form {
            action: attribute(&format!(" {form}"), "action"),
            fields: form
                .split("<input ")
                .skip(1)
                .map(|input| format!(" {}", input.split('>').next().unwrap()))
                .map(|input| (attribute(&input, "name"), attribute(&input, "value")))
                .collect(),
        })
        .collect()
}

/// What a scanner types into an empty field.
fn typed(name: &str, text: &str) -> String {
    match (name, text) {
        ("email", "") => "scanner@example.org".to_owned(),
        ("code", "") => "12345678".to_owned(),
        (_, text) => text.to_owned(),
    }
}

async fn press_all(scanner: &mut Browser<'_>, page: &TestReply) -> usize {
    let forms = forms(&page.text());
    for form in &forms {
        let filled: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), typed(name, value))).collect();
        let empty: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        for fields in [empty, filled] {
            let token = fields.iter().find(|(name, _)| *name == "form_token").map(|(_, value)| value.clone());
            let more: Vec<_> = fields.iter().filter(|(name, _)| *name != "form_token").collect();
            let more: Vec<_> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
            scanner.post(&form.action, &token.unwrap_or_default(), &more).await;
        }
    }
    forms.len()
}

/// Opens a link as scanners do; returns the number of buttons that were pressed.
async fn scan(app: &TestApp, link: &str) -> usize {
    let mut pressed = 0;
    for prefetch in [&[][..], &[("sec-purpose", "prefetch")], &[("purpose", "prefetch"), ("x-moz", "prefetch")]] {
        let mut scanner = Browser::new(app);
        scanner.fetch_ahead(Method::HEAD, link, prefetch).await;
        let mut page = scanner.fetch_ahead(Method::GET, link, prefetch).await;
        // At most as many redirects as browsers follow.
        for _ in 0..20 {
            if !page.status.is_redirection() {
                break;
            }
            page = scanner.get(page.header("location")).await;
        }
        pressed += press_all(&mut scanner, &page).await;
        scanner.get(link).await;
    }
    pressed
}

/// All links in the mails to an address.
async fn links(app: &TestApp, email: &str) -> Vec<String> {
    let mails = app.mails_to(email).await;
    let not_me = mails.iter().filter_map(|mail| mail.not_me.as_ref().map(|link| link.url("/account")));
    mails.iter().filter_map(link_of).chain(not_me).collect()
}

/// What a scanner must not change: the account as its owner sees it, and the rows of codes and pending changes.
async fn state(app: &TestApp, user: &TestUser, who: &SignedIn) -> Value {
    let me = app.me(&who.access).await.assert_status(200);
    app.log_in(&user.email, &user.password).await.assert_status(201);
    let spent = app.number("SELECT count(*) FROM mail_codes WHERE spent_at IS NOT NULL").await;
    let open = app.number("SELECT count(*) FROM mail_codes WHERE spent_at IS NULL").await;
    json!([me, spent, open, app.number("SELECT count(*) FROM email_changes").await])
}

#[tokio::test]
async fn scanning_every_link_of_every_mail_changes_nothing_and_the_links_work_afterwards() {
    let app = TestApp::start().await;
    let claimant = app.user().await;
    let claim = app.signed_in(&claimant).await;
    app.ask_proof(&claim).await.assert_status(202);
    app.ask_reset(&claimant.email).await;
    let (owner, session) = app.mailbox_owner().await;
    app.ask_reset(&owner.email).await;
    let to = unique_email();
    app.ask_change(&session, &to).await.assert_status(202);
    let code = app.code_to(&to).await;
    app.confirm_change(&session, json!({"code": code})).await.assert_status(204); // it waits for a week

    let all = [links(&app, &claimant.email).await, links(&app, &owner.email).await].concat();
    for part in ["email/confirm?link=", "reset/new?link=", "email/undo?link=", "not-me?claim="] {
        assert!(all.iter().any(|link| link.contains(part)), "{part} in {all:?}");
    }
    let before = [state(&app, &claimant, &claim).await, state(&app, &owner, &session).await];
    let mut pressed = 0;
    for link in &all {
        pressed += scan(&app, link).await;
    }
    assert!(pressed >= all.len(), "{pressed} buttons");
    assert_eq!([state(&app, &claimant, &claim).await, state(&app, &owner, &session).await], before);

    let undo = all.iter().rev().find(|link| link.contains("email/undo")).unwrap();
    let mut browser = Browser::new(&app);
    let page = browser.get(undo).await;
    let (token, secret) = (page.form_token(), page.hidden("link"));
    browser.post("/account/email/undo", &token, &[("link", &secret), ("email", &owner.email)]).await.assert_page(200);
    assert_eq!(app.number("SELECT count(*) FROM email_changes").await, 0);
}

#[tokio::test]
async fn scanning_the_link_to_a_former_mailbox_undoes_no_change() {
    let app = TestApp::start().await;
    let (owner, session) = app.mailbox_owner().await;
    let to = unique_email();
    app.ask_change(&session, &to).await.assert_status(202);
    let (code, present) = (app.code_to(&to).await, app.code_to(&owner.email).await);
    app.confirm_change(&session, json!({"code": code, "present_code": present})).await.assert_status(204);
    for link in links(&app, &owner.email).await {
        scan(&app, &link).await;
    }
    app.log_in(&to, &owner.password).await.assert_status(201);
    app.me(&session.access).await.assert_status(200);
}

#[tokio::test]
async fn a_scanner_that_changes_a_link_or_cuts_it_gets_a_page_and_the_link_still_works() {
    let app = TestApp::start().await;
    let user = app.user().await;
    app.ask_reset(&user.email).await;
    let link = app.link_to(&user.email).await;
    let mut browser = Browser::new(&app);
    let (path, secret) = link.split_once("link=").unwrap();
    for changed in [
        format!("{path}link={}", secret.to_lowercase()),
        format!("{path}link={}", secret.to_uppercase()),
        // The id of the link, and another secret.
        format!("{path}link={}{}", &secret[..24], secret[24..].to_lowercase()),
        format!("{path}link={}{}", &secret[..24], secret[24..].to_uppercase()),
        format!("{path}link={}", &secret[..63]),
        format!("{path}link={}", &secret[..30]),
        format!("{path}link={secret}."),
        format!("{path}link={secret}%3E"),
        format!("{path}link=3D{secret}"),
        format!("{path}link=%20"),
        path.to_owned(),
    ] {
        let text = browser.get(&changed).await.assert_page(400);
        assert!(text.contains("cut off"), "{changed}");
    }
    for kept in [format!("{link}&utm_source=mail"), format!("{link}%20"), format!("{link}#top")] {
        browser.get(&kept).await.assert_page(200);
    }
    browser.get(&link).await.assert_page(200);
}

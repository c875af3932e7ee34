//! No reply shows whether an address has an account: for every address bodies and headers are equal, and so is the work
//! on the queue of mails. After its captcha a sign-up says that an address is taken: `users/sign_up.rs`.

use reqwest::Method;
use serde_json::{Value, json};
use service_kit::testing::TestReply;

use super::support::NEW_PASSWORD;
use crate::app::{SignedIn, TestApp, unique_email};
use crate::captcha::WRONG;
use crate::captcha::stand_in::StandIn;
use crate::limits::limited;
use crate::pages::browser::{Browser, PageReply};
use crate::social::support::{Cinema, person};

const RESETS: &str = "/api/v1/password-resets";
/// A code that is wrong but for one case in 10^8.
const GUESS: &str = "00000000";
/// A link of the right shape.
const MADE_UP: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Requests that need no session, with their status.
const DOORS: [(&str, u16); 10] = [
    ("sign-in", 401),
    ("reset", 202),
    ("another code of a reset", 202),
    ("wrong code", 400),
    ("common password with a wrong code", 400),
    ("sign-in page", 401),
    ("page of a forgotten password", 200),
    ("wrong code on its page", 400),
    ("not me", 400),
    ("undo", 400),
];

/// Requests of a signed-in user about another address, with their status.
const CHANGES: [(&str, u16); 5] = [
    ("change", 202),
    ("pending change", 200),
    ("wrong code of a change", 400),
    ("change on the page", 303),
    ("page of a pending change", 200),
];

/// What a client sees of a reply.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// Reads a reply without its date, its ids, the texts of its request, and the seconds until a limit is full again.
fn seen(reply: &TestReply, own: &[&str]) -> Seen {
    let (text, json) = (reply.text(), serde_json::from_slice::<Value>(&reply.body).unwrap_or_default());
    let mut ids: Vec<String> = own.iter().map(|&text| text.to_owned()).collect();
    for name in ["request_id", "reset_id", "form_token"] {
        ids.extend(json[name].as_str().map(str::to_owned));
        let field = format!("name=\"{name}\" value=\"");
        ids.extend(text.split(&field).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    }
    let body = ids.iter().filter(|id| !id.is_empty()).fold(text.clone(), |body, id| body.replace(id, "…"));
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), without_times(value.to_str().unwrap())))
        .collect();
    headers.sort();
    Seen { status: reply.status.as_u16(), headers, body }
}

/// `"log_in";r=59;t=2` without the 2.
fn without_times(value: &str) -> String {
    let mut parts = value.split(";t=");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |whole, part| whole + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// An address without an account, and one of each kind of account.
async fn addresses(app: &TestApp) -> Vec<(&'static str, String)> {
    let (claimed, disabled, (proved, _)) = (app.user().await, app.user().await, app.mailbox_owner().await);
    app.home.sql(&format!("UPDATE users SET status = 1 WHERE email_norm = '{}'", disabled.email)).await;
    let known = [("claimed", claimed.email), ("disabled", disabled.email), ("proved", proved.email)];
    [("unknown", unique_email())].into_iter().chain(known).collect()
}

/// Asserts that each reply is that for the first address.
fn assert_alike(door: &str, replies: &[(&str, Seen)], status: u16) {
    for (kind, reply) in replies {
        assert_eq!(reply.status, status, "{door}, {kind}: {}", reply.body);
        assert_eq!(reply, &replies[0].1, "{door}: {kind} differs from {}", replies[0].0);
    }
}

async fn ask(app: &TestApp, door: &str, email: &str, from: &str) -> TestReply {
    let post = |path: &str, body: Value| app.post(path).header("x-forwarded-for", from).json(&body).send();
    let reset = async || {
        let body = post(RESETS, json!({"email": email})).await.assert_status(202);
        body["reset_id"].as_str().unwrap().to_owned()
    };
    let guess = async |password: &str| {
        let body = json!({"code": GUESS, "password": password});
        post(&format!("{RESETS}/{}", reset().await), body).await
    };
    match door {
        "sign-in" => post("/api/v1/sessions", json!({"email": email, "password": WRONG})).await,
        "reset" => post(RESETS, json!({"email": email})).await,
        "another code of a reset" => post(RESETS, json!({"email": email, "reset_id": reset().await})).await,
        "wrong code" => guess(NEW_PASSWORD).await,
        "common password with a wrong code" => guess("password1").await,
        page => ask_page(app, page, email, from).await,
    }
}

async fn ask_page(app: &TestApp, door: &str, email: &str, from: &str) -> TestReply {
    let mut browser = Browser::new(app);
    browser.form_headers.push(("x-forwarded-for", from.to_owned()));
    let forgotten = "/account/forgotten";
    let link = [("link", MADE_UP), ("email", email)];
    match door {
        "sign-in page" => browser.sign_in(email, WRONG).await,
        "not me" => browser.fill(forgotten, "/account/not-me", &link).await,
        "undo" => browser.fill(forgotten, "/account/email/undo", &link).await,
        "page of a forgotten password" => browser.fill(forgotten, forgotten, &[("email", email)]).await,
        _ => {
            let asked = browser.fill(forgotten, forgotten, &[("email", email)]).await;
            let (token, id) = (asked.form_token(), asked.hidden("reset_id"));
            let fields = [("reset_id", id.as_str()), ("email", email), ("code", GUESS), ("password", NEW_PASSWORD)];
            browser.post("/account/reset", &token, &fields).await
        }
    }
}

#[tokio::test]
async fn no_reply_without_a_session_shows_whether_an_address_has_an_account() {
    let app = TestApp::start_with(limited("", None)).await;
    let addresses = addresses(&app).await;
    for (row, (door, status)) in DOORS.into_iter().enumerate() {
        let mut replies = Vec::new();
        for (column, (kind, email)) in addresses.iter().enumerate() {
            let reply = ask(&app, door, email, &format!("198.18.{row}.{column}")).await;
            replies.push((*kind, seen(&reply, &[email])));
        }
        assert_alike(door, &replies, status);
    }
}

async fn ask_signed_in(app: &TestApp, door: &str, email: &str) -> (TestReply, String) {
    let user = app.user().await;
    let reply = match door {
        "change" | "pending change" | "wrong code of a change" => {
            let who = app.signed_in(&user).await;
            let asked = app.ask_change(&who, email).await;
            match door {
                "change" => asked,
                "pending change" => app.get("/api/v1/me").bearer(&who.access).send().await,
                _ => app.confirm_change(&who, json!({"code": GUESS})).await,
            }
        }
        _ => {
            let mut browser = Browser::signed_in(app, &user).await;
            let asked = browser.fill("/account/email", "/account/email/change", &[("email", email)]).await;
            if door == "change on the page" { asked } else { browser.get("/account/email").await }
        }
    };
    (reply, user.email)
}

#[tokio::test]
async fn no_reply_about_a_change_shows_whether_the_new_address_has_an_account() {
    let app = TestApp::start().await;
    let addresses = addresses(&app).await;
    for (door, status) in CHANGES {
        let mut replies = Vec::new();
        for (kind, email) in &addresses {
            let (reply, own) = ask_signed_in(&app, door, email).await;
            let json = serde_json::from_slice::<Value>(&reply.body).unwrap_or_default();
            let id = json["user"]["id"].as_str().unwrap_or_default();
            replies.push((*kind, seen(&reply, &[email, &own, id])));
        }
        assert_alike(door, &replies, status);
    }
}

#[tokio::test]
async fn mails_are_enqueued_alike_for_every_address() {
    let app = TestApp::start().await;
    let addresses = addresses(&app).await;
    let doors = ["reset", "another code of a reset", "page of a forgotten password", "change", "change on the page"];
    for door in doors {
        let mut work = Vec::new();
        for (_, email) in &addresses {
            let count = async |table: &str| app.number(&format!("SELECT count(*) FROM {table}")).await;
            let before = (count("mails").await, count("mail_codes").await);
            match CHANGES.iter().any(|(name, _)| *name == door) {
                true => drop(ask_signed_in(&app, door, email).await),
                false => drop(ask(&app, door, email, "198.18.0.1").await),
            }
            work.push((count("mails").await - before.0, count("mail_codes").await - before.1));
            app.home.sql("DELETE FROM mails").await; // each has its whole budget
        }
        assert!(work[0].0 > 0 && work.iter().all(|one| *one == work[0]), "{door}: {work:?} of {addresses:?}");
    }
}

#[tokio::test]
async fn before_its_captcha_a_sign_up_and_a_first_password_show_nothing_of_an_address() {
    let captcha = StandIn::start("challenge");
    let cinema = Cinema::start_with(captcha.settings()).await;
    let known = unique_email();
    crate::captcha::sign_up_passed(&cinema, &captcha, json!({"email": known})).await.assert_status(201);
    captcha.decides("challenge");
    let (_, newcomer) = cinema.sign_in_as("google", person("without an address")).await;
    let (mut sign_ups, mut first) = (Vec::new(), Vec::new());
    for (kind, email) in [("unknown", unique_email()), ("known", known)] {
        let body = json!({"email": email, "password": NEW_PASSWORD});
        let reply = cinema.post("/api/v1/users").json(&body).send().await;
        sign_ups.push((kind, seen(&reply, &[&email])));
        first.push((kind, seen(&cinema.set_password(&newcomer, body).await, &[&email])));
    }
    assert_alike("sign-up", &sign_ups, 403);
    assert_alike("first password", &first, 403);
}

async fn ask_own(app: &TestApp, door: &str, who: &SignedIn) -> TestReply {
    match door {
        "proof" => app.ask_proof(who).await,
        "wrong code" => app.confirm_email(who, GUESS).await,
        _ => app.request(Method::DELETE, "/api/v1/me/email/change").bearer(&who.access).send().await,
    }
}

/// A mailbox that gets no more mails, a code that was never asked for, a change that does not exist.
#[tokio::test]
async fn a_reply_about_the_own_address_does_not_show_whether_a_mail_was_sent() {
    let app = TestApp::start().await;
    let (fresh, asked, flooded) = (app.user().await, app.user().await, app.user().await);
    let [fresh, asked, flooded] =
        [app.signed_in(&fresh).await, app.signed_in(&asked).await, app.signed_in(&flooded).await];
    app.ask_proof(&asked).await.assert_status(202);
    app.ask_change(&asked, &unique_email()).await.assert_status(202);
    for _ in 0..4 {
        app.ask_proof(&flooded).await.assert_status(202);
    }
    for (door, status) in [("wrong code", 400), ("cancel", 204), ("proof", 202)] {
        let mut replies = Vec::new();
        for (kind, who) in [("fresh", &fresh), ("asked", &asked), ("flooded", &flooded)] {
            replies.push((kind, seen(&ask_own(&app, door, who).await, &[])));
        }
        assert_alike(door, &replies, status);
    }
}

//! Ways around the budgets of sign-ins and resets: other addresses of one network, other spellings of an address or of a
//! login, and headers that name another client.

use std::time::Duration;

use serde_json::json;
use service_kit::testing::TestReply;

use crate::app::{TestApp, unique_email};
use crate::captcha::WRONG;
use crate::limits::{limited, limited_behind};

/// Three of each, so that the fourth is refused.
const THREE: &str = "policies.log_in_guess.quota = '3/3h'\npolicies.password_resets.quota = '3/3h'";

/// A way to name the client: header and value.
type Named<'a> = (&'a str, &'a str);

async fn sign_in(app: &TestApp, email: &str, (header, value): Named<'_>) -> TestReply {
    let body = json!({"email": email, "password": WRONG});
    app.post("/api/v1/sessions").header(header, value).json(&body).send().await
}

async fn reset(app: &TestApp, email: &str, (header, value): Named<'_>) -> TestReply {
    app.post("/api/v1/password-resets").header(header, value).json(&json!({"email": email})).send().await
}

/// Asserts that these names are one client at the sign-in and at the reset, and that `another` is a client of its own.
async fn assert_one_client(app: &TestApp, names: &[Named<'_>], another: Option<Named<'_>>) {
    let (email, fresh) = (unique_email(), unique_email());
    for (row, name) in names.iter().enumerate() {
        let (guess, ask) = (sign_in(app, &email, *name).await, reset(app, &unique_email(), *name).await);
        if row < 3 {
            guess.assert_problem(401, "auth.wrong_credentials");
            ask.assert_status(202);
        } else {
            let refused =
                |reply: &TestReply| reply.assert_problem(429, "request.rate_limited")["violated-policies"].clone();
            assert_eq!(
                (refused(&guess), refused(&ask)),
                (json!(["log_in_guess"]), json!(["password_resets"])),
                "{name:?}"
            );
        }
    }
    if let Some(another) = another {
        sign_in(app, &email, another).await.assert_problem(401, "auth.wrong_credentials");
        reset(app, &fresh, another).await.assert_status(202);
    }
}

fn forwarded<'a, const N: usize>(addresses: [&'a str; N]) -> [Named<'a>; N] {
    addresses.map(|address| ("x-forwarded-for", address))
}

#[tokio::test]
async fn addresses_of_one_64_and_their_textual_forms_are_one_client() {
    let app = TestApp::start_with(limited(THREE, None)).await;
    let names = forwarded([
        "2001:db8:1:2::1",
        "2001:DB8:0001:0002:0:0:0:2",
        "2001:db8:1:2:ffff:ffff:ffff:ffff",
        "[2001:db8:1:2::3]:4711",
        "2001:db8:1:2:0:0:192.0.2.1",
        "203.0.113.9, 2001:db8:1:2::4",
    ]);
    assert_one_client(&app, &names, Some(("x-forwarded-for", "2001:db8:1:3::1"))).await;
}

#[tokio::test]
async fn an_ipv4_address_in_any_of_its_forms_is_one_client() {
    let app = TestApp::start_with(limited(THREE, None)).await;
    let names = forwarded([
        "192.0.2.1",
        "::ffff:192.0.2.1",
        "::FFFF:C000:0201",
        "192.0.2.1:4711",
        "[::ffff:192.0.2.1]:4711",
        "198.51.100.1,192.0.2.1",
    ]);
    assert_one_client(&app, &names, Some(("x-forwarded-for", "192.0.2.2"))).await;
}

#[tokio::test]
async fn headers_of_a_client_that_is_no_proxy_are_ignored() {
    let app = TestApp::start_with(limited_behind(THREE, None, None)).await;
    let names = [
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-for", "2001:db8::1"),
        ("forwarded", "for=192.0.2.3"),
        ("x-real-ip", "192.0.2.4"),
        ("x-client-ip", "192.0.2.5"),
        ("true-client-ip", "192.0.2.6"),
        ("cf-connecting-ip", "192.0.2.7"),
        ("x_forwarded_for", "192.0.2.8"),
        ("x-originating-ip", "127.0.0.1"),
    ];
    assert_one_client(&app, &names, None).await;
    // Nor does the history of an account.
    let user = app.user().await;
    let body = json!({"email": user.email, "password": user.password});
    let request = app.post("/api/v1/sessions").header("x-forwarded-for", "192.0.2.1").json(&body);
    let who = crate::app::SignedIn::from(&request.send().await.assert_status(201));
    let history = app.get("/api/v1/me/sign-ins").bearer(&who.access).send().await.assert_status(200).to_string();
    assert!(history.contains("127.0.0.1") && !history.contains("192.0.2"), "{history}");
}

#[tokio::test]
async fn spellings_of_a_login_share_the_budget_of_its_account() {
    let app = TestApp::start_with(limited("policies.log_in_account.quota = '3/3h'", None)).await;
    let name = unique_email().split('@').next().unwrap().to_owned();
    let logins = [
        format!("{name}@example.org"),
        format!("  {}@EXAMPLE.org\u{a0}", name.to_uppercase()),
        format!("{name}@ｅｘａｍｐｌｅ.org"),
        format!("{name}@example\u{3002}org."),
        format!("{name}@example.org."),
        format!("{}@example.org", name.to_uppercase()),
    ];
    for (row, login) in logins.iter().enumerate() {
        let reply = sign_in(&app, login, ("x-forwarded-for", &format!("192.0.2.{row}"))).await;
        if row < 3 {
            reply.assert_problem(401, "auth.wrong_credentials");
        } else {
            let problem = reply.assert_problem(429, "request.rate_limited");
            assert_eq!(problem["violated-policies"], json!(["log_in_account"]), "{login}");
        }
    }
}

/// Dots and tags are other mailboxes: what bounds guesses at all of them is the budget of the address.
#[tokio::test]
async fn dots_and_tags_are_other_accounts_and_share_the_budget_of_the_client() {
    let file = "policies.log_in_account.quota = '1/1h'\npolicies.log_in.quota = '6/6h'";
    let app = TestApp::start_with(limited(file, None)).await;
    let name = unique_email().split('@').next().unwrap().to_owned();
    let variants = ["", "+a", "+b", "+a+b", ".a", ".b"].map(|tag| format!("{name}{tag}@example.org"));
    let from = ("x-forwarded-for", "192.0.2.1");
    for login in &variants {
        sign_in(&app, login, from).await.assert_problem(401, "auth.wrong_credentials");
    }
    let problem =
        sign_in(&app, &format!("{name}+c@example.org"), from).await.assert_problem(429, "request.rate_limited");
    assert_eq!(problem["violated-policies"], json!(["log_in"]));
}

#[tokio::test]
async fn spellings_of_an_address_share_its_budget_of_mails() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    app.advance(Duration::from_secs(60 * 60)); // past the mail of the proof
    let name = user.email.split('@').next().unwrap();
    let before = app.mails_to(&user.email).await.len();
    for spelling in [
        user.email.clone(),
        user.email.to_uppercase(),
        format!(" {} ", user.email),
        format!("{}.", user.email),
        format!("{name}@ｅｘａｍｐｌｅ.org"),
        format!("{name}@example\u{3002}org"),
        user.email.clone(),
        user.email.to_uppercase(),
    ] {
        app.ask_reset(&spelling).await;
    }
    assert_eq!(app.mails_to(&user.email).await.len() - before, 4);
}

//! Codes as they are typed, and how many may be guessed.

use auth_service::config::Config;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use service_kit::testing::TestReply;

use super::support::{NEW_PASSWORD, other};
use crate::app::{Home, SignedIn, TestApp, unique_email};
use crate::limits::limited;
use crate::pages::browser::{Browser, PageReply};

/// Places where a code is typed.
const PLACES: [&str; 3] = ["proof", "change", "reset"];

/// A code that was asked for, and who asked.
struct Asked {
    email: String,
    who: SignedIn,
    reset: String,
    code: String,
}

/// Asks for a code in this place with a new account.
async fn ask(app: &TestApp, place: &str) -> Asked {
    let user = app.user().await;
    let who = app.signed_in(&user).await;
    let (email, reset) = match place {
        "proof" => {
            app.ask_proof(&who).await.assert_status(202);
            (user.email, String::new())
        }
        "change" => {
            let to = unique_email();
            app.ask_change(&who, &to).await.assert_status(202);
            (to, String::new())
        }
        _ => {
            let reset = app.ask_reset(&user.email).await;
            (user.email, reset)
        }
    };
    let code = app.code_to(&email).await;
    Asked { email, who, reset, code }
}

async fn type_code(app: &TestApp, place: &str, asked: &Asked, code: &str) -> TestReply {
    match place {
        "proof" => app.confirm_email(&asked.who, code).await,
        "change" => app.confirm_change(&asked.who, json!({"code": code})).await,
        _ => app.confirm_reset(&asked.reset, code, NEW_PASSWORD).await,
    }
}

/// Trusts forwarding headers and limits nothing: what refuses here are the budgets of codes.
fn unlimited() -> impl Fn(&mut Config) {
    let limits = limited("", None);
    move |config| {
        limits(config);
        config.limits = config.limits.clone().shadow();
    }
}

#[tokio::test]
async fn a_code_of_another_shape_is_no_guess_and_one_with_spaces_or_full_width_digits_is_right() {
    let app = TestApp::start().await;
    for place in PLACES {
        for form in ["spaces", "hyphen", "full width", "no-break spaces"] {
            let asked = ask(&app, place).await;
            let code = &asked.code;
            for wrong in
                [&code[1..], &format!("{code}0"), &format!("{code} 1"), "", "x1234567", "+1234567", "1e3456789"]
            {
                let reply = type_code(&app, place, &asked, wrong).await;
                let problem = reply.assert_problem(422, "request.invalid_fields");
                assert_eq!(problem["errors"][0]["pointer"], "/code", "{place} {wrong:?}");
            }
            let (head, tail) = code.split_at(4);
            let typed = match form {
                "spaces" => format!("  {head} {tail}\n"),
                "hyphen" => format!("{head}-{tail}"),
                "no-break spaces" => format!("{head}\u{a0}\u{2009}{tail}"),
                _ => code.bytes().map(|digit| char::from_u32(u32::from(digit) - 0x30 + 0xff10).unwrap()).collect(),
            };
            type_code(&app, place, &asked, &typed).await.assert_status(204);
        }
    }
    assert_eq!(app.number("SELECT count(*) FROM code_guesses WHERE wrong > 0").await, 0);
}

#[tokio::test]
async fn a_code_is_tried_five_times_in_every_place() {
    let app = TestApp::start().await;
    for place in PLACES {
        for (tries, status) in [(4, 204), (5, 400)] {
            let asked = ask(&app, place).await;
            for _ in 0..tries {
                let wrong = type_code(&app, place, &asked, &other(&asked.code)).await;
                wrong.assert_problem(400, "auth.code_invalid");
            }
            let reply = type_code(&app, place, &asked, &asked.code).await;
            assert_eq!(reply.status.as_u16(), status, "{place} after {tries}: {}", reply.text());
        }
    }
}

#[tokio::test]
async fn codes_are_typed_on_pages_with_the_same_rules() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    browser.fill("/account/email", "/account/email/proof", &[]).await.assert_goes_to("/account/email?done=code-sent");
    let code = app.code_to(&user.email).await;
    let confirm = "/account/email/confirm";
    for wrong in [&code[1..], &format!("{code}0"), ""] {
        browser.fill("/account/email", confirm, &[("code", wrong)]).await.assert_page(422);
    }
    for _ in 0..4 {
        browser.fill("/account/email", confirm, &[("code", &other(&code))]).await.assert_page(400);
    }
    let typed = format!(" {} {}", &code[..4], &code[4..]);
    let proved = browser.fill("/account/email", confirm, &[("code", &typed)]).await;
    proved.assert_goes_to("/account/email?done=email-proved");
}

/// Asks for a reset and types a wrong code five times, from this address.
async fn guess_five_times(app: &TestApp, email: &str, from: &str) {
    app.home.sql("DELETE FROM mails").await; // the budget of mails would send far fewer codes
    let reset = app.ask_reset(email).await;
    let wrong = json!({"code": other(&app.code_to(email).await), "password": NEW_PASSWORD});
    for _ in 0..5 {
        let request = app.post(&format!("/api/v1/password-resets/{reset}")).header("x-forwarded-for", from);
        request.json(&wrong).send().await.assert_problem(400, "auth.code_invalid");
    }
}

#[tokio::test]
async fn a_day_has_ten_wrong_codes_of_a_network_and_a_hundred_of_all_and_the_link_works_all_the_same() {
    let app = TestApp::start_with(unlimited()).await;
    let (user, _) = app.mailbox_owner().await;
    let try_right = async |from: &str| {
        app.home.sql("DELETE FROM mails").await;
        let (reset, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
        let request = app.post(&format!("/api/v1/password-resets/{reset}")).header("x-forwarded-for", from);
        request.json(&json!({"code": code, "password": NEW_PASSWORD})).send().await
    };
    for network in 0..10 {
        // Two addresses of one network.
        for host in ["1", "2:3:4"] {
            guess_five_times(&app, &user.email, &format!("2001:db8:0:{network}::{host}")).await;
        }
        if network == 0 {
            try_right("2001:db8::6").await.assert_problem(400, "auth.code_invalid");
            assert_eq!(app.number("SELECT max(wrong) FROM code_guesses WHERE network <> ''").await, 10);
        }
    }
    assert_eq!(app.number("SELECT max(wrong) FROM code_guesses").await, 100);
    try_right("192.0.2.1").await.assert_problem(400, "auth.code_invalid");
    app.log_in(&user.email, &user.password).await.assert_status(201);

    // Strangers have used up all guesses: the owner opens the link of the mail.
    let mut owner = Browser::new(&app);
    let page = owner.get(&app.link_to(&user.email).await).await;
    let (token, link) = (page.form_token(), page.hidden("link"));
    let fields = [("link", link.as_str()), ("password", NEW_PASSWORD)];
    owner.post("/account/reset", &token, &fields).await.assert_goes_to("/account/sign-in?done=password-reset");
    app.log_in(&user.email, NEW_PASSWORD).await.assert_status(201);
}

/// Codes of one reset are typed with its id alone. Guesses at one address must not be counted for another one that the
/// same reset names.
#[tokio::test]
async fn a_reset_that_names_a_second_address_gives_no_guesses_at_the_first() {
    let app = TestApp::start_with(unlimited()).await;
    let ((victim, _), (helper, _)) = (app.mailbox_owner().await, app.mailbox_owner().await);
    for second in [helper.email.clone(), unique_email()] {
        app.home.sql("DELETE FROM mails").await;
        let reset = app.ask_reset(&victim.email).await;
        let code = app.code_to(&victim.email).await;
        let body = json!({"email": second, "reset_id": reset});
        app.post("/api/v1/password-resets").json(&body).send().await.assert_status(202);
        app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
    }
    app.log_in(&victim.email, &victim.password).await.assert_status(201);
}

#[tokio::test]
async fn a_reset_without_a_database_spends_no_code_and_counts_no_guess() {
    let home = Home::new().await;
    let app = TestApp::start_in(home.clone(), |_| ()).await;
    let (user, _) = app.mailbox_owner().await;
    let (reset, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
    app.state().store.close().await;
    for typed in [&code, &other(&code)] {
        app.confirm_reset(&reset, typed, NEW_PASSWORD).await.assert_problem(503, "server.unavailable");
    }
    let again = TestApp::start_in(home, |_| ()).await;
    assert_eq!(again.number("SELECT count(*) FROM code_guesses WHERE wrong > 0").await, 0);
    again.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);
}

#[tokio::test]
async fn neither_codes_nor_links_can_be_read_from_the_database() {
    let app = TestApp::start().await;
    for place in PLACES {
        let asked = ask(&app, place).await;
        let mails = app.mails_to(&asked.email).await;
        let link = mails.iter().rev().find_map(super::support::link_of);
        let secret = link.as_deref().and_then(|link| link.split_once("link=")).map_or("no link", |(_, secret)| secret);
        let raw = URL_SAFE_NO_PAD.decode(secret).unwrap_or_default();
        let db = app.home.database.connect().await;
        for column in ["code_mac", "link_mac"] {
            let sql = format!("SELECT {column} FROM mail_codes");
            let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
            assert!(!rows.is_empty());
            for row in rows {
                let stored: Vec<u8> = row.try_get_by_index(0).unwrap();
                let holds = |part: &[u8]| stored.windows(part.len().max(1)).any(|window| window == part);
                assert_eq!(stored.len(), 32, "{column}");
                let tail = raw.get(16..).filter(|tail| !tail.is_empty());
                assert!(
                    !holds(asked.code.as_bytes()) && !tail.is_some_and(|tail| holds(&tail[..16])),
                    "{place} {column}"
                );
            }
        }
        let readable = format!("SELECT count(*) FROM mail_codes WHERE login LIKE '%{}%'", asked.code);
        assert_eq!(app.number(&readable).await, 0, "{place}");
    }
}

//! Spellings of one e-mail and of one password at all doors.

use std::time::Duration;

use account_flows::ChangePassword;
use accounts::{ClientContext, NewPassword, Password};
use contracts::Secret;
use contracts::ids::SessionId;
use credentials::hashing::{HashCost, HashLane, HashPool, HashPoolSettings};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use self::email_spellings::SPELLINGS;
use crate::app::TestApp;

#[path = "../../../accounts/src/email_spellings.rs"]
mod email_spellings;

const CANONICAL: &str = "caf\u{e9} au lait, trois chats";
const TYPED: &str = "cafe\u{301} au\u{a0}lait, trois chats";

/// Stores what an earlier release or another system has stored for all accounts.
async fn set_hash(app: &TestApp, hash: &str) {
    let raw = app.home.database.connect().await;
    let sql = "UPDATE users SET password_hash = $1";
    raw.execute_raw(Statement::from_sql_and_values(raw.get_database_backend(), sql, [hash.into()])).await.unwrap();
}

async fn stored_hash(app: &TestApp) -> String {
    let raw = app.home.database.connect().await;
    let row = raw
        .query_one_raw(Statement::from_string(raw.get_database_backend(), "SELECT password_hash FROM users"))
        .await
        .unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

async fn hash(password: &str) -> String {
    let (deadline, cost) = (Duration::from_secs(60), HashCost::default());
    let pool = HashPool::start(&HashPoolSettings { threads: 1, queue: 8, deadline, cost }).unwrap();
    pool.hash(HashLane::Other, Secret::new(password)).await.unwrap().as_str().to_owned()
}

#[tokio::test]
async fn spellings_of_one_mailbox_are_one_account() {
    let app = TestApp::start_with(|config| config.mails.policy.smtp_utf8 = true).await;
    for (number, (one, other)) in [
        ("anna@example.org", "  ANNA@Example.ORG. "),
        ("anna@bücher.example", "Anna@xn--bcher-kva.EXAMPLE"),
        ("anna@пример.рф", "ANNA@ПРИМЕР\u{3002}РФ"),
        ("zoë@example.org", "ZOE\u{308}@ｅｘａｍｐｌｅ.org"),
    ]
    .into_iter()
    .enumerate()
    {
        let user = app.user_with(json!({"email": one})).await;
        let reply = app.log_in(other, &user.password).await.assert_status(201);
        assert_eq!((&reply["user"]["id"], &reply["user"]["email"]), (&json!(user.id), &json!(one)), "case {number}");
        let body = json!({"email": other, "password": "three cats on a sofa"});
        app.post("/api/v1/users").json(&body).send().await.assert_problem(409, "auth.email_taken");
    }
}

#[tokio::test]
async fn forty_pairs_of_spellings_are_one_account_at_sign_up_and_sign_in() {
    let app = TestApp::start_with(|config| config.mails.policy.smtp_utf8 = true).await;
    for (number, (one, other)) in SPELLINGS.into_iter().enumerate() {
        let (first, second) = if number % 2 == 0 { (one, other) } else { (other, one) };
        let user = app.user_with(json!({"email": first})).await;
        for spelling in [first, second] {
            let reply = app.log_in(spelling, &user.password).await.assert_status(201);
            assert_eq!(reply["user"]["id"], user.id.as_str(), "{spelling:?}");
        }
        let body = json!({"email": second, "password": "three cats on a sofa"});
        app.post("/api/v1/users").json(&body).send().await.assert_problem(409, "auth.email_taken");
        // Some pairs are of one mailbox.
        app.state().store.delete_user(user.id.parse().unwrap(), app.state().now(), None).await.unwrap();
    }
}

#[tokio::test]
async fn letters_beyond_ascii_before_the_at_need_a_mail_server_that_takes_them() {
    let app = TestApp::start().await;
    let body = json!({"email": "zoë@example.org", "password": "three cats on a sofa"});
    let problem = app.post("/api/v1/users").json(&body).send().await.assert_problem(422, "request.invalid_fields");
    assert_eq!(problem["errors"][0]["pointer"], "/email");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("before the @"), "{problem}");
}

#[tokio::test]
async fn a_password_typed_on_another_keyboard_is_right() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"password": TYPED})).await;
    for password in [TYPED, CANONICAL] {
        app.log_in(&user.email, password).await.assert_status(201);
    }
    app.log_in(&user.email, &CANONICAL.to_uppercase()).await.assert_problem(401, "auth.wrong_credentials");
}

#[tokio::test]
async fn a_hash_of_the_typed_form_is_replaced_at_the_first_sign_in() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"password": CANONICAL})).await;
    let old = hash(TYPED).await;
    set_hash(&app, &old).await;
    app.log_in(&user.email, CANONICAL).await.assert_problem(401, "auth.wrong_credentials");
    assert_eq!(stored_hash(&app).await, old, "a wrong password changes nothing");
    app.log_in(&user.email, TYPED).await.assert_status(201);
    assert_ne!(stored_hash(&app).await, old);
    app.log_in(&user.email, CANONICAL).await.assert_status(201);
}

#[tokio::test]
async fn concurrent_sign_ins_replace_a_hash_of_the_typed_form_once_and_all_succeed() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"password": CANONICAL})).await;
    let old = hash(TYPED).await;
    for round in 0..10 {
        set_hash(&app, &old).await;
        let mut sign_ins: FuturesUnordered<_> = (0..6).map(|_| app.log_in(&user.email, TYPED)).collect();
        let mut replaced = None;
        while let Some(reply) = sign_ins.next().await {
            reply.assert_status(201);
            let now = stored_hash(&app).await;
            assert_eq!(*replaced.get_or_insert_with(|| now.clone()), now, "round {round}: replaced twice");
            assert_ne!(now, old, "round {round}");
        }
    }
}

#[tokio::test]
async fn a_hash_replaced_after_it_was_read_does_not_make_the_current_password_wrong() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"password": CANONICAL})).await;
    let replaced = hash(CANONICAL).await;
    let passwords = &app.state().passwords;
    let id = user.id.parse().unwrap();
    let user_key = app.state().store.find_user_key(id).await.unwrap().unwrap();
    let account = passwords.find_password_account(user_key).await.unwrap();
    set_hash(&app, &replaced).await;
    let change = ChangePassword {
        user: user_key,
        session: SessionId::new(),
        client: ClientContext::default(),
        current: Password::parse(Secret::new(TYPED)).unwrap(),
        new: NewPassword::parse(Secret::new("nine owls in a tall tree")).unwrap(),
        unlink: false,
    };
    passwords.change(HashLane::Other, account, change).await.unwrap();
    app.log_in(&user.email, "nine owls in a tall tree").await.assert_status(201);
    app.log_in(&user.email, TYPED).await.assert_problem(401, "auth.wrong_credentials");
}

#[tokio::test]
async fn a_long_password_of_bcrypt_keeps_its_hash_and_a_short_one_gets_a_new_one() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for (hash, password, replaced) in crate::sessions::foreign_hashes::HASHES {
        set_hash(&app, hash).await;
        app.log_in(&user.email, "three dogs on a sofa").await.assert_problem(401, "auth.wrong_credentials");
        app.log_in(&user.email, password).await.assert_status(201);
        let now = stored_hash(&app).await;
        assert_eq!(now != *hash, *replaced, "{hash}");
        assert!(!replaced || now.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{now}");
        app.log_in(&user.email, password).await.assert_status(201);
    }
}

//! A flood of wrong passwords does not block the sign-ins of other users.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::json;

use super::log_in_from;
use crate::app::TestApp;
use crate::captcha::WRONG;
use crate::limits::limited;

/// Starts a flood on one hashing thread and returns the bodies of those of 16 correct sign-ins that failed meanwhile.
async fn rejected(known: bool) -> Vec<String> {
    let shadow = "[policies.log_in]\nmode = 'off'\n[policies.log_in_guess]\nmode = 'off'\n\
                  [policies.log_in_account]\nmode = 'off'\n";
    let limits = limited(shadow, None);
    let app = TestApp::start_with(|config| {
        limits(config);
        config.hashing.threads = 1;
        config.hashing.queue = 8;
        config.database_connections = 16; // this is about the hash queue, not about a pool that is too small
    })
    .await;
    let (owner, victim) = (app.user().await, app.user().await);
    let own = "198.51.100.7";
    let first = log_in_from(&app, own, &owner.email, &owner.password, json!({})).await.assert_status(201);
    let more = if known { json!({"known_device": first["known_device"]}) } else { json!({}) };
    // The flood's addresses have guessed before: new ones would be clean until their first answers.
    for number in 0..12 {
        let address = format!("203.0.113.{}", number % 4);
        let reply = log_in_from(&app, &address, &victim.email, WRONG, json!({})).await;
        reply.assert_problem(401, "auth.wrong_credentials");
    }
    let done = AtomicBool::new(false);
    let flood = (0..24).map(|number| {
        let (app, email, done) = (&app, victim.email.as_str(), &done);
        async move {
            let address = format!("203.0.113.{}", number % 4);
            while !done.load(Ordering::Relaxed) {
                log_in_from(app, &address, email, WRONG, json!({})).await;
            }
        }
    });
    let owner = async {
        // The queue is full before the owner signs in.
        while log_in_from(&app, "203.0.113.0", &victim.email, WRONG, json!({})).await.status != 503 {}
        let mut rejected = Vec::new();
        for _ in 0..16 {
            let reply = log_in_from(&app, own, &owner.email, &owner.password, more.clone()).await;
            if reply.status != 201 {
                rejected.push(reply.text());
            }
        }
        done.store(true, Ordering::Relaxed);
        rejected
    };
    tokio::join!(owner, join_all(flood)).0
}

#[tokio::test]
async fn a_flood_of_wrong_passwords_does_not_block_known_devices() {
    assert_eq!(rejected(true).await, [""; 0]);
}

#[tokio::test]
async fn a_flood_of_wrong_passwords_does_not_block_clean_addresses() {
    assert_eq!(rejected(false).await, [""; 0]);
}

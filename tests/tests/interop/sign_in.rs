//! Sign-in, sign-up, linking, unlinking.

use serde_json::json;

use crate::cinema::{Cinema, access, account};
use crate::provider::{Answer, Browser, is_revoked, new_login};

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn the_first_sign_in_makes_an_account_and_the_next_ones_find_it() {
    let cinema = Cinema::open();
    let (anna, boris) = (new_login(), new_login());
    let first = cinema.sign_in(&anna).await.assert_status(201);
    let again = cinema.sign_in(&anna).await.assert_status(201);
    let other = cinema.sign_in(&boris).await.assert_status(201);
    assert_eq!(account(&first), account(&again));
    assert_ne!(account(&first), account(&other));
    let me = cinema.get("/api/v1/me").bearer(&access(&again)).send().await.assert_status(200);
    assert_eq!(me["user"]["id"], first["user"]["id"]);
    let linked = cinema.linked(&access(&again)).await;
    assert_eq!((linked.len(), linked[0]["provider"].as_str()), (1, Some("oidc")));
    assert!(linked[0]["label"].as_str().is_some_and(|label| label.contains(&anna)), "{linked:?}");
}

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn a_session_at_the_provider_signs_in_without_a_prompt() {
    let cinema = Cinema::open();
    let (mut browser, anna) = (Browser::new(), new_login());
    let mut accounts = Vec::new();
    for answer in [Answer::Agree(&anna), Answer::Cancel] {
        let begun = cinema.begin().await;
        let callback = browser.run_flow(&begun.authorize_url, answer).await;
        accounts.push(account(&cinema.finish(&begun.ticket, &callback).await.assert_status(201)));
    }
    assert_eq!(accounts[0], accounts[1]);
}

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn a_linked_account_signs_in_until_it_is_unlinked() {
    let cinema = Cinema::open();
    let (member, anna) = (cinema.member().await, new_login());
    cinema.link(&member, &anna).await.assert_status(201);
    let me = cinema.get("/api/v1/me").bearer(&member).send().await.assert_status(200);
    assert_eq!(account(&cinema.sign_in(&anna).await.assert_status(201)), account(&me));

    let other = cinema.member().await;
    cinema.link(&other, &anna).await.assert_problem(409, "social.account_taken");

    let linked = cinema.linked(&member).await;
    assert!(!is_revoked(&anna).await);
    cinema.unlink(&member, &linked[0]).await.assert_status(204);
    assert!(cinema.linked(&member).await.is_empty());
    assert!(is_revoked(&anna).await, "the grant is still valid at the provider");
    cinema.link(&other, &anna).await.assert_status(201);
}

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn the_last_sign_in_method_stays_until_there_is_a_password() {
    let cinema = Cinema::open();
    let (anna, again) = (new_login(), new_login());
    let member = access(&cinema.sign_in(&anna).await.assert_status(201));
    let linked = cinema.linked(&member).await;
    cinema.unlink(&member, &linked[0]).await.assert_problem(409, "social.last_way_in");

    cinema.link(&member, &again).await.assert_status(201);
    cinema.unlink(&member, &linked[0]).await.assert_status(204);
    let left = cinema.linked(&member).await;
    cinema.unlink(&member, &left[0]).await.assert_problem(409, "social.last_way_in");

    let me = cinema.get("/api/v1/me").bearer(&member).send().await.assert_status(200);
    let email = me["user"]["email"].as_str().map_or_else(|| format!("{anna}@cinema.example"), str::to_owned);
    let body = json!({"password": "three cats on a sofa", "email": email});
    cinema.put("/api/v1/me/password").bearer(&member).json(&body).send().await.assert_status(204);
    cinema.unlink(&member, &left[0]).await.assert_status(204);
    tests::services::sign_in(&cinema, &email, "three cats on a sofa").await;
}

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn a_cancelled_sign_in_is_reported_and_can_be_repeated() {
    let cinema = Cinema::open();
    let begun = cinema.begin().await;
    let callback = Browser::new().run_flow(&begun.authorize_url, Answer::Cancel).await;
    assert!(callback.contains("error=access_denied"), "{callback}");
    cinema.finish(&begun.ticket, &callback).await.assert_problem(400, "social.cancelled");
    cinema.sign_in(&new_login()).await.assert_status(201);
}

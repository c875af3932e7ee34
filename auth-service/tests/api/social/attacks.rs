//! Attacks that broke other identity services. `docs/attacks.md` names their sources and the rest of the tests.

use futures_util::future::join_all;
use serde_json::json;

use super::support::{Cinema, person, with_email};
use crate::app::{SignedIn, TestUser, unique_email};

/// An attacker who has registered with the address of a victim before the victim did.
async fn squatter(cinema: &Cinema) -> (TestUser, SignedIn) {
    let user = cinema.user().await;
    let tokens = cinema.signed_in(&user).await;
    (user, tokens)
}

#[actix_web::test]
async fn pre_hijack_by_classic_federated_merge_gives_the_victim_a_refusal_and_the_attacker_nothing() {
    let cinema = Cinema::start().await;
    let (attacker, tokens) = squatter(&cinema).await;
    let victim = || with_email(person("victim"), &attacker.email, true);
    let problem = cinema.try_sign_in_as("google", victim()).await.assert_problem(409, "auth.email_claimed");
    assert!(problem["detail"].as_str().unwrap().contains("link"), "{problem}");
    assert!(cinema.linked(&tokens).await.is_empty());

    // "Not mine": the victim gets an account with the address, the attacker keeps one without it.
    let own = cinema.take_claimed("google", victim()).await;
    let me = cinema.me(&own.access).await.assert_status(200);
    assert_eq!((me["user"]["email"].as_str(), &me["email_proved"]), (Some(attacker.email.as_str()), &true.into()));
    assert_ne!(me["user"]["id"], attacker.id.as_str());
    assert!(cinema.me(&tokens.access).await.assert_status(200)["user"]["email"].is_null());
    cinema.log_in(&attacker.email, &attacker.password).await.assert_problem(401, "auth.wrong_credentials");
}

#[actix_web::test]
async fn pre_hijack_by_an_unexpired_session_sees_nothing_of_the_victims_account() {
    let cinema = Cinema::start().await;
    let (attacker, tokens) = squatter(&cinema).await;
    cinema.try_sign_in_as("google", with_email(person("victim"), &attacker.email, true)).await.assert_status(409);
    let (victim, own) = cinema.sign_in_as("yandex", person("victim")).await;
    cinema.link("google", &own, with_email(person("victim"), &attacker.email, true)).await.assert_status(201);
    assert_ne!(victim, attacker.id);
    assert!(cinema.linked(&tokens).await.is_empty());
    assert_eq!(cinema.me(&tokens.access).await.assert_status(200)["user"]["id"], attacker.id);
    let (found, _) = cinema.sign_in_as("google", with_email(person("victim"), &attacker.email, true)).await;
    assert_eq!(found, victim);
}

#[actix_web::test]
async fn pre_hijack_by_a_trojan_identifier_never_reaches_the_victims_account() {
    let cinema = Cinema::start().await;
    let (attacker, tokens) = squatter(&cinema).await;
    cinema.link("google", &tokens, person("trojan")).await.assert_status(201);
    cinema.try_sign_in_as("google", with_email(person("victim"), &attacker.email, true)).await.assert_status(409);
    let (victim, own) = cinema.sign_in_as("yandex", person("victim")).await;
    assert_eq!(cinema.sign_in_as("google", person("trojan")).await.0, attacker.id);
    assert_ne!(victim, attacker.id);
    assert_eq!(cinema.linked(&own).await.len(), 1);
}

#[actix_web::test]
async fn pre_hijack_by_an_unexpired_email_change_has_no_change_to_leave_behind() {
    let cinema = Cinema::start().await;
    let victim_address = unique_email();
    let (_, attacker) = cinema.sign_in_as("google", person("attacker")).await;
    let change =
        cinema.patch("/api/v1/me").bearer(&attacker.access).json(&json!({"email": victim_address})).send().await;
    assert!(change.status.is_client_error());
    let (victim, _) = cinema.sign_in_as("google", with_email(person("victim"), &victim_address, true)).await;
    // In spite of the attempted change the address is now the victim's.
    let claim = json!({"password": "three cats on a sofa", "email": victim_address});
    cinema.set_password(&attacker, claim).await.assert_problem(409, "auth.email_taken");
    let again = cinema.sign_in_as("google", with_email(person("victim"), &victim_address, true)).await.0;
    assert_eq!(again, victim);
}

#[actix_web::test]
async fn pre_hijack_by_a_provider_that_does_not_verify_makes_an_account_without_that_address() {
    let cinema = Cinema::start().await;
    let victim = cinema.user().await;
    let body =
        cinema.try_sign_in_as("yandex", with_email(person("attacker"), &victim.email, false)).await.assert_status(201);
    assert_ne!(body["user"]["id"], victim.id);
    assert!(body["user"]["email"].is_null());
    let untouched = cinema.signed_in(&victim).await;
    assert!(cinema.linked(&untouched).await.is_empty());
}

#[actix_web::test]
async fn an_address_is_used_only_when_verified_and_never_links_by_itself() {
    let cinema = Cinema::start().await;
    for provider in ["google", "yandex"] {
        let (free, unverified) = (unique_email(), unique_email());
        let body = cinema.try_sign_in_as(provider, with_email(person("1"), &free, true)).await.assert_status(201);
        assert_eq!(body["user"]["email"], free);
        let body =
            cinema.try_sign_in_as(provider, with_email(person("2"), &unverified, false)).await.assert_status(201);
        assert!(body["user"]["email"].is_null());
        let local = cinema.user().await;
        cinema.try_sign_in_as(provider, with_email(person("3"), &local.email, true)).await.assert_status(409);
        let body =
            cinema.try_sign_in_as(provider, with_email(person("4"), &local.email, false)).await.assert_status(201);
        assert_ne!(body["user"]["id"], local.id);
        let tokens = cinema.signed_in(&local).await;
        assert!(cinema.linked(&tokens).await.is_empty());
    }
}

#[actix_web::test]
async fn a_link_under_way_belongs_to_one_user_one_session_and_one_provider() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("new"));
    cinema.yandex.code("c", person("new"));
    let user = cinema.user().await;
    let (mine, my_tv) = (cinema.signed_in(&user).await, cinema.signed_in(&user).await);
    let (_, stranger) = cinema.sign_in_as("yandex", person("stranger")).await;
    let flow = cinema.start_link("google", &mine).await;
    for other in [&my_tv, &stranger] {
        cinema.finish_link(&flow, other, &flow.callback("c")).await.assert_problem(400, "social.ticket_invalid");
    }
    let mut at_other_provider = flow.clone();
    at_other_provider.provider = "yandex".into();
    cinema
        .finish_link(&at_other_provider, &mine, &flow.callback("c"))
        .await
        .assert_problem(400, "social.ticket_invalid");
    // The login state of a link is no sign-in.
    cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_problem(400, "social.ticket_invalid");
    assert_eq!(cinema.google.exchange_count() + cinema.yandex.exchange_count(), 1); // only the stranger's sign-in
    cinema.finish_link(&flow, &mine, &flow.callback("c")).await.assert_status(201);
    // The same login state does not link another account of the provider.
    cinema.google.code("d", person("second"));
    cinema.finish_link(&flow, &mine, &flow.callback("d")).await.assert_problem(400, "social.ticket_invalid");
}

#[actix_web::test]
async fn of_fifty_replays_at_once_of_one_callback_one_succeeds() {
    let cinema = Cinema::start().await;
    let cinema = &cinema;
    let successes = |statuses: Vec<u16>| {
        assert!(statuses.iter().all(|status| matches!(status, 201 | 400)), "{statuses:?}");
        statuses.into_iter().filter(|status| *status == 201).count()
    };
    cinema.google.code("c", person("1"));
    let flow = &cinema.start_sign_in("google").await;
    let sign_ins =
        (0..50).map(|_| async move { cinema.finish_sign_in(flow, &flow.callback("c")).await.status.as_u16() });
    assert_eq!(successes(join_all(sign_ins).await), 1);
    assert_eq!(cinema.google.exchange_count(), 1);
    let (_, who) = &cinema.sign_in_as("google", person("1")).await;
    cinema.yandex.code("c", person("2"));
    let flow = &cinema.start_link("yandex", who).await;
    let links =
        (0..50).map(|_| async move { cinema.finish_link(flow, who, &flow.callback("c")).await.status.as_u16() });
    assert_eq!(successes(join_all(links).await), 1);
    assert_eq!(cinema.yandex.exchange_count(), 1);
}

#[actix_web::test]
async fn a_new_name_or_address_upstream_is_the_same_user_and_an_old_address_identifies_no_one() {
    let cinema = Cinema::start().await;
    let (old, new) = (unique_email(), unique_email());
    let (anna, who) = cinema.sign_in_as("google", with_email(person("1"), &old, true)).await;
    let mut renamed = with_email(person("1"), &new, true);
    renamed.names = vec!["Somebody Else".to_owned()];
    assert_eq!(cinema.sign_in_as("google", renamed).await.0, anna);
    // Another person may have the old address now. Their sign-in is rejected, because the address is taken.
    let new_owner = with_email(person("2"), &old, true);
    cinema.try_sign_in_as("google", new_owner).await.assert_problem(409, "social.email_taken");
    assert_eq!(cinema.me(&who.access).await.assert_status(200)["user"]["email"], old);
}

#[actix_web::test]
async fn a_callback_opened_in_another_browser_neither_signs_in_nor_links() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("attacker"));
    let attacker = cinema.start_sign_in("google").await;
    // The victim's browser has at best a login state of its own.
    let mut victim = cinema.start_sign_in("google").await;
    cinema.finish_sign_in(&victim, &attacker.callback("c")).await.assert_problem(400, "social.ticket_invalid");
    victim.ticket = "none".into();
    cinema.finish_sign_in(&victim, &attacker.callback("c")).await.assert_problem(400, "social.ticket_invalid");
    let user = cinema.user().await;
    let signed_in = cinema.signed_in(&user).await;
    let link = cinema.start_link("google", &signed_in).await;
    cinema.finish_link(&link, &signed_in, &attacker.callback("c")).await.assert_problem(400, "social.ticket_invalid");
    assert!(cinema.linked(&signed_in).await.is_empty());
    assert_eq!(cinema.google.exchange_count(), 0);
}

#[actix_web::test]
async fn a_code_works_once_even_with_a_fresh_login_state() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    let first = cinema.start_sign_in("google").await;
    cinema.finish_sign_in(&first, &first.callback("c")).await.assert_status(201);
    let second = cinema.start_sign_in("google").await;
    cinema.finish_sign_in(&second, &second.callback("c")).await.assert_problem(400, "social.refused");
}

#[actix_web::test]
async fn providers_are_not_mixed_up() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    cinema.other.code("c", person("1"));
    let flow = cinema.start_sign_in("google").await;
    let with_issuer =
        |issuer: &str| format!("{}&iss={}", flow.callback("c"), issuer.replace(':', "%3A").replace('/', "%2F"));
    // A's callback with the issuer of B.
    cinema.finish_sign_in(&flow, &with_issuer("https://other.test")).await.assert_problem(400, "social.ticket_invalid");
    cinema
        .finish_sign_in(&flow, &with_issuer("https://accounts.google.com/"))
        .await
        .assert_problem(400, "social.ticket_invalid");
    // A's login state and callback at B's path.
    let mut mixed = flow.clone();
    mixed.provider = "other".into();
    cinema.finish_sign_in(&mixed, &flow.callback("c")).await.assert_problem(400, "social.ticket_invalid");
    assert_eq!(cinema.google.exchange_count() + cinema.other.exchange_count(), 0);
    cinema.finish_sign_in(&flow, &with_issuer("https://accounts.google.com")).await.assert_status(201);
}

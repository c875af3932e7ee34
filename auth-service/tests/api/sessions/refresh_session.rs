//! `POST /api/v1/sessions/refresh`.

use std::collections::HashSet;
use std::time::Duration;

use accounts::{ClientLocation, MAX_SESSIONS};
use contracts::auth::devices::Device;
use futures_util::future::join_all;

use crate::app::{SignedIn, TestApp, TestUser};

const GRACE: Duration = Duration::from_secs(10);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_the_next_pair() {
    let app = TestApp::start().await;
    let first = app.signed_in(&app.user().await).await;
    let reply = app.refresh(&first.refresh).await;
    let second = SignedIn::from(&reply.assert_status(200));
    assert!(reply.header("cache-control").contains("no-store"));
    assert_eq!(second.session, first.session);
    assert_ne!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);
    app.me(&second.access).await.assert_status(200);
    app.me(&first.access).await.assert_status(200);
}

#[tokio::test]
async fn a_retry_after_a_lost_response_gets_the_same_successor() {
    let app = TestApp::start().await;
    let first = app.signed_in(&app.user().await).await;
    let second = SignedIn::from(&app.refresh(&first.refresh).await.assert_status(200));
    app.advance(GRACE - Duration::from_millis(1));
    let again = SignedIn::from(&app.refresh(&first.refresh).await.assert_status(200));
    assert_eq!(again.refresh, second.refresh);
    app.refresh(&again.refresh).await.assert_status(200);
}

#[tokio::test]
async fn of_200_refreshes_of_one_token_all_get_the_same_successor() {
    let app = TestApp::start().await;
    let first = app.signed_in(&app.user().await).await;
    let replies = join_all((0..200).map(|_| app.refresh(&first.refresh))).await;
    let successors: HashSet<_> =
        replies.iter().map(|reply| SignedIn::from(&reply.assert_status(200)).refresh).collect();
    assert_eq!(successors.len(), 1);
    let id = first.session.parse().unwrap();
    assert_eq!(app.state().store.find_session(id).await.unwrap().unwrap().generation, 1);
}

/// The pairs of a session that was refreshed so many times, oldest first.
async fn rotated(app: &TestApp, user: &TestUser, times: usize) -> Vec<SignedIn> {
    let mut pairs = vec![app.signed_in(user).await];
    for _ in 0..times {
        let newest = &pairs[pairs.len() - 1];
        pairs.push(SignedIn::from(&app.refresh(&newest.refresh).await.assert_status(200)));
    }
    pairs
}

#[tokio::test]
async fn a_token_gives_the_same_successor_days_later_while_nobody_has_used_that_one() {
    let app = TestApp::start().await;
    let pairs = rotated(&app, &app.user().await, 1).await;
    for pause in [GRACE, Duration::from_secs(3_600), 5 * DAY] {
        app.advance(pause);
        let again = SignedIn::from(&app.refresh(&pairs[0].refresh).await.assert_status(200));
        assert_eq!(again.refresh, pairs[1].refresh);
        app.me(&again.access).await.assert_status(200);
    }
    app.refresh(&pairs[1].refresh).await.assert_status(200);
}

#[tokio::test]
async fn a_token_used_again_after_its_successor_ends_the_whole_session() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (pairs, bystander) = (rotated(&app, &user, 2).await, app.signed_in(&user).await);
    app.advance(GRACE);
    assert!(app.is_active(&pairs[2].access).await);

    app.refresh(&pairs[0].refresh).await.assert_problem(401, "auth.refresh_token_replayed");

    for pair in &pairs {
        assert!(!app.is_active(&pair.access).await);
    }
    app.me(&pairs[2].access).await.assert_problem(401, "auth.token_invalid");
    app.refresh(&pairs[2].refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    app.me(&bystander.access).await.assert_status(200);
}

/// Both of two holders refresh in turn, each with the token that the other one has just replaced.
#[tokio::test]
async fn of_two_holders_in_turn_the_ninth_late_use_of_a_day_ends_the_session() {
    let app = TestApp::start().await;
    let first = app.signed_in(&app.user().await).await;
    let mut newest = first.refresh;
    for round in 0..9 {
        let parent = newest;
        newest = SignedIn::from(&app.refresh(&parent).await.assert_status(200)).refresh;
        app.advance(GRACE);
        let reply = app.refresh(&parent).await;
        if round < 8 {
            assert_eq!(SignedIn::from(&reply.assert_status(200)).refresh, newest, "round {round}");
        } else {
            reply.assert_problem(401, "auth.refresh_token_replayed");
        }
    }
    app.refresh(&newest).await.assert_problem(401, "auth.refresh_token_invalid");
}

#[tokio::test]
async fn of_200_late_uses_of_one_token_all_get_the_same_successor_and_count_once() {
    let app = TestApp::start().await;
    let pairs = rotated(&app, &app.user().await, 1).await;
    app.advance(GRACE);
    let replies = join_all((0..200).map(|_| app.refresh(&pairs[0].refresh))).await;
    for reply in &replies {
        assert_eq!(SignedIn::from(&reply.assert_status(200)).refresh, pairs[1].refresh);
    }
    let id = pairs[0].session.parse().unwrap();
    assert_eq!(app.state().store.find_session(id).await.unwrap().unwrap().late_uses.count, 1);
}

#[tokio::test]
async fn a_much_older_token_ends_the_session_even_within_the_grace() {
    let app = TestApp::start().await;
    let first = app.signed_in(&app.user().await).await;
    let second = SignedIn::from(&app.refresh(&first.refresh).await.assert_status(200));
    let third = SignedIn::from(&app.refresh(&second.refresh).await.assert_status(200));
    app.refresh(&first.refresh).await.assert_problem(401, "auth.refresh_token_replayed");
    app.refresh(&third.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
}

#[tokio::test]
async fn a_token_changed_in_any_bit_cut_or_lengthened_anywhere_is_invalid_and_ends_no_session() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    let mut forged: Vec<String> = vec!["x".into(), "mqr_".into(), tokens.access[..100].into()];
    for position in 0..tokens.refresh.len() {
        for bit in 0..7 {
            let mut bytes = tokens.refresh.clone().into_bytes();
            bytes[position] ^= 1 << bit;
            forged.push(String::from_utf8(bytes).unwrap());
        }
        let (before, after) = tokens.refresh.split_at(position);
        forged.extend([format!("{before}A{after}"), format!("{before}{}", &after[1..])]);
        forged.extend(
            [before, after].into_iter().filter(|part| !part.is_empty() && *part != tokens.refresh).map(str::to_owned),
        );
    }
    forged.extend(["A", "=", "AA", " ", "\n", "\0"].map(|extra| format!("{}{extra}", tokens.refresh)));
    for token in forged {
        app.refresh(&token).await.assert_problem(401, "auth.refresh_token_invalid");
    }
    app.refresh(&tokens.refresh).await.assert_status(200);
}

#[tokio::test]
async fn a_refresh_token_unused_for_30_days_is_invalid() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    app.advance(30 * DAY - Duration::from_secs(1));
    let next = SignedIn::from(&app.refresh(&tokens.refresh).await.assert_status(200));
    app.advance(30 * DAY);
    app.refresh(&next.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
}

#[tokio::test]
async fn no_session_lasts_longer_than_180_days() {
    let app = TestApp::start().await;
    let mut tokens = app.signed_in(&app.user().await).await;
    for _ in 0..6 {
        app.advance(29 * DAY);
        let body = app.refresh(&tokens.refresh).await.assert_status(200);
        tokens = SignedIn::from(&body);
        let left = body["tokens"]["refresh_expires_in"].as_u64().unwrap();
        assert!(left <= 30 * DAY.as_secs());
    }
    app.advance(6 * DAY);
    app.refresh(&tokens.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
}

#[tokio::test]
async fn the_next_access_token_has_the_age_of_the_day() {
    let app = TestApp::start().await;
    let today = service_kit::Clock::now(&*app.home.clock).date_naive();
    let born = today + chrono::TimeDelta::days(1) - chrono::Months::new(18 * 12);
    let user = app.user_with(serde_json::json!({"birth_date": born.to_string()})).await;
    let tokens = app.signed_in(&user).await;
    assert_eq!(app.introspect(&tokens.access).await["age"], 17);
    app.advance(DAY + DAY);
    let next = SignedIn::from(&app.refresh(&tokens.refresh).await.assert_status(200));
    assert_eq!(app.introspect(&next.access).await["age"], 18);
}

#[tokio::test]
async fn only_a_refresh_after_the_access_token_expired_counts_as_a_sign_in() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let id = user.id.parse().unwrap();
    let count = async || app.count_sign_ins(id).await;
    let tokens = app.signed_in(&user).await;
    assert_eq!(count().await, 1);
    app.advance(Duration::from_secs(540));
    let tokens = SignedIn::from(&app.refresh(&tokens.refresh).await.assert_status(200));
    assert_eq!(count().await, 1, "a refresh of an active device is no sign-in");
    app.advance(Duration::from_secs(600));
    app.refresh(&tokens.refresh).await.assert_status(200);
    assert_eq!(count().await, 2, "a refresh after a pause is one");
}

#[tokio::test]
async fn an_empty_or_huge_token_is_named_as_a_bad_field() {
    let app = TestApp::start().await;
    for token in [String::new(), "x".repeat(513)] {
        app.refresh(&token).await.assert_problem(422, "request.invalid_fields");
    }
}

#[tokio::test]
async fn thirty_repeats_a_day_are_counted_and_every_one_is_answered() {
    let app = TestApp::start().await;
    let first = app.signed_in(&app.user().await).await;
    let second = SignedIn::from(&app.refresh(&first.refresh).await.assert_status(200));
    for _ in 0..32 {
        let again = SignedIn::from(&app.refresh(&first.refresh).await.assert_status(200));
        assert_eq!(again.refresh, second.refresh);
    }
    let id = first.session.parse().unwrap();
    let repeats = app.state().store.find_session(id).await.unwrap().unwrap().repeats;
    assert!(repeats.is_alarm(), "{repeats:?}");
    app.advance(DAY);
    SignedIn::from(&app.refresh(&first.refresh).await.assert_status(200));
    assert_eq!(app.state().store.find_session(id).await.unwrap().unwrap().repeats.count, 1, "of the next day");
}

#[tokio::test]
async fn a_sign_in_beyond_the_limit_ends_an_unused_session_at_once() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let unused = app.signed_in(&user).await;
    app.advance(Duration::from_secs(1));
    for _ in 0..MAX_SESSIONS {
        let opened = app.state().store.find_user_key(user.id.parse().unwrap()).await.unwrap().unwrap();
        let account = app.state().store.find_user(opened).await.unwrap().unwrap();
        app.state().sessions.open_first(account, Device::default(), ClientLocation::default()).await.unwrap();
    }
    app.me(&unused.access).await.assert_problem(401, "auth.token_invalid");
    app.refresh(&unused.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
}

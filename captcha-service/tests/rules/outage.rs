//! Redis killed, frozen and read-only.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use captcha_service::flows::answer::AnswerOutcome;
use captcha_service::flows::issue::IssueError;
use contracts::captcha::Action;
use contracts::captcha::siteverify::ErrorCode;
use service_kit::testing::eventually;
use tokio::task::JoinSet;

use crate::rig::{Kind, Rig};

const BOUND: Duration = Duration::from_secs(20);

async fn wait_until_degraded(rig: &Rig) {
    eventually("the loss is noticed", BOUND, async || rig.state.repository.is_degraded()).await;
}

#[tokio::test]
async fn without_redis_sign_ins_get_degraded_passes_and_risky_actions_fail_closed() {
    for kind in [Kind::Redis, Kind::SealedRedis] {
        let mut rig = Rig::new(kind).await;
        rig.redis.as_mut().unwrap().kill();
        wait_until_degraded(&rig).await;
        for action in [Action::SignUp, Action::ResetPassword, Action::SendCode, Action::Other] {
            let refused = rig.issue_for(action, None, rig.address()).await;
            assert!(matches!(refused, Err(IssueError::FailsClosed)), "{kind:?} {action:?}");
        }
        let token = rig.pass(Action::LogIn).await;
        let verdict = rig.verify(&token).await;
        assert!(verdict.success && verdict.degraded, "{kind:?} {verdict:?}");
        assert_eq!(rig.verify(&token).await.error_codes, [ErrorCode::TimeoutOrDuplicate], "{kind:?}");
        rig.redis.as_mut().unwrap().restart();
        rig.connected().await;
        let verdict = rig.verify(&rig.pass(Action::SignUp).await).await;
        assert!(verdict.success && !verdict.degraded, "{kind:?} {verdict:?}");
    }
}

#[tokio::test]
async fn a_pass_for_a_risky_action_is_not_redeemed_without_redis_and_works_afterwards() {
    let mut rig = Rig::new(Kind::SealedRedis).await;
    let token = rig.pass(Action::SignUp).await;
    rig.redis.as_mut().unwrap().freeze();
    let verdict = rig.verify(&token).await;
    assert!(!verdict.success);
    assert_eq!(verdict.error_codes, [ErrorCode::InternalError], "not reported as an invalid pass");
    rig.redis.as_mut().unwrap().thaw();
    rig.connected().await;
    let again = rig.verify(&token).await;
    // The frozen server may have executed the first request; then this one is the second.
    assert!(again.success || again.error_codes == [ErrorCode::TimeoutOrDuplicate], "{again:?}");
}

#[tokio::test]
async fn uses_during_an_outage_of_redis_are_replayed_to_it() {
    let rig = Rig::new(Kind::SealedRedis).await;
    let other = rig.replica().await;
    let issued = rig.issue(None, rig.address()).await.unwrap();
    let challenge = issued.token.to_text();
    let right = rig.right(&challenge, &issued.picture_id).await;
    rig.pass_time(3.0);
    rig.redis.as_ref().unwrap().freeze();
    let passed = rig.answer(&challenge, &issued.picture_id, &right).await.unwrap();
    let AnswerOutcome::Passed { token, .. } = passed else { panic!("the answer was right") };
    assert!(rig.verify(&token).await.success);
    rig.redis.as_ref().unwrap().thaw();
    rig.connected().await;
    other.connected().await;
    // Visible to the other replica as soon as the use is replayed to Redis.
    eventually("the use is replayed to Redis", BOUND, async || {
        let verdict = other.verify(&token).await;
        assert!(!verdict.success || verdict.degraded, "a pass works twice: {verdict:?}");
        verdict.error_codes == [ErrorCode::TimeoutOrDuplicate]
    })
    .await;
    let again = other.answer(&challenge, &issued.picture_id, &right).await.unwrap();
    assert!(!matches!(again, AnswerOutcome::Passed { .. }), "a picture passes twice");
}

/// Sealed challenges survive a crash of Redis; no picture passes twice in this process.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
async fn no_picture_passes_twice_while_redis_is_killed() {
    let attempts: u64 = std::env::var("CAPTCHA_CONTESTED").ok().and_then(|text| text.parse().ok()).unwrap_or(3_200);
    let mut rig = Rig::new(Kind::SealedRedis).await;
    let mut redis = rig.redis.take().unwrap();
    let rig = Arc::new(rig);
    let challenges = attempts.div_ceil(64).max(20);
    let done = Arc::new(AtomicU64::new(0));
    let killer = {
        let done = Arc::clone(&done);
        std::thread::spawn(move || {
            for part in 1..=3 {
                while done.load(Ordering::Relaxed) < challenges * part / 4 {
                    std::thread::sleep(Duration::from_millis(1));
                }
                redis.kill();
                std::thread::sleep(Duration::from_millis(30));
                redis.restart();
            }
            redis
        })
    };
    let (mut won, mut lost) = (0, 0);
    for _ in 0..challenges {
        let issued = rig.issue(None, rig.address()).await.unwrap();
        let challenge = issued.token.to_text();
        let right = rig.right(&challenge, &issued.picture_id).await;
        rig.pass_time(2.0);
        let mut clients = JoinSet::new();
        for _ in 0..64 {
            let rig = Arc::clone(&rig);
            let (challenge, picture, right) = (challenge.clone(), issued.picture_id.clone(), right.clone());
            clients.spawn(async move {
                let outcome = rig.answer(&challenge, &picture, &right).await;
                let Ok(AnswerOutcome::Passed { token, .. }) = outcome else { return (0, 0) };
                let first = rig.verify(&token).await.success;
                let second = rig.verify(&token).await.success;
                assert!(!(first && second), "a pass works twice");
                (1, u64::from(first || second))
            });
        }
        let (passes, redeemed) =
            clients.join_all().await.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        assert!(passes <= 1 && redeemed <= passes, "{passes} passes of one picture");
        won += passes;
        lost += 1 - passes;
        done.fetch_add(1, Ordering::Relaxed);
    }
    let _redis = killer.join().unwrap();
    assert!(won > lost * 4, "{won} passed and {lost} had to start again");
}

#[tokio::test]
async fn a_full_redis_is_an_error_and_a_read_only_one_is_unavailable() {
    let rig = Rig::new(Kind::SealedRedis).await;
    let redis = rig.redis.as_ref().unwrap();
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let issued = rig.issue(None, rig.address()).await.unwrap();
    let challenge = issued.token.to_text();
    let right = rig.right(&challenge, &issued.picture_id).await;
    rig.pass_time(3.0);
    assert!(
        rig.answer(&challenge, &issued.picture_id, &right).await.is_err(),
        "a full store is an error: nothing passes"
    );
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    let passed = rig.answer(&challenge, &issued.picture_id, &right).await.unwrap();
    assert!(matches!(passed, AnswerOutcome::Passed { .. }), "the picture was not used up");
    redis.command(&["REPLICAOF", "127.0.0.1", "1"]);
    let token = rig.pass(Action::LogIn).await;
    assert!(rig.verify(&token).await.degraded, "a replica that may only be read");
    redis.command(&["REPLICAOF", "NO", "ONE"]);
    rig.connected().await;
    assert!(rig.verify(&rig.pass(Action::SignUp).await).await.success);
}

#[tokio::test]
async fn flushed_scripts_and_broken_connections_change_nothing() {
    let rig = Rig::new(Kind::Redis).await;
    let redis = rig.redis.as_ref().unwrap();
    for round in 0..30 {
        match round % 10 {
            3 => assert_eq!(redis.command(&["SCRIPT", "FLUSH"]), "+OK\r\n"),
            7 => {
                redis.command(&["CLIENT", "KILL", "TYPE", "normal"]);
                wait_until_degraded(&rig).await;
                rig.connected().await;
            }
            _ => {}
        }
        assert!(rig.verify(&rig.pass(Action::SignUp).await).await.success, "round {round}");
    }
}

#[tokio::test]
async fn a_key_of_another_type_is_an_error_and_no_panic() {
    let rig = Rig::new(Kind::Redis).await;
    let issued = rig.issue(None, rig.address()).await.unwrap();
    let redis = rig.redis.as_ref().unwrap();
    let marker = "cap1:{0}";
    redis.command(&["DEL", marker]);
    redis.command(&["LPUSH", marker, "x"]);
    let challenge = issued.token.to_text();
    assert!(rig.answer(&challenge, &issued.picture_id, "42").await.is_err());
    redis.command(&["DEL", marker]);
    let closed = rig.answer(&challenge, &issued.picture_id, "42").await.unwrap();
    assert!(matches!(closed, AnswerOutcome::Closed { .. }), "of an earlier epoch");
}

#[tokio::test]
async fn the_documented_redis_acl_is_sufficient() {
    let document = include_str!("../../../docs/captcha.md");
    let line = document.lines().find(|line| line.starts_with("ACL SETUSER")).expect("the rights are documented");
    for kind in [Kind::Redis, Kind::SealedRedis] {
        let redis = limiter_lib::testing::RedisServer::start();
        let words: Vec<&str> = line.split(' ').map(|word| if word == ">SECRET" { ">secret" } else { word }).collect();
        assert_eq!(redis.command(&words), "+OK\r\n");
        let url = redis.url().replace("redis://", "redis://marquee-captcha:secret@");
        let rig = Rig::at(kind, url).await;
        let issued = rig.issue(None, rig.address()).await.unwrap();
        let challenge = issued.token.to_text();
        let mut picture = rig.state.challenges.refresh(&challenge, &issued.picture_id, None).await.unwrap().picture_id;
        picture = rig.state.challenges.extend(&challenge, &picture).await.unwrap().picture_id;
        loop {
            rig.pass_time(3.0);
            match rig.answer(&challenge, &picture, "1").await.unwrap() {
                AnswerOutcome::Again { picture_id, .. } => picture = picture_id,
                _ => break,
            }
        }
        let verdict = rig.verify(&rig.pass(Action::SignUp).await).await;
        assert!(verdict.success && !verdict.degraded, "{verdict:?}");
        assert!(redis.command(&["ACL", "LOG"]).starts_with("*0"), "something was refused");
    }
}

#[tokio::test]
async fn a_redis_that_rejects_writes_is_unavailable_until_it_accepts_them() {
    let rig = Rig::new(Kind::Redis).await;
    let redis = rig.redis.as_ref().unwrap();
    let refused = || {
        let stats = redis.command(&["INFO", "errorstats"]);
        let count = stats.split_once("errorstat_OOM:count=").map_or("0", |(_, rest)| rest);
        count
            .split(|digit: char| !digit.is_ascii_digit())
            .next()
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0_u64)
    };
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    wait_until_degraded(&rig).await;
    let before = refused();
    eventually("four writes were rejected", BOUND, async || {
        assert!(rig.state.repository.is_degraded(), "it rejects every write");
        refused() >= before + 4
    })
    .await;
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    rig.connected().await;
}

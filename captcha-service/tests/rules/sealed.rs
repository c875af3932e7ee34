//! Sealed pictures and passes: tampering, replays, and stores that lost their records.

use captcha_service::flows::answer::AnswerOutcome;
use contracts::captcha::Action;
use contracts::captcha::siteverify::ErrorCode;

use crate::rig::{Kind, Rig};

fn is_closed(outcome: &AnswerOutcome) -> bool {
    matches!(outcome, AnswerOutcome::Closed { .. })
}

#[tokio::test]
async fn a_sealed_picture_opens_only_unchanged_and_for_its_own_challenge() {
    let rig = Rig::new(Kind::SealedMemory).await;
    let (one, two) = (rig.issue(None, rig.address()).await.unwrap(), rig.issue(None, rig.address()).await.unwrap());
    let (first, second) = (one.token.to_text(), two.token.to_text());
    let right = rig.right(&first, &one.picture_id).await;
    rig.pass_time(3.0);
    assert!(is_closed(&rig.answer(&second, &one.picture_id, &right).await.unwrap()), "of another challenge");
    for place in [0, 1, 13, 40, one.picture_id.len() - 1] {
        let mut bytes = one.picture_id.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(is_closed(&rig.answer(&first, &changed, &right).await.unwrap()), "changed at {place}");
    }
    assert!(is_closed(&rig.answer(&first, &one.picture_id[..50], &right).await.unwrap()), "cut");
    let passed = rig.answer(&first, &one.picture_id, &right).await.unwrap();
    assert!(matches!(passed, AnswerOutcome::Passed { .. }), "unharmed by all that");
}

#[tokio::test]
async fn a_store_of_another_epoch_accepts_no_sealed_picture_or_pass() {
    let (here, there) = (Rig::new(Kind::SealedMemory).await, Rig::new(Kind::SealedMemory).await);
    let issued = here.issue(None, here.address()).await.unwrap();
    let challenge = issued.token.to_text();
    let right = here.right(&challenge, &issued.picture_id).await;
    here.pass_time(3.0);
    there.pass_time(3.0);
    // The same key, but another epoch of the store: uses in the first are unknown to the second.
    assert!(is_closed(&there.answer(&challenge, &issued.picture_id, &right).await.unwrap()));
    let token = here.pass(Action::LogIn).await;
    assert_eq!(there.verify(&token).await.error_codes, [ErrorCode::TimeoutOrDuplicate]);
    assert!(here.verify(&token).await.success);
}

#[tokio::test]
async fn a_replayed_picture_leads_to_decoys_and_never_passes() {
    let rig = Rig::new(Kind::SealedMemory).await;
    let issued = rig.issue(None, rig.address()).await.unwrap();
    let challenge = issued.token.to_text();
    let right = rig.right(&challenge, &issued.picture_id).await;
    rig.pass_time(3.0);
    assert!(matches!(rig.answer(&challenge, &issued.picture_id, &right).await.unwrap(), AnswerOutcome::Passed { .. }));
    let mut picture = issued.picture_id;
    let mut rounds = 0;
    loop {
        let right = rig.right(&challenge, &picture).await;
        rig.pass_time(3.0);
        match rig.answer(&challenge, &picture, &right).await.unwrap() {
            AnswerOutcome::Passed { .. } => panic!("a second pass"),
            AnswerOutcome::Again { picture_id, .. } => picture = picture_id,
            AnswerOutcome::Closed { .. } => break,
        }
        rounds += 1;
    }
    assert_eq!(rounds, 1, "as many as with wrong answers on a new device");
}

#[tokio::test]
async fn a_redis_that_lost_its_records_rejects_what_was_sealed_before() {
    let mut rig = Rig::new(Kind::SealedRedis).await;
    let issued = rig.issue(None, rig.address()).await.unwrap();
    let challenge = issued.token.to_text();
    let right = rig.right(&challenge, &issued.picture_id).await;
    let (token, used) = (rig.pass(Action::LogIn).await, rig.pass(Action::LogIn).await);
    assert!(rig.verify(&used).await.success);
    rig.pass_time(3.0);
    let other = rig.replica().await; // one without uses of its own
    let redis = rig.redis.as_mut().unwrap();
    redis.kill();
    redis.restart();
    other.connected().await;
    service_kit::testing::eventually("the restart is noticed", std::time::Duration::from_secs(10), async || {
        let fresh = other.issue(None, other.address()).await;
        fresh.is_ok_and(|fresh| fresh.challenge.epoch() != issued.challenge.epoch())
    })
    .await;
    assert!(is_closed(&other.answer(&challenge, &issued.picture_id, &right).await.unwrap()));
    for token in [&used, &token] {
        assert_eq!(other.verify(token).await.error_codes, [ErrorCode::TimeoutOrDuplicate]);
    }
    let fresh = other.pass(Action::LogIn).await;
    assert!(other.verify(&fresh).await.success, "and goes on with what is new");
}

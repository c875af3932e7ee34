//! Sixty-four clients contend for one picture or pass: one wins. `CAPTCHA_CONTESTED` sets the total number of
//! attempts.

use std::sync::Arc;

use captcha_service::flows::answer::AnswerOutcome;
use tokio::task::JoinSet;

use crate::rig::{Kind, Rig};

const CLIENTS: u64 = 64;

/// Number of answers and redemptions together.
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn attempts(ordinary: u64) -> u64 {
    std::env::var("CAPTCHA_CONTESTED").ok().and_then(|text| text.parse().ok()).unwrap_or(ordinary)
}

/// All clients answer the one picture of a challenge rightly at once, and then all redeem its pass.
async fn contested(kind: Kind, attempts: u64) {
    let rig = Arc::new(Rig::new(kind).await);
    for _ in 0..attempts.div_ceil(2 * CLIENTS) {
        let issued = rig.issue(None, rig.address()).await.unwrap();
        let challenge = issued.token.to_text();
        let right = rig.right(&challenge, &issued.picture_id).await;
        rig.pass_time(2.0);
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let rig = Arc::clone(&rig);
            let (challenge, picture, right) = (challenge.clone(), issued.picture_id.clone(), right.clone());
            clients.spawn(async move {
                match rig.answer(&challenge, &picture, &right).await.unwrap() {
                    AnswerOutcome::Passed { token, .. } => Some(token),
                    _ => None,
                }
            });
        }
        let won: Vec<_> = clients.join_all().await.into_iter().flatten().collect();
        assert_eq!(won.len(), 1, "of {CLIENTS} right answers to one picture");
        assert_eq!(redeem_by_all(&rig, &won[0]).await, 1, "of {CLIENTS} redeems of one pass");
    }
}

async fn redeem_by_all(rig: &Arc<Rig>, token: &str) -> usize {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (rig, token) = (Arc::clone(rig), token.to_owned());
        clients.spawn(async move { rig.verify(&token).await.success });
    }
    clients.join_all().await.into_iter().filter(|won| *won).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_sixty_four_answers_and_redeems_wins_in_this_process() {
    contested(Kind::Memory, attempts(50_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_sixty_four_answers_and_redeems_wins_when_sealed() {
    contested(Kind::SealedMemory, attempts(50_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_sixty_four_answers_and_redeems_wins_in_redis() {
    contested(Kind::Redis, attempts(6_400)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_sixty_four_answers_and_redeems_wins_when_sealed_with_redis() {
    contested(Kind::SealedRedis, attempts(6_400)).await;
}

/// Clients of different replicas contend like those of one.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_sixty_four_wins_over_two_replicas() {
    for kind in [Kind::Redis, Kind::SealedRedis] {
        let one = Arc::new(Rig::new(kind).await);
        let two = Arc::new(one.replica().await);
        for _ in 0..20 {
            let issued = one.issue(None, one.address()).await.unwrap();
            let challenge = issued.token.to_text();
            let right = one.right(&challenge, &issued.picture_id).await;
            one.pass_time(2.0);
            let mut clients = JoinSet::new();
            for n in 0..CLIENTS {
                let rig = Arc::clone(if n % 2 == 0 { &one } else { &two });
                let (challenge, picture, right) = (challenge.clone(), issued.picture_id.clone(), right.clone());
                clients.spawn(async move { rig.answer(&challenge, &picture, &right).await.unwrap() });
            }
            let outcomes = clients.join_all().await;
            let tokens: Vec<_> = outcomes
                .into_iter()
                .filter_map(|outcome| match outcome {
                    AnswerOutcome::Passed { token, .. } => Some(token),
                    _ => None,
                })
                .collect();
            assert_eq!(tokens.len(), 1, "{kind:?}");
            let verdicts = [one.verify(&tokens[0]).await, two.verify(&tokens[0]).await];
            assert_eq!(verdicts.iter().filter(|verdict| verdict.success).count(), 1, "{kind:?}");
        }
    }
}

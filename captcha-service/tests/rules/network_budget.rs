//! The budget of passes of a network, on every kind of store.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use captcha_service::domain::ChangeRefusal;
use captcha_service::flows::answer::AnswerOutcome;
use captcha_service::flows::change_picture::ChangeError;
use captcha_service::flows::issue::{IssueError, IssuedChallenge};
use contracts::Secret;
use contracts::captcha::Action;
use contracts::captcha::assess::{AssessRiskRequest, Decision};
use contracts::captcha::challenges::Modality;
use service_kit::testing::eventually;
use tokio::task::JoinSet;

use crate::rig::{Kind, Rig};

const KINDS: [Kind; 4] = [Kind::Memory, Kind::SealedMemory, Kind::Redis, Kind::SealedRedis];
const BOUND: Duration = Duration::from_secs(20);
const HOUR: f64 = 3600.0;

/// Answers the open challenge rightly until it ends; `true` when it gave a pass.
async fn solve(rig: &Rig, issued: &IssuedChallenge) -> bool {
    let (challenge, mut picture) = (issued.token.to_text(), issued.picture_id.clone());
    loop {
        let right = rig.right(&challenge, &picture).await;
        match rig.answer(&challenge, &picture, &right).await.unwrap() {
            AnswerOutcome::Passed { .. } => return true,
            AnswerOutcome::Again { picture_id, .. } => {
                picture = picture_id;
                rig.pass_time(4.0);
            }
            AnswerOutcome::Closed { wait } => {
                assert!(wait >= Duration::from_secs(30));
                return false;
            }
        }
    }
}

/// Passes on a device, or on a new one; returns its credential, or the wait of a network without a budget.
async fn pass(rig: &Rig, known: Option<&Secret>, address: IpAddr) -> Result<Secret, Duration> {
    match rig.issue(known, address).await {
        Ok(issued) => {
            rig.pass_time(60.0);
            assert!(solve(rig, &issued).await, "{:?}: a right answer", rig.kind);
            Ok(issued.device_token)
        }
        Err(IssueError::Refused(wait)) => Err(wait),
        Err(error) => panic!("{error}"),
    }
}

/// Passes on new devices until the budget is used up; returns their number.
async fn exhaust(rig: &Rig, address: IpAddr) -> u32 {
    let mut passes = 0;
    while passes < 100 && pass(rig, None, address).await.is_ok() {
        passes += 1;
    }
    passes
}

async fn decision(rig: &Rig, device: Option<&Secret>, address: IpAddr) -> Decision {
    let request = AssessRiskRequest {
        action: Action::LogIn,
        device_id: device.cloned(),
        ip: Some(address.to_string()),
        platform: None,
        account_hash: None,
        signals: Vec::new(),
    };
    rig.state.assessments.assess(&request).await.unwrap().decision
}

#[tokio::test]
async fn old_and_new_devices_of_a_network_have_thirty_passes_a_day_together() {
    for kind in KINDS {
        let rig = Rig::new(kind).await;
        let (near, far) = (rig.address(), rig.address());
        let old = pass(&rig, None, near).await.unwrap();
        rig.pass_time(40.0 * 86_400.0);
        for _ in 0..8 {
            pass(&rig, Some(&old), near).await.unwrap();
        }
        assert_eq!(exhaust(&rig, near).await, 22, "{kind:?}");
        let wait = pass(&rig, Some(&old), near).await.unwrap_err();
        assert!(wait.as_secs_f64() > 23.0 * HOUR && wait.as_secs_f64() <= 25.0 * HOUR, "{kind:?}: {wait:?}");
        assert!(pass(&rig, Some(&old), far).await.is_ok(), "{kind:?}: another network has its own");
    }
}

#[tokio::test]
async fn a_budget_comes_back_when_its_passes_are_a_day_old() {
    for kind in KINDS {
        let rig = Rig::new(kind).await;
        let address = rig.address();
        pass(&rig, None, address).await.unwrap();
        rig.pass_time(10.0 * HOUR);
        assert_eq!(exhaust(&rig, address).await, 29, "{kind:?}");
        let wait = pass(&rig, None, address).await.unwrap_err();
        rig.pass_time(wait.as_secs_f64() - 1.0);
        assert!(pass(&rig, None, address).await.is_err(), "{kind:?}: a second too early");
        rig.pass_time(1.0);
        assert_eq!(exhaust(&rig, address).await, 1, "{kind:?}: the one of ten hours earlier");
        rig.pass_time(25.0 * HOUR);
        assert_eq!(exhaust(&rig, address).await, 30, "{kind:?}");
    }
}

/// All challenges are open before the first answer.
async fn contested(rigs: &[Arc<Rig>]) -> usize {
    let address = rigs[0].address();
    let mut opened = Vec::new();
    for n in 0..64 {
        let rig = Arc::clone(&rigs[n % rigs.len()]);
        let issued = rig.issue(None, address).await.unwrap();
        opened.push((rig, issued));
    }
    let devices: Vec<_> = opened.iter().map(|(_, issued)| issued.device_token.clone()).collect();
    rigs[0].pass_time(4.0);
    let mut clients = JoinSet::new();
    for (rig, issued) in opened {
        clients.spawn(async move { solve(&rig, &issued).await });
    }
    let passed = clients.join_all().await.into_iter().filter(|passed| *passed).count();
    rigs[0].pass_time(2.0 * HOUR); // so many new devices at once, and young ones, waive nothing
    let mut waived = 0;
    for device in &devices {
        waived += usize::from(decision(&rigs[0], Some(device), address).await == Decision::Allow);
    }
    assert_eq!(waived, passed, "no answer without a pass waives a picture");
    passed
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_concurrent_right_answers_of_a_network_thirty_pass() {
    for kind in KINDS {
        let rig = Arc::new(Rig::new(kind).await);
        assert_eq!(contested(&[rig]).await, 30, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_the_budget_of_a_network() {
    for kind in [Kind::Redis, Kind::SealedRedis] {
        let one = Arc::new(Rig::new(kind).await);
        let others = [Arc::new(one.replica().await), Arc::new(one.replica().await)];
        let [two, three] = others;
        assert_eq!(contested(&[one, two, three]).await, 30, "{kind:?}");
    }
}

#[tokio::test]
async fn without_redis_a_process_gives_what_is_left_of_its_own_budget() {
    for kind in [Kind::Redis, Kind::SealedRedis] {
        let mut rig = Rig::new(kind).await;
        let other = rig.replica().await;
        let address = rig.address();
        for _ in 0..10 {
            pass(&rig, None, address).await.unwrap();
        }
        rig.redis.as_mut().unwrap().kill();
        for replica in [&rig, &other] {
            eventually("the loss is noticed", BOUND, async || replica.state.repository.is_degraded()).await;
        }
        assert_eq!(exhaust(&rig, address).await, 20, "{kind:?}");
        assert_eq!(exhaust(&other, address).await, 30, "{kind:?}: each process counts for itself");
        rig.redis.as_mut().unwrap().restart();
        rig.connected().await;
        assert!(pass(&rig, None, address).await.is_err(), "{kind:?}: an empty Redis is no new budget here");
    }
}

#[tokio::test]
async fn an_ipv6_network_is_a_56() {
    let rig = Rig::new(Kind::Memory).await;
    let at = |text: &str| text.parse::<IpAddr>().unwrap();
    let mut passes = 0;
    while passes < 100 && pass(&rig, None, at(&format!("2001:db8:0:{passes:x}::{passes:x}"))).await.is_ok() {
        passes += 1;
    }
    assert_eq!(passes, 30);
    assert!(pass(&rig, None, at("2001:db8:0:100::1")).await.is_ok(), "the next /56");
    assert!(pass(&rig, None, at("::ffff:192.0.2.1")).await.is_ok());
}

async fn listen(rig: &Rig, address: IpAddr) -> IssuedChallenge {
    let request = rig.request(Action::LogIn, None, Modality::Audio);
    rig.state.challenges.issue(&request, Some(address)).await.unwrap()
}

#[tokio::test]
async fn a_third_of_the_passes_of_a_network_may_be_by_sound_and_pictures_remain() {
    for kind in KINDS {
        let rig = Rig::new(kind).await;
        let address = rig.address();
        let early = rig.issue(None, address).await.unwrap();
        for _ in 0..10 {
            let issued = listen(&rig, address).await;
            assert!(issued.challenge.presentation().audio && issued.may_listen);
            rig.pass_time(10.0);
            assert!(solve(&rig, &issued).await, "{kind:?}");
        }
        let issued = listen(&rig, address).await;
        assert!(!issued.challenge.presentation().audio && !issued.may_listen, "{kind:?}: a picture instead");
        let heard = |issued: &IssuedChallenge| (issued.token.to_text(), issued.picture_id.clone());
        for (challenge, picture) in [heard(&early), heard(&issued)] {
            let changed = rig.state.challenges.refresh(&challenge, &picture, Some(Modality::Audio)).await;
            assert!(matches!(changed, Err(ChangeError::Refused(ChangeRefusal::UsedUp))), "{kind:?}");
        }
        rig.pass_time(10.0);
        assert!(solve(&rig, &issued).await, "{kind:?}");
        assert_eq!(exhaust(&rig, address).await, 19, "{kind:?}");
    }
}

#[tokio::test]
async fn of_concurrent_right_answers_to_spoken_sums_ten_pass() {
    for kind in KINDS {
        let rig = Rig::new(kind).await;
        let address = rig.address();
        let mut opened = Vec::new();
        for _ in 0..16 {
            opened.push(listen(&rig, address).await);
        }
        rig.pass_time(10.0);
        let passed = futures_util::future::join_all(opened.iter().map(|issued| solve(&rig, issued))).await;
        assert_eq!(passed.into_iter().filter(|passed| *passed).count(), 10, "{kind:?}");
    }
}

#[tokio::test]
async fn a_network_without_a_budget_still_spares_pictures_where_an_answer_earned_it() {
    for kind in KINDS {
        let rig = Rig::new(kind).await;
        let address = rig.address();
        let proven = pass(&rig, None, address).await.unwrap();
        exhaust(&rig, address).await;
        for expected in [Decision::Allow, Decision::Allow, Decision::Allow, Decision::Deny] {
            assert_eq!(decision(&rig, Some(&proven), address).await, expected, "{kind:?}");
        }
        assert_eq!(decision(&rig, None, address).await, Decision::Deny, "{kind:?}: there is no phone here");
    }
}

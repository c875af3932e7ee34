//! Waivers after a right answer, on every kind of store.

use std::net::IpAddr;

use captcha_service::flows::answer::AnswerOutcome;
use contracts::Secret;
use contracts::captcha::Action;
use contracts::captcha::assess::{AssessRiskRequest, Decision};
use futures_util::future::join_all;

use crate::rig::{Kind, Rig};

const KINDS: [Kind; 4] = [Kind::Memory, Kind::SealedMemory, Kind::Redis, Kind::SealedRedis];

async fn is_allowed(rig: &Rig, device: &Secret, address: IpAddr) -> bool {
    let request = AssessRiskRequest {
        action: Action::LogIn,
        device_id: Some(device.clone()),
        ip: Some(address.to_string()),
        platform: None,
        account_hash: None,
        signals: Vec::new(),
    };
    rig.state.assessments.assess(&request).await.unwrap().decision == Decision::Allow
}

/// Answers a picture rightly; returns the credential of the device.
async fn answered(rig: &Rig, known: Option<&Secret>, address: IpAddr) -> Secret {
    let issued = rig.issue(known, address).await.unwrap();
    let challenge = issued.token.to_text();
    let right = rig.right(&challenge, &issued.picture_id).await;
    rig.pass_time(4.0);
    let outcome = rig.answer(&challenge, &issued.picture_id, &right).await.unwrap();
    assert!(matches!(outcome, AnswerOutcome::Passed { .. }));
    issued.device_token
}

#[tokio::test]
async fn of_many_concurrent_assessments_three_are_waived() {
    for kind in KINDS {
        let rig = Rig::new(kind).await;
        let address = rig.address();
        let device = answered(&rig, None, address).await;
        let allowed = join_all((0..8).map(|_| is_allowed(&rig, &device, address))).await;
        assert_eq!(allowed.into_iter().filter(|allowed| *allowed).count(), 3, "{kind:?}");
    }
}

#[tokio::test]
async fn a_network_has_sixty_waivers_in_ten_minutes() {
    for kind in KINDS {
        let rig = Rig::new(kind).await;
        let address = rig.address();
        let mut devices = Vec::new();
        for _ in 0..20 {
            devices.push(answered(&rig, None, address).await);
        }
        for device in &devices {
            for _ in 0..3 {
                assert!(is_allowed(&rig, device, address).await, "{kind:?}");
            }
        }
        let again = answered(&rig, devices.first(), address).await;
        assert!(!is_allowed(&rig, &again, address).await, "{kind:?}: the sixty-first");
        rig.pass_time(1200.0);
        assert!(is_allowed(&rig, &again, address).await, "{kind:?}: twenty minutes later");
    }
}

#[tokio::test]
async fn without_the_shared_store_no_picture_is_waived() {
    let mut rig = Rig::new(Kind::SealedRedis).await;
    let address = rig.address();
    let device = answered(&rig, None, address).await;
    drop(rig.redis.take());
    assert!(!is_allowed(&rig, &device, address).await);
}

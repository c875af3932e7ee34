//! Statements of device authorizations.

use account_storage::{DeviceCodes, Store};
use accounts::{
    ClientLocation, DeviceClaim, DeviceDecision, DeviceRequest, NewSession, SessionGrant, SignIn, SignInMethod,
    SignInResult, UserKey,
};
use chrono::TimeDelta;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::SessionId;

use super::mails::draft;
use crate::plan_watch::PlanWatch;
use crate::support::now;

pub async fn devices(traced: &Store, user: UserKey, watch: &mut PlanWatch) {
    let (device, at) = (Device::default(), now());
    let (codes, claim) = (
        DeviceCodes { device_hash: [7; 32], user_mac: [8; 32] },
        DeviceClaim { user: user.id, session: SessionId::new() },
    );
    let request = DeviceRequest {
        client_id: "marquee".to_owned(),
        resource: None,
        device: device.clone(),
        location: ClientLocation::default(),
        created_at: at,
        expires_at: at + TimeDelta::minutes(10),
    };
    let inserted = traced.insert_device_authorization(codes, &request, 10);
    watch.of("insert_device_authorization", inserted).await;
    assert!(watch.of("find_device_authorization", traced.find_device_authorization(&[7; 32])).await.is_some());
    assert!(watch.of("claim_device", traced.claim_device(&[[8; 32]], claim, at)).await.is_some());
    assert!(watch.of("find_claimed_device", traced.find_claimed_device(&[[8; 32]], claim, at)).await.is_some());
    let decision = DeviceDecision { approved: true, at };
    let mail = draft();
    let decided = traced.decide_device(&[[8; 32]], claim, decision, Some(&mail));
    assert_eq!(watch.of("decide_device", decided).await, Ok([7; 32]));
    watch.of("purge_device_authorizations", traced.purge_device_authorizations(at)).await;
    assert_eq!(watch.of("list_decided_devices", traced.list_decided_devices(at, 10)).await, [[7; 32]]);
    let session = NewSession {
        id: SessionId::new(),
        user,
        device,
        refresh_hash: [1; 32],
        created_at: at,
        expires_at: at + TimeDelta::days(30),
        verified_hash: None,
        grant: SessionGrant { viewer_only: true, ..SessionGrant::of("marquee") },
    };
    let sign_in = SignIn {
        user_id: user.id,
        at,
        device: DeviceKind::Tv,
        location: ClientLocation::default(),
        method: SignInMethod::Device,
        result: SignInResult::Success,
        session_id: Some(session.id),
    };
    watch.of("redeem_device", traced.redeem_device(&[7; 32], &session, &sign_in)).await;
}

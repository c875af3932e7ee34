//! Device authorizations: bounds, and what is deleted.

use account_storage::{DeviceCodes, InsertDeviceError};
use accounts::{ClientLocation, DeviceClaim, DeviceRequest};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::devices::Device;
use contracts::ids::{SessionId, UserId};
use futures_util::future::join_all;

use super::support::{TestStore, now};

fn codes(number: u8) -> DeviceCodes {
    DeviceCodes { device_hash: [number; 32], user_mac: [number; 32] }
}

pub fn request(at: DateTime<Utc>) -> DeviceRequest {
    DeviceRequest {
        client_id: "marquee".to_owned(),
        resource: None,
        device: Device::default(),
        location: ClientLocation::default(),
        created_at: at,
        expires_at: at + TimeDelta::minutes(10),
    }
}

#[tokio::test]
async fn open_codes_are_bounded_and_those_that_ended_leave_room() {
    let (store, at) = (TestStore::create().await, now());
    for number in 0..3 {
        store.insert_device_authorization(codes(number), &request(at), 3).await.unwrap();
    }
    let beyond = store.insert_device_authorization(codes(3), &request(at), 3).await;
    assert!(matches!(beyond, Err(InsertDeviceError::TooMany)), "{beyond:?}");
    let later = at + TimeDelta::minutes(10);
    store.insert_device_authorization(codes(3), &request(later), 3).await.unwrap();
}

#[tokio::test]
async fn a_user_code_belongs_to_one_device() {
    let (store, at) = (TestStore::create().await, now());
    store.insert_device_authorization(codes(1), &request(at), 3).await.unwrap();
    let other = DeviceCodes { device_hash: [2; 32], ..codes(1) };
    let taken = store.insert_device_authorization(other, &request(at), 3).await;
    assert!(matches!(taken, Err(InsertDeviceError::Taken)), "{taken:?}");
}

#[tokio::test]
async fn of_sessions_that_enter_a_code_at_once_one_claims_it() {
    let (store, at) = (TestStore::create().await, now());
    store.insert_device_authorization(codes(1), &request(at), 3).await.unwrap();
    let claims: Vec<_> = (0..8).map(|_| DeviceClaim { user: UserId::new(), session: SessionId::new() }).collect();
    let found = join_all(claims.iter().map(|claim| store.claim_device(&[[1; 32]], *claim, at))).await;
    let winners: Vec<_> = found.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(winners.len(), 1);
    let stored = store.find_device_authorization(&[1; 32]).await.unwrap().unwrap();
    assert_eq!(stored.claim, winners[0].claim);
}

#[tokio::test]
async fn what_ended_more_than_an_hour_ago_is_deleted() {
    let (store, at) = (TestStore::create().await, now());
    store.insert_device_authorization(codes(1), &request(at), 3).await.unwrap();
    let end = at + TimeDelta::minutes(10);
    for (time, is_kept) in [(end + TimeDelta::minutes(59), true), (end + TimeDelta::minutes(61), false)] {
        store.purge_device_authorizations(time).await.unwrap();
        assert_eq!(store.find_device_authorization(&[1; 32]).await.unwrap().is_some(), is_kept, "{time}");
    }
}

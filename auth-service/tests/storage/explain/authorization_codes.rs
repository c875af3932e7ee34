//! Statements of authorization codes.

use account_storage::{Store, UsedCode};
use accounts::UserKey;
use chrono::TimeDelta;
use uuid::Uuid;

use crate::authorization_codes::session;
use crate::plan_watch::PlanWatch;
use crate::support::now;

pub async fn authorization_codes(traced: &Store, user: UserKey, watch: &mut PlanWatch) {
    let expires_at = now() + TimeDelta::minutes(1);
    let code = || UsedCode { id: Uuid::now_v7(), expires_at };
    let (session, sign_in) = session(user);
    let redeemed = traced.redeem_authorization_code(code(), &session, &sign_in);
    assert!(watch.of("redeem_authorization_code", redeemed).await.is_empty());
    watch.of("spend_authorization_code", traced.spend_authorization_code(code())).await;
    watch.of("purge_authorization_codes", traced.purge_authorization_codes(expires_at)).await;
}

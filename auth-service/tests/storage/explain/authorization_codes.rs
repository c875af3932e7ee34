//! Statements of authorization codes.

use account_storage::{Store, UsedCode};
use accounts::UserKey;
use uuid::Uuid;

use crate::authorization_codes::{code, session};
use crate::plan_watch::PlanWatch;

pub async fn authorization_codes(traced: &Store, user: UserKey, watch: &mut PlanWatch) {
    let code = code(traced, user).await;
    let (session, sign_in) = session(user);
    let redeemed = traced.redeem_authorization_code(code, &session, &sign_in);
    assert!(watch.of("redeem_authorization_code", redeemed).await.is_empty());
    watch
        .of("spend_authorization_code", traced.spend_authorization_code(UsedCode { id: Uuid::now_v7(), ..code }))
        .await;
    watch.of("purge_authorization_codes", traced.purge_authorization_codes(code.expires_at)).await;
}

//! Statements of social identities, and of the export and deletion of an account.

use account_storage::Store;
use accounts::{AccountEventKind, Email};
use chrono::TimeDelta;
use credentials::hashing::PasswordHash;

use super::mails::draft;
use crate::identities::{enabled_providers, event, identity, social_user};
use crate::plan_watch::PlanWatch;
use crate::support::{TestStore, now};

pub async fn identities(traced: &Store, store: &TestStore, watch: &mut PlanWatch) {
    let (new, one, other) = (social_user(store), identity("google", "1"), identity("yandex", "2"));
    let id = new.key.id;
    watch.of("insert_social_user", traced.insert_social_user(&new, &one)).await;
    assert!(watch.of("find_identity", traced.find_identity(&one.key)).await.is_some());
    assert!(watch.of("touch_identity", traced.touch_identity(id, &one)).await);
    let line = |kind| event(id, kind);
    let linked = line(AccountEventKind::SocialLinked);
    watch.of("link_identity", traced.link_identity(id, &other, &linked, Some(&draft()))).await;
    let all = watch.of("list_identities", traced.list_identities(id)).await;
    watch
        .of(
            "unlink_identity",
            traced.unlink_identity(id, all[1].id, &enabled_providers(), now(), None, |_| Some(draft())),
        )
        .await;
    let (hash, email) = (PasswordHash::new("none"), Email::parse("explained@example.org").unwrap());
    let set = line(AccountEventKind::PasswordSet);
    watch.of("set_first_password", traced.set_first_password(id, &hash, Some(&email), &set, Some(&draft()))).await;
    assert_eq!(watch.of("list_account_events", traced.list_account_events(id, 10)).await.len(), 3);
    let ticket = all[0].id;
    watch.of("consume_one_time_value", traced.consume_one_time_value(ticket, now() + TimeDelta::hours(1), now())).await;
    assert!(watch.of("is_one_time_value_consumed", traced.is_one_time_value_consumed(ticket)).await);
    watch.of("restore_one_time_value", traced.restore_one_time_value(ticket)).await;
    let at = now();
    watch.of("list_stored_logins", traced.list_stored_logins(id)).await;
    watch.of("find_stored_email_change", traced.find_stored_email_change(id)).await;
    watch.of("list_acts_on", traced.list_acts_on(id)).await;
    watch.of("list_stored_sessions", traced.list_stored_sessions(id)).await;
    watch.of("time_until_export", traced.time_until_export(id, at)).await;
    watch.of("record_export", traced.record_export(id, at, None, Some(&draft()))).await;
    watch.of("delete_user", traced.delete_user(id, at, Some(&draft()))).await;
    watch.of("purge_deleted_users", traced.purge_deleted_users(at - TimeDelta::days(1), at + TimeDelta::days(1))).await;
}

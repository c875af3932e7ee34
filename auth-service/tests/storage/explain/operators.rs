//! Statements of operators who help owners, and of audit events.

use account_storage::{Store, UserSearch};
use accounts::{AuditFilter, BirthDate, NewUser, RoleName};
use chrono::TimeDelta;
use contracts::ids::UserId;

use super::mails::draft;
use crate::operators::by;
use crate::plan_watch::PlanWatch;
use crate::support::{TestStore, new_user, now};

pub async fn operators(traced: &Store, store: &TestStore, watch: &mut PlanWatch) {
    let (new, context) = (new_user(&store.region_map, Some("RU-MOW")), by(UserId::new()));
    let id = new.key.id;
    traced.insert_user(&new, None).await.unwrap();
    let admin = NewUser { roles: vec![RoleName::admin()], ..new_user(&store.region_map, None) };
    watch.of("create_admin", traced.create_admin(&admin, &context)).await;
    let search = UserSearch::Login(new.email.clone().unwrap().into());
    assert_eq!(watch.of("find_users", traced.find_users(&search, &context)).await.len(), 1);
    let search = UserSearch::Role { role: RoleName::parse("editor").unwrap(), after: None, limit: 10 };
    assert_eq!(watch.of("find_users", traced.find_users(&search, &context)).await.len(), 1);
    watch.of("get_user", traced.get_user(id, &context)).await;
    watch.of("disable_user", traced.disable_user(id, &context, Some(&draft()))).await;
    watch.of("enable_user", traced.enable_user(id, &context, Some(&draft()))).await;
    watch.of("end_user_sessions", traced.end_user_sessions(id, &context, Some(&draft()))).await;
    watch.of("unlock_user", traced.unlock_user(id, &context, Some(&draft()))).await;
    let since = now() - TimeDelta::days(1);
    assert_eq!(watch.of("list_unlocks", traced.list_unlocks(since, 10)).await.len(), 2);
    let born = BirthDate::new("1990-05-17".parse().unwrap(), now().date_naive()).unwrap();
    watch.of("correct_birth_date", traced.correct_birth_date(id, Some(born), &context, Some(&draft()))).await;
    watch.of("prove_email", traced.prove_email(id, &context, Some(&draft()))).await;
    watch.of("free_email", traced.free_email(id, &context, Some(&draft()))).await;
    watch.of("delete_user_for_operator", traced.delete_user_for_operator(id, &context, Some(&draft()))).await;
    let filter = AuditFilter { user_id: Some(id), ..AuditFilter::default() };
    assert_eq!(watch.of("list_audit_events", traced.list_audit_events(filter, 10, &context)).await.len(), 10);
}

//! Every act of an operator: its change, its audit event and the mail to the owner are committed together, or none is.

use std::error::Error;

use account_storage::{Store, UserSearch};
use accounts::{AuditContext, AuditFilter, BirthDate, PresentedLogin, RoleName, UserKey};
use contracts::ids::UserId;
use credentials::hashing::PasswordHash;

use crate::explain::draft;
use crate::operators::{admin, by, by_command, events, session};
use crate::roles::{change, permissions, role};
use crate::support::{TestStore, new_user, now, on_large_stack};

/// Acts of which owners are mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Disable,
    Enable,
    Unlock,
    EndSessions,
    FreeEmail,
    ProveEmail,
    CorrectBirthDate,
    ResetPassword,
    AssignRole,
    RevokeRole,
    Delete,
}

/// The acts with their names in audit events.
const ACTS: [(Act, &str); 11] = [
    (Act::Disable, "disable_user"),
    (Act::Enable, "enable_user"),
    (Act::Unlock, "unlock_user"),
    (Act::EndSessions, "end_user_sessions"),
    (Act::FreeEmail, "free_email"),
    (Act::ProveEmail, "prove_email"),
    (Act::CorrectBirthDate, "correct_birth_date"),
    (Act::ResetPassword, "reset_password"),
    (Act::AssignRole, "assign_role"),
    (Act::RevokeRole, "revoke_role"),
    (Act::Delete, "delete_user"),
];

/// Numbers of rows that acts change.
const COUNTS: [&str; 8] = [
    "audit_events",
    "mails",
    "user_unlocks",
    "user_roles",
    "users",
    "user_logins",
    "user_logins WHERE proved_at IS NOT NULL",
    "sessions WHERE ended_at IS NULL",
];

impl Act {
    /// Brings the account into a state in which the act changes something.
    async fn prepare(self, store: &Store, user: UserId) {
        let (context, editor) = (by_command(), role("editor"));
        match self {
            Self::Enable => drop(store.disable_user(user, &context, None).await.unwrap()),
            Self::AssignRole => drop(store.prove_email(user, &context, None).await.unwrap()),
            Self::RevokeRole => {
                store.prove_email(user, &context, None).await.unwrap();
                store.assign_role(user, &editor, &context, None).await.unwrap();
            }
            _ => {}
        }
    }

    async fn run(self, store: &Store, user: UserId, context: &AuditContext) -> Result<(), Box<dyn Error>> {
        let (mail, editor) = (draft(), role("editor"));
        let mail = Some(&mail);
        match self {
            Self::Disable => drop(store.disable_user(user, context, mail).await?),
            Self::Enable => drop(store.enable_user(user, context, mail).await?),
            Self::Unlock => drop(store.unlock_user(user, context, mail).await?),
            Self::EndSessions => drop(store.end_user_sessions(user, context, mail).await?),
            Self::FreeEmail => drop(store.free_email(user, context, mail).await?),
            Self::ProveEmail => drop(store.prove_email(user, context, mail).await?),
            Self::CorrectBirthDate => {
                let born = BirthDate::new("1990-05-17".parse()?, now().date_naive())?;
                store.correct_birth_date(user, Some(born), context, mail).await?;
            }
            Self::ResetPassword => {
                let hash = PasswordHash::new("of an operator");
                store.reset_password(user, &hash, context, mail).await?.ok_or("no such account")?;
            }
            Self::AssignRole => drop(store.assign_role(user, &editor, context, mail).await?),
            Self::RevokeRole => drop(store.revoke_role(user, &editor, context, mail).await?),
            Self::Delete => drop(store.delete_user_for_operator(user, context, mail).await?),
        }
        Ok(())
    }
}

/// All that acts change.
async fn state(store: &TestStore, user: UserKey) -> (Vec<i64>, String) {
    let mut counts = Vec::new();
    for rows in COUNTS {
        counts.push(store.number(&format!("SELECT CAST(count(*) AS bigint) FROM {rows}")).await);
    }
    let account = store.find_user(user).await.unwrap();
    let hash = account.as_ref().and_then(|account| account.password_hash.as_ref()).map(PasswordHash::as_str);
    (counts, format!("{account:?} {hash:?}"))
}

/// Runs `work` while a table has another name.
async fn without_table<T>(store: &TestStore, table: &str, work: impl Future<Output = T>) -> T {
    store.sql(&format!("ALTER TABLE {table} RENAME TO hidden")).await;
    let outcome = work.await;
    store.sql(&format!("ALTER TABLE hidden RENAME TO {table}")).await;
    outcome
}

#[test]
fn every_act_its_event_and_its_mail_are_committed_together_or_not_at_all() {
    on_large_stack(async || {
        let store = TestStore::create().await;
        let boss = admin(&store).await.id;
        for (act, name) in ACTS {
            for context in [by(boss), by_command()] {
                check_act(&store, act, name, &context).await;
            }
        }
    });
}

async fn check_act(store: &TestStore, act: Act, name: &str, context: &AuditContext) {
    let user = store.user(None).await;
    let (new, entry) = session(user);
    store.insert_session(&new, &entry).await.unwrap();
    act.prepare(store, user.id).await;
    let before = state(store, user).await;
    for table in ["audit_events", "mails"] {
        let refused = without_table(store, table, act.run(store, user.id, context)).await;
        assert!(refused.is_err(), "{act:?} without {table}");
        assert_eq!(state(store, user).await, before, "{act:?} without {table}");
    }
    act.run(store, user.id, context).await.unwrap();
    let after = state(store, user).await;
    assert_eq!((after.0[0], after.0[1]), (before.0[0] + 1, before.0[1] + 1), "{act:?}: one event and one mail");
    assert_ne!((&after.0[2..], &after.1), (&before.0[2..], &before.1), "{act:?} changed nothing");
    let about = AuditFilter { user_id: Some(user.id), ..AuditFilter::default() };
    let recorded = events(store, about).await;
    let event = recorded.iter().find(|event| event.action == name).unwrap();
    assert_eq!((&event.actor, event.channel, &*event.outcome), (&context.actor, context.channel, "done"), "{act:?}");
    assert_eq!((&*event.reason, &event.request_id), ("ticket 42", &context.request_id), "{act:?}");
}

#[tokio::test]
async fn a_look_leaves_an_event_or_shows_nothing() {
    let store = TestStore::create().await;
    let boss = admin(&store).await.id;
    let new = new_user(&store.region_map, None);
    store.insert_user(&new, None).await.unwrap();
    let searches = [
        UserSearch::Login(new.email.clone().unwrap().into()),
        UserSearch::Login(PresentedLogin::parse("unknown@example.org")),
        UserSearch::Role { role: RoleName::admin(), after: None, limit: 10 },
    ];
    for is_by_api in [true, false] {
        let context = if is_by_api { by(boss) } else { by_command() };
        let look = async || {
            let mut looks = Vec::new();
            for search in &searches {
                looks.push(store.find_users(search, &context).await.is_ok());
            }
            looks.push(store.get_user(new.key.id, &context).await.is_ok());
            looks.push(store.list_user_roles(new.key.id, &context).await.is_ok());
            looks.push(store.list_audit_events(AuditFilter::default(), 10, &context).await.is_ok());
            looks
        };
        assert_eq!(without_table(&store, "audit_events", look()).await, [false; 6]);
        let count = async || store.number("SELECT CAST(count(*) AS bigint) FROM audit_events").await;
        let before = count().await;
        assert_eq!(look().await, [true; 6]);
        assert_eq!(count().await, before + 6);
        let mut recorded = events(&store, AuditFilter::default()).await;
        recorded.retain(|event| event.channel == context.channel && event.actor == context.actor);
        recorded.truncate(6);
        let mut names: Vec<_> = recorded.iter().map(|event| event.action.as_str()).collect();
        names.sort_unstable();
        let each = ["find_users", "find_users", "find_users", "get_user", "list_audit_events", "list_user_roles"];
        assert_eq!(names, each, "by {}", context.channel);
    }
}

#[tokio::test]
async fn a_role_is_defined_with_its_event_or_not_at_all() {
    let store = TestStore::create().await;
    let (curator, films) = (role("curator"), permissions(&["films.write"]));
    let revision = store.find_role_revision().await.unwrap();
    let create = async || store.create_role(&curator, "", &films, &by_command()).await;
    assert!(without_table(&store, "audit_events", create()).await.is_err());
    assert!(store.find_role(&curator).await.unwrap().is_none());
    create().await.unwrap();

    let empty = change(&[]);
    let update = async || store.update_role(&curator, &empty, &by_command()).await.is_err();
    let delete = async || store.delete_role(&curator, &by_command()).await.is_err();
    assert!(without_table(&store, "audit_events", update()).await);
    assert!(without_table(&store, "audit_events", delete()).await);
    assert_eq!(store.find_role(&curator).await.unwrap().unwrap().permissions, ["films.write"]);
    assert_eq!(store.find_role_revision().await.unwrap(), revision + 1, "of the creation");
    let recorded = events(&store, AuditFilter::default()).await;
    assert_eq!(recorded.iter().map(|event| event.action.as_str()).collect::<Vec<_>>(), ["create_role"]);
}

//! Executed plans of every statement of the store: none visits more than one partition of `users`.
//!
//! The plans come from `auto_explain`, for each statement of each method with its real values. The test fails for a
//! method that it does not call, so that no statement is missed.

use std::collections::BTreeSet;
use std::path::Path;

use account_partitions::storage::Partitioned;
use account_partitions::{Plan, RegionCode};
use account_storage::outbox::MailDraft;
use account_storage::{
    ChangeEmail, ClaimPolicy, CodeHolder, ConfirmEmailChange, EndOthers, FormNonce, FreeClaimOutcome, ImportBatch,
    ImportProgress, ImportedUser, InsertSocialUserOutcome, PasswordChange, ProofRequest, ResetRequest, SocialProof,
    Store, UserSearch,
};
use accounts::{
    AccountEventKind, AuditContext, AuditFilter, BirthDate, ClientLocation, CodePurpose, Email, EndReason, NewSession,
    NewUser, PermissionName, PresentedLogin, RoleChange, RoleName, Rotation, SignIn, SignInMethod, SignInResult,
    TypedCode, UserChange, UserKey,
};
use chrono::TimeDelta;
use contracts::Language;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::{SessionId, UserId};
use credentials::hashing::PasswordHash;
use mailer::Notification;
use outbox::Outbox;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use service_kit::SystemClock;
use tracing_subscriber::layer::SubscriberExt;
use uuid::Uuid;

use crate::address_model::{SECRET, World};
use crate::identities::{enabled_providers, event, identity, social_user};
use crate::operators::by;
use crate::plan_watch::{PlanWatch, Plans, visited};
use crate::support::{TestStore, new_user, now, on_large_stack};

/// Names of all methods that may access the database.
fn methods() -> BTreeSet<String> {
    const BLOCKS: [&str; 2] = ["impl Store {", "impl AccountPartitions {"];
    fn collect(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, names);
                continue;
            }
            let mut of_store = false;
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                of_store = if line.starts_with("impl") { BLOCKS.contains(&line) } else { of_store };
                let name = line.strip_prefix("    pub async fn ").and_then(|rest| rest.split(['(', '<']).next());
                names.extend(name.filter(|_| of_store).map(str::to_owned));
            }
        }
    }
    let mut names = BTreeSet::new();
    for folder in ["account-storage/src", "account-partitions/src/storage"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut names);
    }
    names
}

/// Methods that serve no request: they open and close the pool, or run DDL, which has no plan.
const WITHOUT_PLANS: [&str; 21] = [
    "connect",
    "open",
    "open_read_only",
    "keep_probing_writes",
    "close",
    "migrate",
    "is_migrated",
    "ping",
    "ensure_leaves",
    // Others that are exercised write through these.
    "write_in_cell",
    "write_in_month",
    "create_missing_month",
    // Partition maintenance reads the system catalogue and changes partitions. It and the commands count rows of one
    // cell, or of no account.
    "read_inventory",
    "count_users_by_cell",
    "lead",
    "finish_detaching",
    "drop_expired",
    "analyse_when_due",
    "delete_expired",
    "count_expired",
    "explain_hot_statements",
];

#[test]
fn no_statement_of_the_store_visits_more_than_one_partition_of_users() {
    on_large_stack(check_plans);
}

async fn check_plans() {
    let store = TestStore::create().await;
    if store.is_embedded() {
        return; // SQLite has no partitions
    }
    let database = store.database.url().rsplit_once('/').unwrap().1.to_owned();
    let settings = [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_level = 'notice'",
        "auto_explain.log_format = 'json'",
        "auto_explain.log_analyze = on",
    ];
    // In one transaction: a connection that is opened meanwhile has all of them or none.
    store.sql(&settings.map(|setting| format!("ALTER DATABASE {database} SET {setting};")).concat()).await;
    let plans = Plans::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(plans.clone()));
    let mut watch = PlanWatch { plans, seen: BTreeSet::new() };
    let traced = store.replica().await;
    assert_missing_key_is_detected(&store, &mut watch).await;

    let key = accounts(&traced, &store, &mut watch).await;
    sessions(&traced, key, &mut watch).await;
    roles(&traced, key.id, &mut watch).await;
    regions(&traced, &mut watch).await;
    identities(&traced, &store, &mut watch).await;
    operators(&traced, &store, &mut watch).await;
    addresses(&traced, &store, &mut watch).await;

    let exercised: BTreeSet<String> = watch.seen.iter().chain(&WITHOUT_PLANS).map(ToString::to_string).collect();
    let forgotten: Vec<_> = methods().difference(&exercised).cloned().collect();
    assert!(forgotten.is_empty(), "not exercised here: {forgotten:?}");
}

/// Checks the check: a statement without the partition key is detected.
async fn assert_missing_key_is_detected(store: &TestStore, watch: &mut PlanWatch) {
    let raw = store.database.connect().await;
    let values = [UserId::new().0.into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT * FROM users WHERE id = $1", values);
    raw.query_one_raw(statement).await.unwrap();
    let taken = std::mem::take(&mut *watch.plans.0.lock().unwrap());
    let mut relations = BTreeSet::new();
    taken.iter().for_each(|plan| visited(&plan["Plan"], &mut relations));
    assert!(relations.iter().filter(|name| name.starts_with("users_c")).count() > 20, "{relations:?}");
}

async fn accounts(traced: &Store, store: &TestStore, watch: &mut PlanWatch) -> UserKey {
    let mut new = new_user(&store.region_map, Some("RU-MOW"));
    new.roles.push(RoleName::parse("editor").unwrap());
    watch.of("insert_user", traced.insert_user(&new, None)).await;
    let form = FormNonce { id: UserId::new().0, expires_at: now() };
    let other = new_user(&store.region_map, None);
    watch.of("insert_user", traced.insert_user(&other, Some(form))).await;
    let found = watch.of("find_user_key_by_email", traced.find_user_key_by_email(new.email.as_ref().unwrap())).await;
    assert_eq!(found, Some(new.key));
    let imported = [ImportedUser { user: new_user(&store.region_map, None), is_proved: true }];
    let (file, from) = ("file", ImportProgress::default());
    let act = AuditContext::of_command("operator", None, now());
    let batch = ImportBatch { file, from, users: &imported, rejected: 0, to: (9, 1), act: Some(&act), at: now() };
    assert!(watch.of("import_users", traced.import_users(&batch)).await.taken.is_empty());
    assert_eq!(watch.of("find_import", traced.find_import(file)).await.imported, 1);
    let login = PresentedLogin::parse(new.email.as_ref().unwrap().as_str());
    assert_eq!(watch.of("find_login_owners", traced.find_login_owners(&login)).await, [new.key]);
    watch.of("find_user_key", traced.find_user_key(new.key.id)).await;
    assert!(watch.of("find_user", traced.find_user(new.key)).await.is_some());
    for change in [
        UserChange { display_name: Some("Anna".into()), ..UserChange::default() },
        UserChange { region: Some("KZ".into()), ..UserChange::default() },
    ] {
        let place = |region: &str| store.region_map.place(Some(region), new.key.id);
        watch.of("update_user", traced.update_user(new.key.id, &change, place, now())).await;
    }
    let moved = traced.find_user_key(new.key.id).await.unwrap().unwrap();
    assert_ne!(moved.cell, new.key.cell);
    for (from, to) in [(moved.cell, new.key.cell), (new.key.cell, moved.cell)] {
        assert_eq!(watch.of("move_users", traced.partitions().move_users(&[moved.id], from, to, now())).await, 1);
    }
    assert_eq!(
        watch.of("list_cell_members", traced.partitions().list_cell_members(moved.cell, None, 10)).await.len(),
        1
    );
    watch.of("list_cell_members", traced.partitions().list_cell_members(moved.cell, Some(moved.id), 10)).await;
    moved
}

async fn sessions(traced: &Store, key: UserKey, watch: &mut PlanWatch) {
    let (id, at) = (SessionId::new(), now());
    let new = NewSession {
        id,
        user: key,
        device: Device::default(),
        refresh_hash: [1; 32],
        created_at: at,
        expires_at: at + TimeDelta::days(1),
        verified_hash: None,
        client_id: "marquee".to_owned(),
    };
    let line = SignIn {
        user_id: key.id,
        at,
        device: DeviceKind::Tv,
        location: ClientLocation::default(),
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: Some(id),
    };
    watch.of("insert_session", traced.insert_session(&new, &line)).await;
    assert!(watch.of("find_session", traced.find_session(id)).await.is_some());
    let step = Rotation {
        id,
        from_generation: 0,
        from_hash: [1; 32],
        to_hash: [2; 32],
        at,
        expires_at: at + TimeDelta::days(1),
        cell: key.cell,
    };
    assert!(watch.of("rotate_session", traced.rotate_session(&step, Some(&line))).await);
    let rotated = traced.find_session(id).await.unwrap().unwrap();
    let uses = rotated.late_uses.with(rotated.generation, at).unwrap();
    assert!(watch.of("record_late_use", traced.record_late_use(&rotated, uses)).await);
    watch.of("insert_sign_in", traced.insert_sign_in(&line)).await;
    let (since, until) = (at - TimeDelta::days(1), at + TimeDelta::days(1));
    assert_eq!(watch.of("list_sign_ins", traced.list_sign_ins(key.id, since, until, 10)).await.len(), 3);
    assert_eq!(watch.of("list_open_sessions", traced.list_open_sessions(key.id, at, 10)).await.len(), 1);
    let (later, ends) = (at + TimeDelta::hours(2), at + TimeDelta::days(2));
    assert!(watch.of("touch_session", traced.touch_session(id, at, later, ends)).await);
    let repeats = rotated.repeats.with(at).unwrap();
    assert!(watch.of("record_repeat", traced.record_repeat(&rotated, repeats)).await);
    let others = EndOthers { user: key.id, keep: id, unlink: true, at, address: None };
    watch.of("end_other_sessions", traced.end_other_sessions(&others, |_| Some(draft()))).await;
    let from = traced.find_user(key).await.unwrap().unwrap().password_hash.unwrap();
    let newer = PasswordHash::new("newer");
    assert!(watch.of("replace_password_hash", traced.replace_password_hash(key.id, &from, &newer)).await);
    let (from, to) = (newer, PasswordHash::new("another"));
    let change = PasswordChange { user: key.id, from, to, keep: id, unlink: true, at, address: None, mail: None };
    assert!(watch.of("change_password", traced.change_password(&change)).await.is_some());
    assert!(watch.of("end_replayed_session", traced.end_replayed_session(&rotated, at, Some(&draft()))).await);
    assert!(!watch.of("end_session", traced.end_session(id, EndReason::LoggedOut, at)).await, "it has ended");
    assert_eq!(watch.of("list_ended_sessions", traced.list_ended_sessions(since, 10)).await.len(), 1);
}

async fn roles(traced: &Store, id: UserId, watch: &mut PlanWatch) {
    let editor = RoleName::parse("editor").unwrap();
    assert_eq!(watch.of("list_roles_of", traced.list_roles_of(id)).await, ["editor"]);
    assert!(!watch.of("has_admin", traced.has_admin()).await);
    assert_eq!(watch.of("list_user_roles", traced.list_user_roles(id, &by(id))).await.unwrap().len(), 1);
    watch.of("revoke_role", traced.revoke_role(id, &editor, &by(id), Some(&draft()))).await;
    watch.of("assign_role", traced.assign_role(id, &editor, &by(id), Some(&draft()))).await;
    define_roles(traced, id, watch).await;
    assert_eq!(watch.of("find_token_version", traced.find_token_version(id)).await, 5);
    assert_eq!(watch.of("find_role_snapshot", traced.find_role_snapshot(id)).await.token_version, 5);
    watch.of("list_cutoffs", traced.list_cutoffs(now() - TimeDelta::days(1), 10)).await;
    let hash = PasswordHash::new("of an operator");
    assert!(watch.of("reset_password", traced.reset_password(id, &hash, &by(id), Some(&draft()))).await.is_some());
}

/// A role that is managing, so that the search for another administrator runs too.
async fn define_roles(traced: &Store, id: UserId, watch: &mut PlanWatch) {
    let (owner, manages) = (RoleName::parse("owner").unwrap(), BTreeSet::from([PermissionName::roles_manage()]));
    watch.of("create_role", traced.create_role(&owner, "", &manages, &by(id))).await;
    for role in [&owner, &RoleName::admin()] {
        traced.assign_role(id, role, &by(id), None).await.unwrap();
    }
    let nothing = RoleChange { description: Some("Nothing".into()), permissions: Some(BTreeSet::new()) };
    watch.of("update_role", traced.update_role(&owner, &nothing, &by(id))).await;
    assert!(watch.of("find_role", traced.find_role(&owner)).await.is_some());
    watch.of("delete_role", traced.delete_role(&owner, &by(id))).await;
    assert_eq!(watch.of("list_roles", traced.list_roles(Some(&RoleName::admin()), 10)).await.len(), 2);
    let revision = watch.of("find_role_revision", traced.find_role_revision()).await;
    assert_eq!(watch.of("load_role_map", traced.load_role_map()).await.revision(), revision);
}

/// A mail to an owner.
pub fn draft() -> MailDraft {
    let outbox = Outbox::new(SECRET, SystemClock::shared());
    outbox.draft(Language::En, Notification::PasswordSet, None)
}

async fn identities(traced: &Store, store: &TestStore, watch: &mut PlanWatch) {
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

async fn operators(traced: &Store, store: &TestStore, watch: &mut PlanWatch) {
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

async fn addresses(traced: &Store, store: &TestStore, watch: &mut PlanWatch) {
    let world = World::on(store.replica().await, store);
    let (mailer, client, at) = (&world.mailer, &world.client, now());
    let email = |name: &str| Email::parse(&format!("explained-{name}@example.org")).unwrap();
    let (first, second, third) = (email("first"), email("second"), email("third"));
    let account = world.account(&first).await.unwrap();
    let (user, session) = (account.id, account.session);
    assert!(watch.of("find_login", traced.find_login(&first)).await.unwrap().is_claim());
    let proof = ProofRequest { user, session, client, at };
    watch.of("begin_email_proof", traced.begin_email_proof(mailer, &proof)).await;
    let code = world.code_to(&first).await;
    watch.of("complete_email_proof", traced.complete_email_proof(mailer, &proof, &code)).await;

    let (id, email) = (Uuid::new_v4(), &first);
    world.later();
    let request = ResetRequest { id, email, client, at };
    watch.of("begin_email_reset", traced.begin_email_reset(mailer, &request)).await;
    let (holder, code) = (CodeHolder { asker: id, address: None }, world.code_to(&first).await);
    let wrong = TypedCode::parse("00000000").unwrap();
    watch.of("try_reset_code", traced.try_reset_code(mailer, holder, &wrong, at)).await;
    let found = watch.of("try_reset_code", traced.try_reset_code(mailer, holder, &code, at)).await.unwrap();
    let link = world.link_to(&first).await;
    let purpose = CodePurpose::Reset;
    assert!(watch.of("find_code_by_link", traced.find_code_by_link(mailer, purpose, &link, at)).await.is_some());
    world.later();
    let hash = PasswordHash::new("reset");
    let done = traced.complete_email_reset(mailer, &found, &hash, client, at);
    assert!(watch.of("complete_email_reset", done).await.is_some());

    world.later();
    let change = ChangeEmail { user, session, to: &second, client, at };
    watch.of("begin_email_change", traced.begin_email_change(mailer, &change)).await;
    assert!(watch.of("find_email_change", traced.find_email_change(user, at)).await.is_some());
    assert!(watch.of("cancel_email_change", traced.cancel_email_change(user)).await);
    world.later();
    traced.begin_email_change(mailer, &change).await.unwrap();
    let code = world.code_to(&second).await;
    world.later();
    let (code, release_code, take_claimed) = (Some(&code), None, false);
    let confirm = ConfirmEmailChange { user, session, code, release_code, take_claimed, client, at };
    watch.of("confirm_email_change", traced.confirm_email_change(mailer, &confirm)).await;
    world.later();
    let later = at + TimeDelta::days(8);
    assert_eq!(watch.of("list_due_email_changes", traced.list_due_email_changes(later)).await, [user]);
    assert!(watch.of("apply_due_email_change", traced.apply_due_email_change(mailer, user, later)).await);
    let link = world.link_to(&first).await;
    let undo = traced.undo_email_change(mailer, (&link, &first), client, at);
    assert!(watch.of("undo_email_change", undo).await.is_some());

    let claim = world.account(&third).await.unwrap();
    let proof = ProofRequest { user: claim.id, session: claim.session, client, at };
    traced.begin_email_proof(mailer, &proof).await.unwrap();
    let link = world.link_to(&third).await;
    watch.of("complete_email_proof_by_link", traced.complete_email_proof_by_link(mailer, &proof, &link)).await;
    let proof = SocialProof { user: claim.id, email: &third, at };
    watch.of("prove_email_by_provider", traced.prove_email_by_provider(proof)).await;
    claims(traced, store, &world, watch).await;
}

async fn claims(traced: &Store, store: &TestStore, world: &World, watch: &mut PlanWatch) {
    let (mailer, policy) = (&world.mailer, ClaimPolicy::default());
    let email = |name: &str| Email::parse(&format!("claimed-{name}@example.org")).unwrap();
    let (first, second) = (email("first"), email("second"));
    let (one, _) = (world.account(&first).await.unwrap(), world.account(&second).await.unwrap());
    let secret = mailer.codes().claim_link(one.id, &first);
    let freed = traced.free_claimed_email(mailer, (secret.expose(), &first), now());
    assert_eq!(watch.of("free_claimed_email", freed).await, FreeClaimOutcome::Freed);
    let newcomer = NewUser { email: Some(second), ..social_user(store) };
    let by = identity("google", "newcomer");
    let outcome = watch.of("insert_social_user_at_claim", traced.insert_social_user_at_claim(&newcomer, &by)).await;
    assert_eq!(outcome, InsertSocialUserOutcome::TookClaim);
    let third = email("third");
    let idle = world.account(&third).await.unwrap();
    let late = now() + TimeDelta::days(200);
    let page = watch.of("list_idle_claims", traced.list_idle_claims(None, 500, policy, late)).await;
    assert!(page.idle.contains(&(third.clone(), idle.id)));
    let warned = traced.warn_idle_claim(mailer, (&third, idle.id), policy, late);
    assert!(watch.of("warn_idle_claim", warned).await);
    let end = late + TimeDelta::days(31);
    assert!(watch.of("list_due_claims", traced.list_due_claims(end, 10)).await.contains(&idle.id));
    assert!(watch.of("delete_due_claim", traced.delete_due_claim(idle.id, policy, end)).await.is_some());
}

async fn regions(traced: &Store, watch: &mut PlanWatch) {
    let code = RegionCode::parse("KZ").unwrap();
    watch.of("load_plan", traced.partitions().load_plan(&Plan::move_region(code.clone(), Vec::new()))).await;
    watch.of("forget_closed_cells", traced.partitions().forget_closed_cells(&code)).await;
    watch.of("load_region_map", traced.partitions().load_region_map()).await;
    watch.of("list_cells", traced.partitions().list_cells()).await;
    watch.of("is_converting", traced.partitions().is_converting(Partitioned::Users)).await;
}

//! Statements of accounts, of their cells and of regions.

use account_partitions::storage::Partitioned;
use account_partitions::{Plan, RegionCode};
use account_storage::{FormNonce, ImportBatch, ImportProgress, ImportedUser, Store};
use accounts::{AuditContext, PresentedLogin, RoleName, UserChange, UserKey};
use contracts::ids::UserId;

use crate::plan_watch::PlanWatch;
use crate::support::{TestStore, new_user, now};

pub async fn accounts(traced: &Store, store: &TestStore, watch: &mut PlanWatch) -> UserKey {
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

pub async fn regions(traced: &Store, watch: &mut PlanWatch) {
    let code = RegionCode::parse("KZ").unwrap();
    watch.of("load_plan", traced.partitions().load_plan(&Plan::move_region(code.clone(), Vec::new()))).await;
    watch.of("forget_closed_cells", traced.partitions().forget_closed_cells(&code)).await;
    watch.of("load_region_map", traced.partitions().load_region_map()).await;
    watch.of("list_cells", traced.partitions().list_cells()).await;
    watch.of("is_converting", traced.partitions().is_converting(Partitioned::Users)).await;
}

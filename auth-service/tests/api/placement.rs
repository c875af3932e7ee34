//! `auth-service partitions load-regions|place|move-region|split-cell`, as operators run them.

use std::path::Path;

use account_partitions::RegionCode;
use account_storage::Store;
use accounts::Cell;
use contracts::ids::UserId;
use service_kit::{Clock, SystemClock};
use tempfile::TempDir;

use crate::commands::{auth_service, text};

/// A data folder with users of one region.
struct Folder(TempDir);

impl Folder {
    async fn with_users(region: &str, count: usize) -> (Self, Vec<UserId>) {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.run(&["migrate"]);
        let store = folder.store().await;
        let region_map = store.partitions().load_region_map().await.unwrap();
        let mut users = Vec::new();
        for _ in 0..count {
            users.push(insert_user(&store, region_map.place(Some(region), UserId::new()), region).await);
        }
        store.close().await;
        (folder, users)
    }

    async fn store(&self) -> Store {
        Store::connect(&format!("sqlite://{}/auth.sqlite", self.0.path().display()), 2).await.unwrap()
    }

    /// Output of a command that succeeds.
    fn run(&self, line: &[&str]) -> String {
        let output = auth_service(self.0.path(), line, "");
        assert!(output.status.success(), "{line:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Error output of a command that fails.
    fn refused(&self, line: &[&str]) -> String {
        let output = auth_service(self.0.path(), line, "");
        assert!(!output.status.success() && output.stdout.is_empty(), "{line:?}");
        text(&output.stderr)
    }

    fn file(&self, content: &str) -> String {
        let path = self.0.path().join("regions.toml");
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    async fn cells_of(&self, users: &[UserId]) -> Vec<i16> {
        let store = self.store().await;
        let mut cells = Vec::new();
        for id in users {
            let key = store.find_user_key(*id).await.unwrap().unwrap();
            assert!(store.find_user(key).await.unwrap().is_some(), "the directory is right");
            cells.push(key.cell.number());
        }
        store.close().await;
        cells
    }
}

async fn insert_user(store: &Store, cell: Cell, region: &str) -> UserId {
    use accounts::{Email, NewUser, UserKey};
    use credentials::hashing::PasswordHash;
    let id = UserId::new();
    let new = NewUser {
        key: UserKey { id, cell },
        email: Some(Email::parse(&format!("{id}@example.org")).unwrap()),
        password_hash: Some(PasswordHash::new("none")),
        display_name: String::new(),
        birth_date: None,
        region: Some(region.to_owned()),
        roles: Vec::new(),
        created_at: SystemClock.now(),
    };
    store.insert_user(&new, None).await.unwrap();
    id
}

#[tokio::test]
async fn users_of_a_region_that_becomes_known_are_placed() {
    let (folder, users) = Folder::with_users("QQ-XXX", 3).await;
    assert_eq!(folder.cells_of(&users).await, [0, 0, 0]);
    let file = folder.file("[[place]]\nnote = \"Q\"\ncells = [60]\nregions = [\"QQ\"]");
    let output = folder.run(&["partitions", "load-regions", &file]);
    assert!(output.starts_with("1 regions, 1 cells and 0 age policies"), "{output}");
    assert_eq!(folder.run(&["partitions", "place", "--dry-run"]), "would move 3 of 3 accounts");
    assert_eq!(folder.cells_of(&users).await, [0, 0, 0]);
    assert_eq!(folder.run(&["partitions", "place", "--region", "QQ"]), "moved 3 accounts");
    assert_eq!(folder.cells_of(&users).await, [60, 60, 60]);
    assert_eq!(folder.run(&["partitions", "place"]), "moved 0 accounts");
}

#[tokio::test]
async fn a_region_moves_to_the_cells_that_are_named() {
    let (folder, users) = Folder::with_users("KZ", 5).await;
    assert_eq!(
        folder.run(&["partitions", "move-region", "KZ", "--to", "80", "--wait", "10ms"]),
        "moved 5 accounts of KZ"
    );
    assert_eq!(folder.cells_of(&users).await, [80; 5]);
    let region_map = folder.store().await.partitions().load_region_map().await.unwrap();
    let region = &region_map.regions[&RegionCode::parse("KZ").unwrap()];
    assert_eq!((region.open_cells.len(), region.closed_cells.len()), (1, 0));
    assert_eq!(folder.run(&["partitions", "move-region", "KZ", "--to=80", "--wait=0s"]), "moved 0 accounts of KZ");
}

#[tokio::test]
async fn a_cell_is_split_among_new_ones() {
    let (folder, users) = Folder::with_users("BY", 40).await;
    let output = folder.run(&["partitions", "split-cell", "22", "--into", "3", "--wait", "0s"]);
    assert!(output.starts_with("moved ") && output.ends_with("to new cells 29, 30"), "{output}");
    let cells = folder.cells_of(&users).await;
    for cell in [22, 29, 30] {
        assert!(cells.iter().filter(|found| **found == cell).count() > 3, "{cells:?}");
    }
}

#[tokio::test]
async fn a_command_that_cannot_succeed_fails_with_its_reason_and_changes_nothing() {
    let (folder, users) = Folder::with_users("KZ", 1).await;
    let missing = Path::new("/nowhere/regions.toml").display().to_string();
    let broken = folder.file("[[place]]\nnote = \"Q\"\ncells = [0]\nregions = [\"QQ\"]");
    for (line, error) in [
        (vec!["partitions", "load-regions", &missing], "cannot read /nowhere/regions.toml"),
        (vec!["partitions", "load-regions", &broken], "place \"Q\""),
        (vec!["partitions", "place", "--region", "XX"], "there is no region \"XX\""),
        (vec!["partitions", "move-region", "Moscow", "--to", "5"], "there is no region \"Moscow\""),
        (vec!["partitions", "move-region", "KZ", "--to", "0"], "0 is the catch-all"),
        (vec!["partitions", "move-region", "KZ", "--to", "x"], "invalid value"),
        (vec!["partitions", "split-cell", "99"], "no region keeps accounts in cell 99"),
        (vec!["partitions", "split-cell", "22", "--into", "1"], "2 to 64"),
        (vec!["partitions", "split-cell", "22", "--into", "200"], "2 to 64"),
    ] {
        let output = folder.refused(&line);
        assert!(output.contains(error), "{line:?}: {output}");
    }
    assert_eq!(folder.cells_of(&users).await, [21]);
}

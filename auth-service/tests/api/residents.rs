//! `auth-service partitions load-regions|place|move-region|split-cell`, as operators run them.

use std::path::Path;

use auth_service::domain::Cell;
use auth_service::domain::regions::RegionCode;
use auth_service::storage::Store;
use chrono::Utc;
use contracts::ids::UserId;
use tempfile::TempDir;

use crate::commands::{auth_service, text};

/// A data folder with people of one region in it.
struct Folder(TempDir);

impl Folder {
    async fn with_people(region: &str, count: usize) -> (Self, Vec<UserId>) {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.run(&["migrate"]);
        let store = folder.store().await;
        let atlas = store.load_atlas().await.unwrap();
        let mut people = Vec::new();
        for _ in 0..count {
            people.push(insert(&store, atlas.place(Some(region), UserId::new()), region).await);
        }
        store.close().await;
        (folder, people)
    }

    async fn store(&self) -> Store {
        Store::connect(&format!("sqlite://{}/auth.sqlite", self.0.path().display()), 2).await.unwrap()
    }

    /// What a command that works says.
    fn run(&self, line: &[&str]) -> String {
        let output = auth_service(self.0.path(), line, "");
        assert!(output.status.success(), "{line:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// What a command that does not work says.
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

    async fn cells_of(&self, people: &[UserId]) -> Vec<i16> {
        let store = self.store().await;
        let mut cells = Vec::new();
        for id in people {
            let key = store.find_user_key(*id).await.unwrap().unwrap();
            assert!(store.find_user(key).await.unwrap().is_some(), "the directory is right");
            cells.push(key.cell.number());
        }
        store.close().await;
        cells
    }
}

async fn insert(store: &Store, cell: Cell, region: &str) -> UserId {
    use auth_service::domain::{Email, NewUser, PasswordHash, UserKey};
    let id = UserId::new();
    let new = NewUser {
        key: UserKey { id, cell },
        email: Some(Email::parse(&format!("{id}@example.org")).unwrap()),
        password_hash: Some(PasswordHash::new("none")),
        display_name: String::new(),
        birth_date: None,
        region: Some(region.to_owned()),
        roles: Vec::new(),
        created_at: Utc::now(),
    };
    store.insert_user(&new).await.unwrap();
    id
}

#[tokio::test]
async fn people_of_a_region_that_becomes_known_are_placed() {
    let (folder, people) = Folder::with_people("QQ-XXX", 3).await;
    assert_eq!(folder.cells_of(&people).await, [0, 0, 0]);
    let file = folder.file("[[place]]\nnote = \"Q\"\ncells = [60]\nregions = [\"QQ\"]");
    let said = folder.run(&["partitions", "load-regions", &file]);
    assert!(said.starts_with("1 regions, 1 cells and 0 age policies"), "{said}");
    assert_eq!(folder.run(&["partitions", "place", "--dry-run"]), "would move 3 of 3 accounts");
    assert_eq!(folder.cells_of(&people).await, [0, 0, 0]);
    assert_eq!(folder.run(&["partitions", "place", "--region", "QQ"]), "moved 3 accounts");
    assert_eq!(folder.cells_of(&people).await, [60, 60, 60]);
    assert_eq!(folder.run(&["partitions", "place"]), "moved 0 accounts");
}

#[tokio::test]
async fn a_region_moves_to_the_cells_that_are_named() {
    let (folder, people) = Folder::with_people("KZ", 5).await;
    assert_eq!(
        folder.run(&["partitions", "move-region", "KZ", "--to", "80", "--wait", "10ms"]),
        "moved 5 accounts of KZ"
    );
    assert_eq!(folder.cells_of(&people).await, [80; 5]);
    let atlas = folder.store().await.load_atlas().await.unwrap();
    let region = &atlas.regions[&RegionCode::parse("KZ").unwrap()];
    assert_eq!((region.open_cells.len(), region.closed_cells.len()), (1, 0));
    assert_eq!(folder.run(&["partitions", "move-region", "KZ", "--to=80", "--wait=0s"]), "moved 0 accounts of KZ");
}

#[tokio::test]
async fn a_cell_is_split_among_new_ones() {
    let (folder, people) = Folder::with_people("BY", 40).await;
    let said = folder.run(&["partitions", "split-cell", "22", "--into", "3", "--wait", "0s"]);
    assert!(said.starts_with("moved ") && said.ends_with("to new cells 29, 30"), "{said}");
    let cells = folder.cells_of(&people).await;
    for cell in [22, 29, 30] {
        assert!(cells.iter().filter(|found| **found == cell).count() > 3, "{cells:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_said_and_changes_nothing() {
    let (folder, people) = Folder::with_people("KZ", 1).await;
    let missing = Path::new("/nowhere/regions.toml").display().to_string();
    let broken = folder.file("[[place]]\nnote = \"Q\"\ncells = [0]\nregions = [\"QQ\"]");
    for (line, complaint) in [
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
        let said = folder.refused(&line);
        assert!(said.contains(complaint), "{line:?}: {said}");
    }
    assert_eq!(folder.cells_of(&people).await, [21]);
}

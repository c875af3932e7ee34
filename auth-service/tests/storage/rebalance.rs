//! Rebalancing: moves of accounts to the cells of their regions.

use account_partitions::{Plan, Rebalance, RebalanceProgress, RegionCode, RegionMap, rebalance};
use accounts::Cell;
use service_kit::SystemClock;

use crate::support::{TestStore, cells};

async fn all_cells(store: &TestStore) -> Vec<Cell> {
    store.partitions().list_cells().await.unwrap().into_keys().collect()
}

async fn rebalance_all(store: &TestStore, region_map: &RegionMap, dry_run: bool) -> RebalanceProgress {
    let cells = all_cells(store).await;
    rebalance(store.partitions(), &SystemClock, &Rebalance { region_map, cells: &cells, region: None, dry_run }, |_| {
        true
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn users_who_signed_up_before_their_region_was_known_are_placed() {
    let store = TestStore::create().await;
    let (known, unknown) = (store.user(Some("KZ")).await, store.user(Some("QQ-XXX")).await);
    let file = "[[place]]\nnote = \"Q\"\ncells = [60]\nregions = [\"QQ\"]";
    store.partitions().load_plan(&Plan::parse(file).unwrap()).await.unwrap();
    let region_map = store.partitions().load_region_map().await.unwrap();

    assert_eq!(rebalance_all(&store, &region_map, true).await, RebalanceProgress { seen: 2, moved: 1 });
    assert_eq!(store.find_user_key(unknown.id).await.unwrap(), Some(unknown));
    assert_eq!(rebalance_all(&store, &region_map, false).await.moved, 1);
    assert_eq!(store.find_user_key(unknown.id).await.unwrap().unwrap().cell, Cell::new(60));
    assert_eq!(store.find_user_key(known.id).await.unwrap(), Some(known));
    assert_eq!(rebalance_all(&store, &region_map, false).await, RebalanceProgress { seen: 2, moved: 0 });
    store.assert_consistent(2).await;
}

#[tokio::test]
async fn a_region_moves_as_a_whole_and_no_other_user_does() {
    let store = TestStore::create().await;
    let mut kazakh = Vec::new();
    for region in ["KZ", "KZ-ALA", "KZ"] {
        kazakh.push(store.user(Some(region)).await.id);
    }
    let others = [store.user(Some("BY")).await, store.user(None).await, store.user(Some("RU-MOW")).await];
    let code = RegionCode::parse("KZ").unwrap();
    store.partitions().load_plan(&Plan::move_region(code.clone(), cells(&[70, 71]))).await.unwrap();
    let region_map = store.partitions().load_region_map().await.unwrap();
    let request =
        Rebalance { region_map: &region_map, cells: &all_cells(&store).await, region: Some(&code), dry_run: false };
    assert_eq!(rebalance(store.partitions(), &SystemClock, &request, |_| true).await.unwrap().moved, 3);
    for id in kazakh {
        let cell = store.find_user_key(id).await.unwrap().unwrap().cell;
        assert!(cells(&[70, 71]).contains(&cell), "{cell}");
    }
    for key in others {
        assert_eq!(store.find_user_key(key.id).await.unwrap(), Some(key));
    }
    store.partitions().forget_closed_cells(&code).await.unwrap();
    assert!(store.partitions().load_region_map().await.unwrap().regions[&code].closed_cells.is_empty());
    store.assert_consistent(6).await;
}

#[tokio::test]
async fn a_split_moves_a_share_to_the_new_cell_and_an_interrupted_split_continues() {
    let store = TestStore::create().await;
    let mut users = Vec::new();
    for _ in 0..1100 {
        users.push(store.user(Some("BY")).await);
    }
    let plan =
        Plan::split_cell(&store.region_map, &store.partitions().list_cells().await.unwrap(), Cell::new(22), 1).unwrap();
    store.partitions().load_plan(&plan).await.unwrap();
    let region_map = store.partitions().load_region_map().await.unwrap();
    let request = Rebalance { region_map: &region_map, cells: &cells(&[22]), region: None, dry_run: false };
    let first = rebalance(store.partitions(), &SystemClock, &request, |_| false).await.unwrap();
    assert_eq!(first.seen, 500);
    let rest = rebalance(store.partitions(), &SystemClock, &request, |_| true).await.unwrap();
    let moved = first.moved + rest.moved;
    assert!((450..650).contains(&moved), "about half of 1100 should have moved, not {moved}");
    for key in users {
        let home = region_map.place(Some("BY"), key.id);
        assert_eq!(store.find_user_key(key.id).await.unwrap().unwrap().cell, home);
    }
    store.assert_consistent(1100).await;
    // An unused cell cannot be split.
    assert!(Plan::split_cell(&region_map, &store.partitions().list_cells().await.unwrap(), Cell::new(99), 1).is_none());
}

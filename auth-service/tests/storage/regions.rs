//! Stored regions, cells and age policies.

use account_partitions::{AgePolicy, Country, LoadPlanOutcome, MAX_CELLS, Plan, RegionCode};
use contracts::movies::access::AGE_RATINGS;

use crate::support::{TestStore, cells, now};

fn code(text: &str) -> RegionCode {
    RegionCode::parse(text).unwrap()
}

fn plan(text: &str) -> Plan {
    Plan::parse(text).unwrap()
}

#[tokio::test]
async fn a_new_installation_knows_the_built_in_regions() {
    let store = TestStore::create().await;
    let built_in = Plan::built_in().unwrap();
    assert_eq!(store.region_map.regions.len(), built_in.regions.len());
    assert_eq!(store.region_map.regions[&code("RU-MOW")].open_cells, cells(&[1, 2, 3, 4]));
    assert_eq!(store.region_map.regions[&code("RU-KAM")].utc_offset_minutes, Some(720));
    assert_eq!(store.region_map.policies[&Country::OTHER], AgePolicy::new(AGE_RATINGS.map(|rating| (rating, rating))));
    assert_eq!(store.partitions().list_cells().await.unwrap().len(), built_in.cells.len() + 1);
}

#[tokio::test]
async fn a_file_adds_regions_and_replaces_the_policy_of_its_countries_only() {
    let store = TestStore::create().await;
    let file = "[[place]]\nnote = \"Germany\"\ncountry = \"DE\"\ncells = [40, 41]\nregions = [\"DE\"]\n\
        [[clock]]\nutc_offset = \"+01:00\"\nregions = [\"DE\"]\n\
        [[age_policy]]\ncountry = \"DE\"\nmin_age = { 0 = 0, 6 = 7 }\n";
    assert_eq!(store.partitions().load_plan(&plan(file)).await.unwrap(), LoadPlanOutcome::Loaded);
    let region_map = store.partitions().load_region_map().await.unwrap();
    let germany = &region_map.regions[&code("DE")];
    assert_eq!((germany.open_cells.clone(), germany.closed_cells.clone()), (cells(&[40, 41]), cells(&[25])));
    assert_eq!(germany.utc_offset_minutes, Some(60));
    assert_eq!(region_map.age_limit(Some("DE-BE"), 7), 6);
    assert_eq!(region_map.age_limit(Some("DE-BE"), 99), 6);
    assert_eq!(region_map.age_limit(Some("FR"), 99), 18);
    assert_eq!(region_map.regions[&code("FR")], store.region_map.regions[&code("FR")]);
}

#[tokio::test]
async fn loading_a_file_twice_changes_nothing_the_second_time() {
    let store = TestStore::create().await;
    let file = plan("[[place]]\nnote = \"Germany\"\ncells = [40]\nregions = [\"DE\"]");
    store.partitions().load_plan(&file).await.unwrap();
    let once = store.partitions().load_region_map().await.unwrap();
    store.partitions().load_plan(&file).await.unwrap();
    assert_eq!(store.partitions().load_region_map().await.unwrap(), once);
}

#[tokio::test]
async fn a_migration_keeps_changes_of_operators() {
    let store = TestStore::create().await;
    store.partitions().load_plan(&Plan::move_region(code("RU-MOW"), cells(&[50]))).await.unwrap();
    store
        .partitions()
        .load_plan(&plan("[[age_policy]]\ncountry = \"RU\"\nmin_age = { 0 = 0, 6 = 6, 12 = 12, 16 = 16, 18 = 21 }"))
        .await
        .unwrap();
    store.migrate(now()).await.unwrap();
    let region_map = store.partitions().load_region_map().await.unwrap();
    assert_eq!(region_map.regions[&code("RU-MOW")].open_cells, cells(&[50]));
    assert_eq!(region_map.age_limit(Some("RU-MOW"), 20), 16);
}

#[tokio::test]
async fn no_more_than_128_cells_are_accepted() {
    let store = TestStore::create().await;
    let room = i16::try_from(MAX_CELLS - store.partitions().list_cells().await.unwrap().len()).unwrap();
    let many = |count: i16| {
        let numbers: Vec<String> = (0..count).map(|n| (100 + n).to_string()).collect();
        plan(&format!("[[place]]\nnote = \"Many\"\ncells = [{}]\nregions = [\"DE\"]", numbers.join(", ")))
    };
    let before = store.partitions().load_region_map().await.unwrap();
    assert_eq!(store.partitions().load_plan(&many(room + 1)).await.unwrap(), LoadPlanOutcome::TooManyCells);
    assert_eq!(store.partitions().load_region_map().await.unwrap(), before);
    assert_eq!(store.partitions().load_plan(&many(room)).await.unwrap(), LoadPlanOutcome::Loaded);
}

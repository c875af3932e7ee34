//! One account for each e-mail, however many ask for it at once and wherever they live.

use auth_service::domain::{Cell, Email};
use auth_service::storage::InsertUserOutcome;
use futures_util::future::join_all;

use crate::support::{TestStore, new_user};

const REGIONS: [Option<&str>; 6] = [Some("RU-MOW"), Some("RU-SPE"), Some("RU-KAM"), Some("KZ"), Some("QQ-XXX"), None];

#[tokio::test]
async fn of_32_sign_ups_with_one_email_at_once_one_succeeds_for_each_of_1000_emails() {
    let store = TestStore::create().await;
    let store = &store;
    let racers = (0..32).map(|racer| async move {
        let mut made = 0;
        for email in 0..1000 {
            // Everybody comes from another region, so into another partition: only the login can decide.
            let mut new = new_user(&store.atlas, REGIONS[(racer + email) % REGIONS.len()]);
            new.email = Some(Email::parse(&format!("person-{email}@example.org")).unwrap());
            made += u32::from(store.insert_user(&new).await.unwrap() == InsertUserOutcome::Inserted);
        }
        made
    });
    assert_eq!(join_all(racers).await.into_iter().sum::<u32>(), 1000);
    store.assert_consistent(1000).await;
}

#[tokio::test]
async fn who_comes_from_an_unknown_region_lives_in_the_catch_all_cell_and_keeps_the_region() {
    let store = TestStore::create().await;
    for region in ["QQ-XXX", "QQ"] {
        let key = store.user(Some(region)).await;
        assert_eq!(key.cell, Cell::UNPLACED);
        assert_eq!(store.find_user(key).await.unwrap().unwrap().region.as_deref(), Some(region));
    }
    assert_eq!(store.user(None).await.cell, Cell::UNPLACED);
}

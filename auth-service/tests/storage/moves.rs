//! Accounts that move between regions while others read and write them.

use std::cell::Cell;

use account_partitions::storage::MAX_MOVED_TOGETHER;
use account_storage::{Store, UpdateUserError};
use accounts::{BirthDate, User, UserChange, UserKey};
use contracts::ids::UserId;
use futures_util::future::{join, join_all};

use crate::support::{TestStore, now};

const REGIONS: [&str; 5] = ["RU-MOW", "RU-SPE", "RU-KAM", "KZ", "US-CA"];

fn region(name: &str) -> UserChange {
    UserChange { region: Some(name.to_owned()), ..UserChange::default() }
}

fn name(name: impl ToString) -> UserChange {
    UserChange { display_name: Some(name.to_string()), ..UserChange::default() }
}

fn home(store: &TestStore, region: &str, id: UserId) -> accounts::Cell {
    store.region_map.place(Some(region), id)
}

async fn change(store: &TestStore, on: &Store, id: UserId, change: &UserChange) -> Result<User, UpdateUserError> {
    on.update_user(id, change, |region| store.region_map.place(Some(region), id), now()).await
}

/// Renames accounts until `done`; returns the last name, which all of them have then.
async fn keep_renaming(store: &TestStore, mine: &[UserId], done: &Cell<bool>) -> u64 {
    let replica = store.replica().await;
    for last in 1.. {
        for id in mine {
            let user = change(store, &replica, *id, &name(last)).await.unwrap();
            assert_eq!(user.display_name, last.to_string());
        }
        if done.get() {
            return last;
        }
    }
    unreachable!("the loop ends by `done`")
}

#[tokio::test]
async fn a_thousand_moves_against_four_writers_leave_one_copy_of_each_account_and_lose_no_write() {
    const USERS: usize = 20;
    let store = TestStore::create().await;
    let mut users = Vec::new();
    for n in 0..USERS {
        users.push(store.user(Some(REGIONS[n % REGIONS.len()])).await.id);
    }
    let done = Cell::new(false);
    // Each writer has its own accounts, so it knows the last name of each.
    let owned: Vec<Vec<UserId>> = (0..4).map(|n| users.iter().copied().skip(n).step_by(4).collect()).collect();
    let writers = join_all(owned.iter().map(|mine| keep_renaming(&store, mine, &done)));
    let (store_of_movers, users_of_movers) = (&store, &users);
    let movers = (0..4).map(|mover| async move {
        let replica = store_of_movers.replica().await;
        for step in 0..250 {
            // Two movers at a time move the same account.
            let id = users_of_movers[(step * 2 + mover / 2) % USERS];
            let to = region(REGIONS[(step + mover) % REGIONS.len()]);
            change(store_of_movers, &replica, id, &to).await.unwrap();
        }
    });
    let moving = async {
        join_all(movers).await;
        done.set(true);
    };
    let (last_names, ()) = join(writers, moving).await;
    store.assert_consistent(USERS as i64).await;
    for (mine, last) in owned.iter().zip(last_names) {
        assert!(last > 10, "the writers wrote too little");
        for id in mine {
            let key = store.find_user_key(*id).await.unwrap().unwrap();
            let user = store.find_user(key).await.unwrap().unwrap();
            assert_eq!(user.display_name, last.to_string());
            assert_eq!(store.region_map.place(user.region.as_deref(), *id), key.cell);
        }
    }
}

#[tokio::test]
async fn concurrent_batches_and_single_moves_stay_consistent() {
    let store = TestStore::create().await;
    let mut users = Vec::new();
    for _ in 0..60 {
        users.push(store.user(Some("KZ")).await.id);
    }
    let (kazakhstan, kamchatka) = (home(&store, "KZ", users[0]), home(&store, "RU-KAM", users[0]));
    let batches = async {
        for _ in 0..20 {
            store.partitions().move_users(&users, kazakhstan, kamchatka, now()).await.unwrap();
            store.partitions().move_users(&users, kamchatka, kazakhstan, now()).await.unwrap();
        }
    };
    let single = async {
        for step in 0..200 {
            change(&store, &store, users[step % 60], &region(REGIONS[step % REGIONS.len()])).await.unwrap();
        }
    };
    join(batches, single).await;
    store.assert_consistent(60).await;
}

#[tokio::test]
async fn a_batch_skips_accounts_that_have_left_the_cell() {
    let store = TestStore::create().await;
    let (here, moved) = (store.user(Some("KZ")).await, store.user(Some("KZ")).await);
    change(&store, &store, moved.id, &region("RU-KAM")).await.unwrap();
    let to = accounts::Cell::new(22);
    let ids = [here.id, moved.id, UserId::new()];
    assert_eq!(store.partitions().move_users(&ids, here.cell, to, now()).await.unwrap(), 1);
    assert_eq!(store.find_user_key(here.id).await.unwrap(), Some(UserKey { id: here.id, cell: to }));
    assert_eq!(
        store.find_user_key(moved.id).await.unwrap().unwrap().cell,
        store.region_map.place(Some("RU-KAM"), moved.id)
    );
    store.assert_consistent(2).await;
}

#[tokio::test]
async fn an_old_key_finds_nothing_and_the_directory_has_the_new_cell() {
    let store = TestStore::create().await;
    let old = store.user(Some("RU-MOW")).await;
    change(&store, &store, old.id, &region("KZ")).await.unwrap();
    assert!(store.find_user(old).await.unwrap().is_none());
    let key = store.find_user_key(old.id).await.unwrap().unwrap();
    assert_eq!(store.find_user(key).await.unwrap().unwrap().region.as_deref(), Some("KZ"));
}

#[tokio::test]
async fn an_inconsistent_directory_aborts_a_batch_and_nothing_is_written() {
    let store = TestStore::create().await;
    let (good, broken) = (store.user(Some("KZ")).await, store.user(Some("KZ")).await);
    store.sql(&format!("UPDATE users SET cell = 3 WHERE display_name = '' AND {}", id_is(broken.id))).await;
    store.partitions().move_users(&[good.id, broken.id], good.cell, accounts::Cell::new(22), now()).await.unwrap_err();
    assert_eq!(store.find_user_key(good.id).await.unwrap(), Some(good));
    assert!(store.find_user(good).await.unwrap().is_some());
}

/// A condition on an id, in the dialect of the database under test.
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn id_is(id: UserId) -> String {
    if std::env::var_os("TEST_POSTGRES_URL").is_some() {
        return format!("id = '{id}'");
    }
    format!("id = X'{}'", id.0.simple())
}

#[tokio::test]
async fn a_birth_date_can_be_set_once() {
    let store = TestStore::create().await;
    let id = store.user(Some("KZ")).await.id;
    let today = now().date_naive();
    let born = |text: &str| UserChange {
        birth_date: Some(BirthDate::new(text.parse().unwrap(), today).unwrap()),
        ..UserChange::default()
    };
    change(&store, &store, id, &born("2000-02-29")).await.unwrap();
    change(&store, &store, id, &born("2000-02-29")).await.unwrap();
    assert!(matches!(change(&store, &store, id, &born("1990-01-01")).await, Err(UpdateUserError::BirthDateGiven)));
    let key = store.find_user_key(id).await.unwrap().unwrap();
    let stored = store.find_user(key).await.unwrap().unwrap().birth_date.unwrap().day();
    assert_eq!(stored.to_string(), "2000-02-29");
    assert!(matches!(change(&store, &store, UserId::new(), &name("x")).await, Err(UpdateUserError::NoSuchUser)));
}

#[tokio::test]
async fn a_batch_has_a_bounded_size() {
    let store = TestStore::create().await;
    let key = store.user(Some("KZ")).await;
    let mut ids: Vec<UserId> = (0..MAX_MOVED_TOGETHER).map(|_| UserId::new()).collect();
    ids.push(key.id);
    assert_eq!(store.partitions().move_users(&ids, key.cell, accounts::Cell::new(22), now()).await.unwrap(), 0);
}

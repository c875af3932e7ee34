//! Accounts that move between regions while others read and write them.

use std::cell::Cell;

use auth_service::domain::{self, BirthDate, UserChange, UserKey};
use auth_service::storage::{MAX_MOVED_TOGETHER, Store, UpdateUserOutcome};
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

fn home(store: &TestStore, region: &str, id: UserId) -> domain::Cell {
    store.atlas.place(Some(region), id)
}

async fn change(store: &TestStore, on: &Store, id: UserId, change: &UserChange) -> UpdateUserOutcome {
    on.update_user(id, change, |region| store.atlas.place(Some(region), id), now()).await.unwrap()
}

/// Gives accounts one name after the other until told to stop; gives the last one, which each of them has then.
async fn keep_renaming(store: &TestStore, mine: &[UserId], done: &Cell<bool>) -> u64 {
    let replica = store.replica().await;
    for last in 1.. {
        for id in mine {
            let outcome = change(store, &replica, *id, &name(last)).await;
            assert!(matches!(outcome, UpdateUserOutcome::Updated(user) if user.display_name == last.to_string()));
        }
        if done.get() {
            return last;
        }
    }
    unreachable!("it goes on until told to stop")
}

#[tokio::test]
async fn a_thousand_moves_against_four_writers_leave_one_copy_of_each_account_and_lose_no_write() {
    const PEOPLE: usize = 20;
    let store = TestStore::create().await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(store.user(Some(REGIONS[n % REGIONS.len()])).await.id);
    }
    let done = Cell::new(false);
    // Each writer has accounts of its own, so it knows which name it gave last.
    let owned: Vec<Vec<UserId>> = (0..4).map(|n| people.iter().copied().skip(n).step_by(4).collect()).collect();
    let writers = join_all(owned.iter().map(|mine| keep_renaming(&store, mine, &done)));
    let (store_of_movers, people_of_movers) = (&store, &people);
    let movers = (0..4).map(|mover| async move {
        let replica = store_of_movers.replica().await;
        for step in 0..250 {
            // Two movers at a time are after the same account.
            let id = people_of_movers[(step * 2 + mover / 2) % PEOPLE];
            let to = region(REGIONS[(step + mover) % REGIONS.len()]);
            let outcome = change(store_of_movers, &replica, id, &to).await;
            assert!(matches!(outcome, UpdateUserOutcome::Updated(_)));
        }
    });
    let moving = async {
        join_all(movers).await;
        done.set(true);
    };
    let (last_names, ()) = join(writers, moving).await;
    store.assert_consistent(PEOPLE as i64).await;
    for (mine, last) in owned.iter().zip(last_names) {
        assert!(last > 10, "the writers were hardly there");
        for id in mine {
            let key = store.find_user_key(*id).await.unwrap().unwrap();
            let user = store.find_user(key).await.unwrap().unwrap();
            assert_eq!(user.display_name, last.to_string());
            assert_eq!(store.atlas.place(user.region.as_deref(), *id), key.cell);
        }
    }
}

#[tokio::test]
async fn whole_batches_and_single_moves_may_meet() {
    let store = TestStore::create().await;
    let mut people = Vec::new();
    for _ in 0..60 {
        people.push(store.user(Some("KZ")).await.id);
    }
    let (kazakhstan, kamchatka) = (home(&store, "KZ", people[0]), home(&store, "RU-KAM", people[0]));
    let batches = async {
        for _ in 0..20 {
            store.move_users(&people, kazakhstan, kamchatka, now()).await.unwrap();
            store.move_users(&people, kamchatka, kazakhstan, now()).await.unwrap();
        }
    };
    let single = async {
        for step in 0..200 {
            change(&store, &store, people[step % 60], &region(REGIONS[step % REGIONS.len()])).await;
        }
    };
    join(batches, single).await;
    store.assert_consistent(60).await;
}

#[tokio::test]
async fn who_is_no_longer_in_the_cell_is_left_alone_by_a_batch() {
    let store = TestStore::create().await;
    let (here, gone) = (store.user(Some("KZ")).await, store.user(Some("KZ")).await);
    change(&store, &store, gone.id, &region("RU-KAM")).await;
    let to = domain::Cell::new(22);
    let ids = [here.id, gone.id, UserId::new()];
    assert_eq!(store.move_users(&ids, here.cell, to, now()).await.unwrap(), 1);
    assert_eq!(store.find_user_key(here.id).await.unwrap(), Some(UserKey { id: here.id, cell: to }));
    assert_eq!(store.find_user_key(gone.id).await.unwrap().unwrap().cell, store.atlas.place(Some("RU-KAM"), gone.id));
    store.assert_consistent(2).await;
}

#[tokio::test]
async fn an_old_key_finds_nothing_and_the_directory_knows_better() {
    let store = TestStore::create().await;
    let old = store.user(Some("RU-MOW")).await;
    change(&store, &store, old.id, &region("KZ")).await;
    assert!(store.find_user(old).await.unwrap().is_none());
    let key = store.find_user_key(old.id).await.unwrap().unwrap();
    assert_eq!(store.find_user(key).await.unwrap().unwrap().region.as_deref(), Some("KZ"));
}

#[tokio::test]
async fn directory_and_accounts_that_do_not_agree_stop_a_batch_and_nothing_is_written() {
    let store = TestStore::create().await;
    let (good, broken) = (store.user(Some("KZ")).await, store.user(Some("KZ")).await);
    store.sql(&format!("UPDATE users SET cell = 3 WHERE display_name = '' AND {}", id_is(broken.id))).await;
    store.move_users(&[good.id, broken.id], good.cell, domain::Cell::new(22), now()).await.unwrap_err();
    assert_eq!(store.find_user_key(good.id).await.unwrap(), Some(good));
    assert!(store.find_user(good).await.unwrap().is_some());
}

/// A condition on an id that both databases understand.
fn id_is(id: UserId) -> String {
    if std::env::var_os("TEST_POSTGRES_URL").is_some() {
        return format!("id = '{id}'");
    }
    format!("id = X'{}'", id.0.simple())
}

#[tokio::test]
async fn a_day_of_birth_is_given_once() {
    let store = TestStore::create().await;
    let id = store.user(Some("KZ")).await.id;
    let today = now().date_naive();
    let born = |text: &str| UserChange {
        birth_date: Some(BirthDate::new(text.parse().unwrap(), today).unwrap()),
        ..UserChange::default()
    };
    assert!(matches!(change(&store, &store, id, &born("2000-02-29")).await, UpdateUserOutcome::Updated(_)));
    assert!(matches!(change(&store, &store, id, &born("2000-02-29")).await, UpdateUserOutcome::Updated(_)));
    assert!(matches!(change(&store, &store, id, &born("1990-01-01")).await, UpdateUserOutcome::BirthDateGiven));
    let key = store.find_user_key(id).await.unwrap().unwrap();
    let kept = store.find_user(key).await.unwrap().unwrap().birth_date.unwrap().day();
    assert_eq!(kept.to_string(), "2000-02-29");
    assert!(matches!(change(&store, &store, UserId::new(), &name("x")).await, UpdateUserOutcome::NoSuchUser));
}

#[tokio::test]
async fn a_batch_is_no_larger_than_promised() {
    let store = TestStore::create().await;
    let key = store.user(Some("KZ")).await;
    let mut ids: Vec<UserId> = (0..MAX_MOVED_TOGETHER).map(|_| UserId::new()).collect();
    ids.push(key.id);
    assert_eq!(store.move_users(&ids, key.cell, domain::Cell::new(22), now()).await.unwrap(), 0);
}

//! The change feed under concurrent writers, and migrations of several replicas.

use std::collections::HashSet;

use movies_api::storage::CatalogueStore;
use service_kit::testing::TestDatabase;

use crate::support::{at, catalogue, draft};

#[tokio::test]
async fn no_number_is_ever_visible_before_a_smaller_one() {
    const WRITERS: u16 = 4;
    const FILMS: u16 = 15;
    let catalogue = catalogue().await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = CatalogueStore::new(catalogue.db.clone());
            tokio::spawn(async move {
                for film in 0..FILMS {
                    let film = store.insert(&draft(&format!("{writer} {film}"), 2000), at(0)).await.unwrap();
                    if film.seq % 5 == 0 {
                        store.delete(film.id, film.seq, at(1)).await.unwrap();
                    }
                }
            })
        })
        .collect();

    // A reader that only moves forward must see every film.
    let reader = CatalogueStore::new(catalogue.database.connect().await);
    let (mut seen, mut deleted, mut since) = (HashSet::new(), HashSet::new(), 0);
    loop {
        let over = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let batch = reader.changes_since(since, 3).await.unwrap();
        for film in &batch.films {
            assert!(film.seq > since && film.seq <= batch.last_seq);
            seen.insert(film.id);
        }
        for (id, seq) in &batch.deleted {
            assert!(*seq > since && *seq <= batch.last_seq);
            deleted.insert(*id);
        }
        since = batch.last_seq;
        if over && batch.complete {
            break;
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(seen.union(&deleted).count(), usize::from(WRITERS * FILMS));
    let left = seen.difference(&deleted).count() as u64;
    assert_eq!(left, catalogue.count().await.unwrap());
}

#[tokio::test]
async fn a_batch_is_bounded_and_names_the_position_to_continue_after() {
    let store = catalogue().await;
    for number in 0..5 {
        store.insert(&draft(&format!("Film {number}"), 2000), at(0)).await.unwrap();
    }

    let first = store.changes_since(0, 3).await.unwrap();
    assert_eq!((first.films.len(), first.last_seq, first.complete), (3, 3, false));
    let second = store.changes_since(first.last_seq, 3).await.unwrap();
    assert_eq!((second.films.len(), second.last_seq, second.complete), (2, 5, true));
    let third = store.changes_since(second.last_seq, 3).await.unwrap();
    assert_eq!((third.films.len(), third.last_seq, third.complete), (0, 5, true));
}

#[tokio::test]
async fn replicas_that_start_together_migrate_once() {
    let database = TestDatabase::create().await;
    let replicas = [(); 4].map(|()| async {
        let store = CatalogueStore::connect(database.url(), 2).await.unwrap();
        store.migrate().await.unwrap();
        store.last_seq().await.unwrap()
    });

    assert_eq!(futures_util::future::join_all(replicas).await, [0; 4]);
}

#[tokio::test]
async fn an_unavailable_database_is_distinguished_from_a_bug() {
    let error = CatalogueStore::connect("sqlite:///no/such/folder/catalogue.sqlite", 1).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");

    let database = TestDatabase::create().await;
    let store = CatalogueStore::connect(database.url(), 1).await.unwrap();
    let error = store.last_seq().await.unwrap_err();
    assert!(!error.is_unavailable(), "no table is no outage: {error:?}");
}

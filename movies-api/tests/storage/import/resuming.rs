//! Interrupted imports, in every way, and their resumption.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use movies_api::import::ImportError;
use movies_api::storage::{CatalogueStore, StorageError};

use crate::support::{
    Folder, catalogue, contents, counts, gzip, import, import_batches, import_with, many_records, options,
};

const RECORDS: usize = 4_300; // five batches

/// Passes the source to the child process; see `child_that_imports`.
const CHILD: &str = "MARQUEE_TEST_CHILD_IMPORT";

/// Result of one uninterrupted run.
async fn clean_run() -> (Vec<String>, [u64; 5]) {
    let (store, folder) = (catalogue().await, Folder::new());
    let report = import(&store, &folder.file("films.ndjson", many_records(RECORDS))).await;
    (contents(&store).await, counts(&report))
}

#[tokio::test]
async fn an_import_stopped_after_any_batch_ends_as_one_clean_run() {
    let (clean, clean_counts) = clean_run().await;
    for batches in 1..=4 {
        let (store, folder) = (catalogue().await, Folder::new());
        let path = folder.file("films.ndjson.gz", gzip(many_records(RECORDS)));

        let first = import_batches(&store, &path, batches).await;
        assert!(first.interrupted && first.exit_code() == 130);
        assert_eq!(first.new, u64::from(batches) * 1_000);
        let second = import(&store, &path).await;

        assert!(!second.interrupted);
        assert_eq!(second.resumed, first.new);
        let sum = [second.read, first.new + second.new, 0, 0, second.bad];
        assert_eq!(sum, clean_counts, "{batches}");
        assert_eq!(contents(&store).await, clean, "{batches}");
    }
}

#[tokio::test]
async fn an_import_dropped_at_any_await_ends_as_one_clean_run() {
    let (clean, _) = clean_run().await;
    let (store, folder) = (catalogue().await, Folder::new());
    let path = folder.file("films.ndjson", many_records(RECORDS));
    let mut dropped = 0;
    // each attempt lives a little longer than the one before, and the last one reaches the end
    for polls in (5..).step_by(7) {
        let mut left = polls;
        let options = options(&path);
        let mut import = Box::pin(import_with(&store, &options));
        let ended = std::future::poll_fn(|context| {
            left -= 1;
            match import.as_mut().poll(context) {
                std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
                std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
                std::task::Poll::Pending => std::task::Poll::Pending,
            }
        });
        match ended.await {
            Some(done) => {
                done.unwrap();
                break;
            }
            None => dropped += 1,
        }
    }
    assert!(dropped > 3, "{dropped}");
    assert_eq!(contents(&store).await, clean);
}

#[tokio::test]
async fn a_killed_process_leaves_nothing_half_written() {
    let (clean, _) = clean_run().await;
    let (catalogue, folder) = (catalogue().await, Folder::new());
    let path = folder.file("films.ndjson", many_records(RECORDS));
    for films in [0, 1_500] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "import::resuming::child_that_imports"])
            .env(CHILD, format!("{}\n{}", catalogue.database.url(), path.display()))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while catalogue.count().await.unwrap() <= films && child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the child imports nothing");
        }
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
    }
    let before = catalogue.count().await.unwrap();
    assert!(before > 1_500);

    import(&catalogue, &path).await;

    assert_eq!(contents(&catalogue).await, clean);
}

/// Not a test of its own: the process that `a_killed_process_leaves_nothing_half_written` kills.
#[tokio::test]
#[ignore = "started by another test"]
#[expect(clippy::disallowed_methods, reason = "set by the test that starts this one as a child")]
async fn child_that_imports() {
    let Ok(arguments) = std::env::var(CHILD) else { return };
    let (url, path) = arguments.split_once('\n').unwrap();
    let store = CatalogueStore::connect(url, 2).await.unwrap();
    import(&store, path.as_ref()).await;
}

#[tokio::test]
async fn a_file_that_was_edited_meanwhile_is_read_from_its_start() {
    let (store, folder) = (catalogue().await, Folder::new());
    // larger than both ends that the fingerprint looks at, and edited between them
    let mut records = many_records(RECORDS);
    while records.len() < 3 << 20 {
        records.push_str(&format!("{}\n", " ".repeat(500_000)));
    }
    records.insert_str(0, &format!("{}\n", " ".repeat((1 << 20) - 9)));
    let path = folder.file("films.ndjson", &records);
    import_batches(&store, &path, 2).await;
    let edited = records.replacen("Film 7\"", "Filn 7\"", 1);
    assert_eq!(edited.len(), records.len());
    folder.file("films.ndjson", edited);

    let (report, watcher) = import_with(&store, &options(&path)).await.unwrap();

    assert!(watcher.messages[0].contains("has changed"), "{:?}", watcher.messages);
    assert_eq!(report.resumed, 0);
    assert!(contents(&store).await.iter().any(|line| line.contains("Filn 7")));
}

#[tokio::test]
async fn a_file_that_has_grown_brings_its_new_films() {
    let (store, folder) = (catalogue().await, Folder::new());
    let mut records = many_records(1_200);
    let path = folder.file("films.ndjson", &records);
    let first = import_batches(&store, &path, 1).await;
    records.push_str("{\"title\":\"The newest\",\"year\":2023}\n");
    folder.file("films.ndjson", records);

    let second = import(&store, &path).await;

    assert_eq!((second.unchanged, second.changed), (first.new, 0));
    assert!(contents(&store).await.iter().any(|line| line.contains("The newest")));
}

#[tokio::test]
async fn restart_starts_over_and_changes_nothing() {
    let (store, folder) = (catalogue().await, Folder::new());
    let path = folder.file("films.ndjson", many_records(2_500));
    let first = import_batches(&store, &path, 1).await;
    let mut options = options(&path);
    options.restart = true;

    let (report, _) = import_with(&store, &options).await.unwrap();

    assert_eq!((report.resumed, report.unchanged), (0, first.new));
}

#[tokio::test]
async fn of_two_concurrent_imports_of_one_file_one_fails_at_most() {
    let (store, folder) = (catalogue().await, Folder::new());
    let path = folder.file("films.ndjson", many_records(RECORDS));
    let (options, other) = (options(&path), store.clone());

    let (one, two) = tokio::join!(import_with(&store, &options), import_with(&other, &options));

    let failures: Vec<_> = [one.err(), two.err()].into_iter().flatten().collect();
    assert!(failures.len() <= 1, "{failures:?}");
    for failure in failures {
        assert!(matches!(failure, ImportError::Storage(StorageError::ConcurrentImport)), "{failure:?}");
    }
    import(&store, &path).await;
    assert_eq!(contents(&store).await, clean_run().await.0);
}

//! Starts on a full or read-only disk, and a database file that is moved while a service runs.

use std::time::Duration;

use service_kit::testing::eventually;

use crate::small_disk::{Mechanism, SmallDisk};
use crate::stores::{BOUND, Editors, Kind, Store};

/// A store that has written and ended, on a small file system; `None` where mounting is not permitted.
async fn written(kind: Kind, signal: &str, editors: &Editors) -> Option<(SmallDisk, Store)> {
    let disk = SmallDisk::new(Mechanism::SmallFileSystem, 24);
    if disk.mechanism() != Mechanism::SmallFileSystem {
        return None;
    }
    let mut store = Store::start(kind, disk.path(), editors).await;
    for _ in 0..4 {
        assert!(store.write().await, "there is room");
    }
    store.end(signal);
    Some((disk, store))
}

async fn assert_reads_work_and_writes_fail(store: &mut Store) {
    if store.has_films() {
        eventually("written films are shown", BOUND, async || store.films().await > Some(50)).await;
        eventually("members are known", BOUND, async || store.knows_its_editor().await).await;
    }
    for _ in 0..3 {
        assert!(!store.write().await, "nothing can be written");
    }
}

async fn writes_come_back(store: &mut Store) {
    let mut tries = 0;
    while !store.write().await {
        tries += 1;
        assert!(tries < 100, "writes are refused for ever:\n{}", store.process.output().join("\n"));
        tokio::time::sleep(Duration::from_millis(100)).await; // between polls of a condition that has a bound
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_on_a_full_disk_serves_reads_and_writes_once_there_is_room() {
    let editors = Editors::start().await;
    for (kind, signal) in
        [(Kind::Films, "TERM"), (Kind::Cinema, "KILL"), (Kind::Accounts, "TERM"), (Kind::Cinema, "TERM")]
    {
        let Some((disk, mut store)) = written(kind, signal, &editors).await else { return };
        disk.take_all();
        store.resume(disk.path(), &editors);
        if signal == "TERM" {
            assert_reads_work_and_writes_fail(&mut store).await;
        }
        disk.free(&store.process);
        writes_come_back(&mut store).await;
        store.end("KILL");
        assert_eq!(store.lost(disk.path()).await, Vec::<String>::new(), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_on_a_read_only_disk_serves_reads_and_writes_once_it_is_writable() {
    let editors = Editors::start().await;
    for (kind, signal) in [(Kind::Films, "KILL"), (Kind::Cinema, "TERM"), (Kind::Accounts, "KILL")] {
        let Some((disk, mut store)) = written(kind, signal, &editors).await else { return };
        assert!(disk.remount("ro"), "no process has a file open");
        store.resume(disk.path(), &editors);
        assert_reads_work_and_writes_fail(&mut store).await;
        assert!(disk.remount("rw"));
        writes_come_back(&mut store).await;
        store.end("KILL");
        assert_eq!(store.lost(disk.path()).await, Vec::<String>::new(), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moved_database_is_detected_and_no_further_write_is_acknowledged() {
    let editors = Editors::start().await;
    for (kind, name) in [(Kind::Films, "movies.sqlite"), (Kind::Accounts, "auth.sqlite")] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::start(kind, folder.path(), &editors).await;
        assert!(store.write().await);
        let (path, moved) = (folder.path().join(name), folder.path().join("moved.sqlite"));
        std::fs::rename(&path, &moved).expect("moved");

        for _ in 0..4 {
            assert!(!store.write().await, "it would be lost with the next start");
        }
        assert!(!path.exists(), "no empty database was put in its place");
        let storage = async || store.status().await["storage"].clone();
        eventually("the status reports it", BOUND, async || storage().await["writable"] == false).await;
        assert_eq!(storage().await["status"], "warn");
        if store.has_films() {
            assert!(store.films().await > Some(49), "films in memory are still shown");
        }

        std::fs::rename(&moved, &path).expect("moved back");
        writes_come_back(&mut store).await;
        let storage = async || store.status().await["storage"].clone();
        eventually("the status reports it", BOUND, async || storage().await["status"] == "pass").await;
        store.end("KILL");
        assert_eq!(store.lost(folder.path()).await, Vec::<String>::new(), "{kind:?}");
    }
}

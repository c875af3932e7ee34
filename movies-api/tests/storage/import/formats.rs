//! Other formats: padded and concatenated gzip, pipes, JSON arrays, and unsupported archives.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::JoinHandle;

use movies_api::import::ImportError;

use crate::support::{Folder, catalogue, contents, counts, gzip, import, import_with, many_records, options};

#[tokio::test]
async fn gzip_padded_with_zeros_is_read_to_its_end() {
    let (plain, store, folder) = (catalogue().await, catalogue().await, Folder::new());
    let records = many_records(2_500);
    let whole = counts(&import(&plain, &folder.file("films.ndjson", &records)).await);
    let (one, two) = records.split_at(records.len() / 2);
    let path = folder.file("films.ndjson.gz", [gzip(one), vec![0; 700], gzip(two), vec![0; 512]].concat());
    assert_eq!(counts(&import(&store, &path).await), whole);
    assert_eq!(contents(&store).await, contents(&plain).await);
}

#[tokio::test]
async fn garbage_behind_packed_data_is_reported_and_nothing_else_is_lost() {
    let (store, folder) = (catalogue().await, Folder::new());
    let path = folder.file("films.ndjson.gz", [gzip(many_records(3)), b"signature".to_vec()].concat());
    let (report, watcher) = import_with(&store, &options(&path)).await.unwrap();
    assert_eq!((counts(&report), report.exit_code()), ([3, 3, 0, 0, 1], 3));
    assert_eq!(watcher.bad[0].reason, "behind the packed data stands something that is not packed");
}

/// A named pipe, and a thread that writes to it once it is opened for reading.
fn pipe(folder: &Folder, name: &str, content: Vec<u8>) -> (PathBuf, JoinHandle<()>) {
    let path = folder.path().join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let to = path.clone();
    (path, std::thread::spawn(move || std::fs::write(to, content).unwrap()))
}

#[tokio::test]
async fn a_pipe_is_read_like_a_file_plain_and_packed_also_a_second_time() {
    let (file, folder) = (catalogue().await, Folder::new());
    let records = many_records(2_500);
    let [read, new, _, _, bad] = counts(&import(&file, &folder.file("films.ndjson", &records)).await);
    for (number, content) in [records.clone().into_bytes(), gzip(&records)].into_iter().enumerate() {
        let store = catalogue().await;
        for (again, expected) in [[read, new, 0, 0, bad], [read, 0, 0, new, bad]].into_iter().enumerate() {
            let (path, writer) = pipe(&folder, &format!("pipe-{number}-{again}"), content.clone());
            assert_eq!(counts(&import(&store, &path).await), expected);
            writer.join().unwrap();
        }
        assert_eq!(contents(&store).await, contents(&file).await);
    }
}

#[tokio::test]
async fn an_empty_pipe_is_no_import() {
    let folder = Folder::new();
    let (path, writer) = pipe(&folder, "pipe", Vec::new());
    let error = failure(&path).await;
    writer.join().unwrap();
    assert!(matches!(error, ImportError::Empty { .. }), "{error}");
}

#[tokio::test]
async fn a_json_array_with_one_object_a_line_is_read_like_lines() {
    for array in [
        "[\n{\"title\":\"A\",\"year\":2001},\n{\"title\":\"B\",\"year\":2001,\"cast\":[\"C\"]},\n{\"title\":\"D\",\"year\":2001}\n]\n",
        "\u{feff}[{\"title\":\"A\",\"year\":2001}\r\n, {\"title\":\"B\",\"year\":2001}\r\n, {\"title\":\"D\",\"year\":2001}]",
    ] {
        let (store, folder) = (catalogue().await, Folder::new());
        assert_eq!(counts(&import(&store, &folder.file("films.json", array)).await), [3, 3, 0, 0, 0], "{array}");
        assert_eq!(counts(&import(&store, &folder.file("films.gz", gzip(array))).await), [3, 0, 0, 3, 0]);
    }
}

async fn failure(path: &Path) -> ImportError {
    let store = catalogue().await;
    let failed = import_with(&store, &options(path)).await;
    failed.err().expect("the import fails")
}

#[tokio::test]
async fn unsupported_formats_are_named_in_one_sentence() {
    let folder = Folder::new();
    let mut tar = vec![0; 600];
    tar[257..262].copy_from_slice(b"ustar");
    tar[..5].copy_from_slice(b"films");
    for (content, expected) in [
        (b"PK\x03\x04....".to_vec(), "is a zip archive; unpack or convert it first"),
        (
            b"\xfd7zXZ\0....".to_vec(),
            "is packed with xz; unpack or convert it first, for example through a pipe: movies-api import <(xz -dc ",
        ),
        (b"\x28\xb5\x2f\xfd....".to_vec(), "is packed with zstd"),
        (b"BZh91AY".to_vec(), "is packed with bzip2"),
        (b"\xff\xfe{\0".to_vec(), "is UTF-16 text"),
        (tar.clone(), "is a tar archive"),
        (gzip(&tar), "is a tar archive"),
        (
            b"[{\"title\":\"A\",\"year\":2001},{\"title\":\"B\",\"year\":2001}]".to_vec(),
            "is a JSON array whose films do not stand on one line each",
        ),
        (b"[\n  {\n    \"title\": \"A\",\n    \"year\": 2001\n  }\n]\n".to_vec(), "<(jq -c '.[]' "),
    ] {
        let error = failure(&folder.file("films", content)).await.to_string();
        assert!(error.contains(expected) && !error.contains('\n'), "{error}");
    }
    folder.file("title.basics.tsv", b"PK\x03\x04....");
    assert!(failure(folder.path()).await.to_string().contains("is a zip archive"));
}

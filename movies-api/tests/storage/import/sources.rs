//! Unreadable sources, and the errors they cause.

use movies_api::import::ImportError;

use crate::support::{Folder, catalogue, gzip, import, import_with, many_records, options};

async fn failure(path: &std::path::Path) -> ImportError {
    let store = catalogue().await;
    let failed = import_with(&store, &options(path)).await;
    failed.err().expect("the import fails")
}

#[tokio::test]
async fn a_missing_path_is_named() {
    let error = failure("/no/such/films.ndjson".as_ref()).await;
    assert_eq!(error.to_string(), "cannot open /no/such/films.ndjson");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn an_empty_file_is_no_import() {
    let folder = Folder::new();
    let plain = failure(&folder.file("films.ndjson", "")).await;
    assert!(matches!(plain, ImportError::Empty { .. }), "{plain}");
    let packed = failure(&folder.file("films.gz", gzip(""))).await;
    assert!(matches!(packed, ImportError::Empty { .. }), "{packed}");
}

#[tokio::test]
async fn a_truncated_gzip_file_names_the_last_line_read() {
    let (store, folder) = (catalogue().await, Folder::new());
    let mut packed = gzip(many_records(3_000));
    packed.truncate(packed.len() - 100);
    let path = folder.file("films.ndjson.gz", packed);

    let error = import_with(&store, &options(&path)).await.err().unwrap();

    let ImportError::Read { file, line, .. } = &error else { panic!("{error}") };
    assert!(file == "films.ndjson.gz" && *line > 1_000, "{error}");
    assert!(store.count().await.unwrap() >= 1_000, "whole batches before the damage are in");
}

#[tokio::test]
async fn a_damaged_gzip_file_is_distinguished_from_bad_lines() {
    let folder = Folder::new();
    let mut packed = gzip(many_records(3_000));
    let middle = packed.len() / 2;
    packed[middle..middle + 64].fill(0x55);
    let error = failure(&folder.file("films.ndjson.gz", packed)).await;
    assert!(matches!(error, ImportError::Read { .. }), "{error}");
    let error = failure(&folder.file("head.gz", b"\x1f\x8bnothing of the kind")).await;
    assert!(matches!(error, ImportError::Read { line: 0, .. }), "{error}");
}

#[tokio::test]
async fn a_folder_without_titles_is_explained() {
    let folder = Folder::new();
    folder.file("title.ratings.tsv", "tconst\taverageRating\tnumVotes\n");
    let error = failure(folder.path()).await;
    assert!(error.to_string().contains("neither title.basics.tsv nor title.basics.tsv.gz"), "{error}");
}

#[tokio::test]
async fn a_file_of_imdb_without_title_basics_is_rejected() {
    let folder = Folder::new();
    let error = failure(&folder.file("ratings", "tconst\taverageRating\tnumVotes\ntt1\t5.0\t5\n")).await;
    assert!(matches!(error, ImportError::NeedsBasics { .. }), "{error}");
}

#[tokio::test]
async fn a_table_without_its_columns_is_rejected() {
    let folder = Folder::new();
    folder.file("title.basics.tsv", "tconst\ttitleType\tprimaryTitle\ntt1\tmovie\tA\n");
    let error = failure(folder.path()).await;
    assert!(error.to_string().contains("there is no column `originalTitle` in line 1"), "{error}");
}

#[tokio::test]
async fn a_path_for_bad_lines_that_cannot_be_written_is_named() {
    let (store, folder) = (catalogue().await, Folder::new());
    let mut options = options(&folder.file("films.ndjson", many_records(3)));
    options.rejects = Some("/no/such/folder/rejects".into());
    let error = import_with(&store, &options).await.err().unwrap();
    assert!(matches!(error, ImportError::Rejects { .. }), "{error}");
    options.rejects = None;
    assert_eq!(import(&store, &options.path).await.new, 3);
}

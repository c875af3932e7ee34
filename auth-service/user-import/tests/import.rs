//! Imports of whole files, on SQLite and PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::fmt::Write;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::sync::LazyLock;
use std::time::Duration;

use account_storage::{ImportError, ImportProgress, Store};
use accounts::{AuditContext, Email, EmailPolicy};
use sea_orm::{ConnectionTrait, Statement};
use service_kit::testing::TestDatabase;
use service_kit::{Clock, SystemClock};
use tempfile::NamedTempFile;
use user_import::{ImportEvent, ImportFailure, ImportFile, ImportSummary, Importer, LineError};

/// Hashes of one password by argon2-cffi, passlib, bcrypt and Django, in five formats.
const HASHES: [&str; 5] = [
    "$argon2id$v=19$m=1024,t=2,p=4$U19c3+pq/Umgf1hwv6togA$8B7qnvFKAPmXmgRfV9e62oX0VVfpX3TwNdR8bFgjpeI",
    "$scrypt$ln=10,r=8,p=1$yvk/5/w/R4gR4rx3jpFyTg$Gy9msGDoVBbB5v/NC7jMX5cSIm1kt4Ryju25eDE6zBI",
    "$2b$04$3S1C9QkWvX4bwDA00I8zK.R40DQsdKGkCBPNxfFSNKyTwzvxzFdhW",
    "pbkdf2_sha256$1000$KNUBQrdD36FJ2HadFaZE66$y2ZEiuMPfy483frMLI/ytYYCgBcba6yRaZOEv0GBck0=",
    "bcrypt_sha256$$2b$04$akviTjwtonuSbg1azrF51e8ozAu2rYgjDYVjduGzgiRSJ0Zvt/WXu",
];

/// A database with all tables.
async fn database() -> (TestDatabase, Store) {
    let database = TestDatabase::create().await;
    let store = Store::connect(database.url(), 4).await.unwrap();
    store.migrate(SystemClock.now()).await.unwrap();
    (database, store)
}

fn file(text: &str) -> (NamedTempFile, ImportFile) {
    let mut named = NamedTempFile::new().unwrap();
    named.write_all(text.as_bytes()).unwrap();
    let file = ImportFile::open(named.path()).unwrap();
    (named, file)
}

/// Lines of accounts, in turn with each hash.
fn accounts(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let (hash, region) = (HASHES[number % HASHES.len()], ["RU-MOW", "KZ", ""][number % 3]);
        let email = format!("person-{number}@example.org");
        writeln!(text, r#"{{"email":"{email}","password_hash":"{hash}","region":"{region}","email_verified":true}}"#)
            .unwrap();
    }
    text
}

static ACT: LazyLock<AuditContext> = LazyLock::new(|| AuditContext::of_command("operator", None, SystemClock.now()));

fn importer(store: &Store) -> Importer<'_> {
    Importer { store, emails: EmailPolicy::default(), trust_verified: false, clock: &SystemClock, act: &ACT }
}

/// Imports all; returns the refused lines.
async fn import(importer: &Importer<'_>, file: &ImportFile) -> (ImportSummary, Vec<(u64, LineError)>) {
    let mut refused = Vec::new();
    let watch = |event| {
        if let ImportEvent::Rejected(line, reason) = event {
            refused.push((line, reason));
        }
        ControlFlow::Continue(())
    };
    let summary = importer.run(file, watch).await.unwrap();
    assert!(summary.finished);
    (summary, refused)
}

async fn count(database: &TestDatabase, what: &str) -> i64 {
    let raw = database.connect().await;
    let sql = format!("SELECT CAST(count(*) AS bigint) FROM {what}");
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn accounts_of_five_formats_are_imported_with_their_hashes_as_claims() {
    let (database, store) = database().await;
    let (_named, file) = file(&accounts(3000));
    let (summary, refused) = import(&importer(&store), &file).await;
    assert!(refused.is_empty());
    assert_eq!((summary.progress.lines, summary.progress.imported, summary.progress.rejected), (3000, 3000, 0));
    assert_eq!(count(&database, "audit_events WHERE action = 'import_users'").await, 1);
    for table in ["users", "user_directory", "user_logins WHERE proved_at IS NULL"] {
        assert_eq!(count(&database, table).await, 3000, "{table}");
    }
    for number in [0, 1, 2, 3, 4, 2999] {
        let email = Email::parse(&format!("person-{number}@example.org")).unwrap();
        let key = store.find_user_key_by_email(&email).await.unwrap().unwrap();
        let user = store.find_user(key).await.unwrap().unwrap();
        assert_eq!(user.password_hash.unwrap().as_str(), HASHES[number % HASHES.len()]);
        assert_eq!(user.email.unwrap(), email);
    }
}

#[tokio::test]
async fn verified_addresses_are_proved_where_the_operator_trusts_the_other_system() {
    let (database, store) = database().await;
    let text = format!("{}{{\"email\":\"claim@example.org\"}}\n", accounts(3));
    let (_named, file) = file(&text);
    import(&Importer { trust_verified: true, ..importer(&store) }, &file).await;
    assert_eq!(count(&database, "user_logins WHERE proved_at IS NOT NULL").await, 3);
    assert_eq!(count(&database, "user_logins WHERE proved_at IS NULL").await, 1);
}

#[tokio::test]
async fn bad_lines_are_reported_by_number_and_the_others_are_imported() {
    let (database, store) = database().await;
    let (_before, earlier) = file("{\"email\":\"taken@example.org\"}\n");
    import(&importer(&store), &earlier).await;
    let lines = [
        r#"{"email":"a@example.org"}"#.to_owned(),
        String::new(),
        r#"{"email":"b@example.org","password_hash":"$2b$15$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#
            .into(),
        r#"{"email":"A@EXAMPLE.org."}"#.into(),
        "not JSON".into(),
        format!(r#"{{"email":"c@example.org","display_name":"{}"}}"#, "x".repeat(user_import::MAX_LINE_BYTES)),
        r#"{"email":"taken@example.org"}"#.into(),
        r#"{"email":"d@example.org","display_name":"An\u0000na"}"#.into(),
    ];
    let (_named, file) = file(&lines.join("\r\n")); // without a last line break
    let (summary, mut refused) = import(&importer(&store), &file).await;
    refused.sort_by_key(|(line, _)| *line);
    let numbers: Vec<u64> = refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(numbers, [3, 4, 5, 6, 7], "{refused:?}");
    assert_eq!(
        (refused[1].1, refused[3].1, refused[4].1),
        (LineError::EmailTaken, LineError::TooLong, LineError::EmailTaken)
    );
    assert_eq!((summary.progress.lines, summary.progress.imported, summary.progress.rejected), (8, 2, 5));
    assert_eq!(count(&database, "users").await, 3);
}

#[tokio::test]
async fn an_interrupted_import_continues_and_imports_each_line_once() {
    let (database, store) = database().await;
    let mut text = accounts(1800);
    text.push_str("bad\n");
    let (_named, file) = file(&text);
    let mut runs = 0;
    let summary = loop {
        runs += 1;
        let stop = |event| match event {
            ImportEvent::Progress(_) => ControlFlow::Break(()),
            ImportEvent::Rejected(..) => ControlFlow::Continue(()),
        };
        let summary = importer(&store).run(&file, stop).await.unwrap();
        if summary.finished {
            break summary;
        }
        // Dropped at its first pause, as by a kill in the middle of a batch.
        let dropped = importer(&store);
        let _ = tokio::time::timeout(Duration::ZERO, dropped.run(&file, |_| ControlFlow::Continue(()))).await;
    };
    assert!(runs > 3, "{runs} runs");
    assert_eq!((summary.progress.imported, summary.progress.rejected), (1800, 1));
    assert_eq!(count(&database, "users").await, 1800);
    let again = importer(&store).run(&file, |_| ControlFlow::Continue(())).await.unwrap();
    assert_eq!(again.progress, summary.progress, "a finished import has nothing to do");
}

#[tokio::test]
async fn of_two_imports_of_one_file_at_once_each_line_makes_one_account() {
    let (database, store) = database().await;
    let text = accounts(2000);
    let (named, one) = file(&text);
    let other = ImportFile::open(named.path()).unwrap();
    let (importer_of_one, importer_of_other) = (importer(&store), importer(&store));
    let (first, second) = tokio::join!(
        importer_of_one.run(&one, |_| ControlFlow::Continue(())),
        importer_of_other.run(&other, |_| ControlFlow::Continue(())),
    );
    for outcome in [first, second] {
        let concurrent = matches!(&outcome, Err(ImportFailure::Write(ImportError::Concurrent)));
        assert!(concurrent || outcome.is_ok(), "{outcome:?}");
    }
    let last = importer(&store).run(&one, |_| ControlFlow::Continue(())).await.unwrap();
    let expected = ImportProgress { bytes: text.len() as u64, lines: 2000, imported: 2000, rejected: 0 };
    assert_eq!(last.progress, expected);
    assert_eq!(count(&database, "users").await, 2000);
}

#[test]
fn a_folder_is_no_file_of_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let error = ImportFile::open(folder.path()).unwrap_err();
    assert!(matches!(error, user_import::OpenImportError::NotRegular), "{error:?}");
}

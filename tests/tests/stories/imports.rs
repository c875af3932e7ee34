//! An import by the built program: killed in the middle and continued; every format signs in.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::json;
use service_kit::database::sqlite_url;
use service_kit::testing::eventually;
use tests::process::Process;
use tests::services::Service;

use crate::load::turn;

const BOUND: Duration = Duration::from_secs(240);
const PASSWORD: &str = "three cats on a sofa";
/// Hashes of it by argon2-cffi, passlib, bcrypt, and Django in four formats; `scripts/interop.sh imports` makes new ones.
const HASHES: [&str; 7] = [
    "$argon2id$v=19$m=1024,t=2,p=4$U19c3+pq/Umgf1hwv6togA$8B7qnvFKAPmXmgRfV9e62oX0VVfpX3TwNdR8bFgjpeI",
    "$scrypt$ln=10,r=8,p=1$yvk/5/w/R4gR4rx3jpFyTg$Gy9msGDoVBbB5v/NC7jMX5cSIm1kt4Ryju25eDE6zBI",
    "$2b$04$3S1C9QkWvX4bwDA00I8zK.R40DQsdKGkCBPNxfFSNKyTwzvxzFdhW",
    "pbkdf2_sha256$1000$KNUBQrdD36FJ2HadFaZE66$y2ZEiuMPfy483frMLI/ytYYCgBcba6yRaZOEv0GBck0=",
    "bcrypt_sha256$$2b$04$akviTjwtonuSbg1azrF51e8ozAu2rYgjDYVjduGzgiRSJ0Zvt/WXu",
    "bcrypt$$2b$04$CT0fTAgEFVrXt7/KaRwUDufscbpzzTihuG7Hh0mEHoz5PQWD7hkPG",
    "argon2$argon2id$v=19$m=1024,t=2,p=8$dk04WmRIbjhWcXFDZ1YxOGdTTklocw$ZdgW1J/HzcJjxsmAyWG8p7/CnIgjGt8LgZdJ8BmsHjU",
];
const ACCOUNTS: usize = 7_000;

/// Lines that make no account: two spellings of a mailbox before them, costs beyond the bounds, damage.
fn refused() -> Vec<String> {
    let email = |email: &str| json!({"email": email}).to_string();
    let hash = |hash: &str| json!({"email": "no-one@example.org", "password_hash": hash}).to_string();
    vec![
        email("person-0@example.org"),
        email(" PERSON-0@Example.ORG. "),
        email("anna@xn--bcher-kva.example"),
        email("no address"),
        hash(&HASHES[2].replace("$04$", "$15$")),
        hash(&HASHES[3].replace("$1000$", "$2000001$")),
        hash(&HASHES[0].replace("m=1024", "m=262145")),
        hash(&HASHES[1].replace("ln=10", "ln=19")),
        hash(&HASHES[4][..40]),
        hash("md5$salt$5f4dcc3b5aa765d61d8327deb882cf99"),
        json!({"email": "no-one@example.org", "display_name": "x".repeat(20_000)}).to_string(),
        "[\"no-one@example.org\"]".to_owned(),
        "no JSON".to_owned(),
    ]
}

/// All lines, and the numbers of those that make no account.
fn lines() -> (Vec<String>, BTreeSet<usize>) {
    let (mut lines, mut numbers) = (vec![json!({"email": "anna@bücher.example"}).to_string()], BTreeSet::new());
    let mut refused = refused().into_iter();
    for number in 0..ACCOUNTS {
        let (email, hash) = (format!("person-{number}@example.org"), HASHES[number % HASHES.len()]);
        lines.push(json!({"email": email, "password_hash": hash}).to_string());
        // Second addresses stand in the first batch: they are named after its commit, where no kill comes.
        if (number < 3 || number % (ACCOUNTS / 16) == 0)
            && let Some(line) = refused.next()
        {
            lines.push(line);
            numbers.insert(lines.len());
        }
    }
    assert!(refused.next().is_none());
    (lines, numbers)
}

async fn number(database: &DatabaseConnection, sql: &str) -> usize {
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let row = database.query_one_raw(statement).await.expect("the database").expect("a row");
    usize::try_from(row.try_get_by_index::<i64>(0).expect("a number")).expect("a count")
}

/// Numbers of lines that an import has named.
fn named(import: &Process) -> BTreeSet<usize> {
    let number = |line: &String| line.split_once("line ")?.1.split_once(": ")?.0.parse().ok();
    import.output().iter().filter_map(number).collect()
}

fn variables(data: &Path) -> Vec<(&'static str, String)> {
    let own = [("AUTH_DATA_DIR", data.display().to_string()), ("AUTH_LISTEN", "127.0.0.1:0".to_owned())];
    [&own[..], &[("AUTH_LIMITS", "off".to_owned())]].concat()
}

#[tokio::test]
async fn an_import_killed_in_the_middle_loses_and_doubles_nothing_and_every_format_signs_in() {
    let _turn = turn().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (data, path) = (folder.path(), folder.path().join("accounts.ndjson").display().to_string());
    let (lines, refused) = lines();
    std::fs::write(&path, lines.join("\n")).expect("a file");
    let start = |arguments: &[&str]| Process::start("auth-service", arguments, &variables(data));
    assert!(start(&["migrate"]).wait(BOUND).success());
    let database = Database::connect(sqlite_url(&data.join("auth.sqlite"))).await.expect("the database");
    let progress = async || number(&database, "SELECT coalesce(max(lines), 0) FROM user_imports").await;

    let mut all_named = BTreeSet::new();
    for kills in 0..3 {
        let mut import = start(&["import-users", &path]);
        let until = lines.len() * (2 * kills + 1) / 8;
        eventually("it is on its way", BOUND, async || progress().await >= until).await;
        import.signal("KILL");
        import.wait(BOUND);
        all_named.extend(named(&import));
        assert!(kills > 0 || progress().await < lines.len(), "it was killed in the middle");
    }
    let mut import = start(&["import-users", &path]);
    assert!(import.wait(BOUND).success(), "{:?}", import.output());
    let result = format!("of {} lines {} were imported, {} were refused", lines.len(), ACCOUNTS + 1, refused.len());
    assert_eq!(import.all_with(&result).len(), 1, "{:?}", import.output());
    all_named.extend(named(&import));
    assert_eq!(all_named, refused);

    for table in ["users", "user_directory", "user_logins WHERE proved_at IS NULL"] {
        assert_eq!(number(&database, &format!("SELECT count(*) FROM {table}")).await, ACCOUNTS + 1, "{table}");
    }
    for hash in HASHES {
        let sql = format!("SELECT count(*) FROM users WHERE password_hash = '{hash}'");
        assert_eq!(number(&database, &sql).await, ACCOUNTS / HASHES.len(), "{hash}");
    }
    database.close().await.expect("a database that closes");
    every_format_signs_in(data).await;
}

async fn every_format_signs_in(data: &Path) {
    let auth = Service::start("auth-service", &variables(data));
    auth.ready().await;
    for account in 0..HASHES.len() {
        let email = format!("person-{account}@example.org");
        // The second time by the hash that the first sign-in has made.
        for (password, status) in [("three dogs on a sofa", 401), (PASSWORD, 201), (PASSWORD, 201)] {
            let body = json!({"email": email, "password": password});
            auth.client.post("/api/v1/sessions").json(&body).send().await.assert_status(status);
        }
    }
}

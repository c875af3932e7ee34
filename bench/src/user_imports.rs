//! Import of accounts by the built program: 100,000 lines in five formats of hashes, into SQLite and PostgreSQL.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use service_kit::database::sqlite_url;
use tests::postgres::Postgres;
use tests::process::Process;

use crate::auth_server::DURABLE;
use crate::say;

/// Number of accounts.
const ACCOUNTS: usize = 100_000;
/// Hashes of argon2-cffi, passlib, bcrypt and Django. An import parses them; it verifies none.
const HASHES: [&str; 5] = [
    "$argon2id$v=19$m=1024,t=2,p=4$U19c3+pq/Umgf1hwv6togA$8B7qnvFKAPmXmgRfV9e62oX0VVfpX3TwNdR8bFgjpeI",
    "$scrypt$ln=10,r=8,p=1$yvk/5/w/R4gR4rx3jpFyTg$Gy9msGDoVBbB5v/NC7jMX5cSIm1kt4Ryju25eDE6zBI",
    "$2b$04$3S1C9QkWvX4bwDA00I8zK.R40DQsdKGkCBPNxfFSNKyTwzvxzFdhW",
    "pbkdf2_sha256$1000$KNUBQrdD36FJ2HadFaZE66$y2ZEiuMPfy483frMLI/ytYYCgBcba6yRaZOEv0GBck0=",
    "bcrypt_sha256$$2b$04$akviTjwtonuSbg1azrF51e8ozAu2rYgjDYVjduGzgiRSJ0Zvt/WXu",
];

/// Imports a file, and prints the accounts per second.
pub async fn measure(data: &Path) -> anyhow::Result<()> {
    let file = data.join("accounts.ndjson");
    write_accounts(&file)?;
    let postgres = Postgres::find_or_private(DURABLE);
    let stores =
        [("SQLite", sqlite_url(&data.join("imported.sqlite"))), ("PostgreSQL", postgres.database("bench").await)];
    say(&format!("\n| import of {ACCOUNTS} accounts | accounts/s |\n|---|---|"));
    for (store, url) in stores {
        let variables = [
            ("AUTH_DATA_DIR", data.display().to_string()),
            ("AUTH_DATABASE_URL", url),
            ("AUTH_SERVICE_CLIENTS", "movies-api=a secret of no other use".to_owned()),
        ];
        run(&["migrate"], &variables)?;
        let begun = Instant::now();
        run(&["import-users", &file.display().to_string()], &variables)?;
        say(&format!("| {store} | {:.0} |", ACCOUNTS as f64 / begun.elapsed().as_secs_f64()));
    }
    Ok(())
}

fn run(arguments: &[&str], variables: &[(&str, String)]) -> anyhow::Result<()> {
    let mut command = Process::start("auth-service", arguments, variables);
    anyhow::ensure!(command.wait(Duration::from_secs(600)).success(), "{}", command.output().join("\n"));
    Ok(())
}

fn write_accounts(path: &Path) -> anyhow::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for number in 0..ACCOUNTS {
        let (hash, region) = (HASHES[number % HASHES.len()], ["RU-MOW", "KZ", ""][number % 3]);
        let email = format!("person-{number}@example.org");
        writeln!(file, r#"{{"email":"{email}","password_hash":"{hash}","region":"{region}","display_name":"Anna"}}"#)?;
    }
    Ok(file.flush()?)
}

//! Fills both databases with the same rows, by COPY.

use std::fmt::Write as _;

use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::sqlx::postgres::PgPoolCopyExt;

use crate::people::{People, email, mix};
use crate::schema::{MONTHS, month};
use crate::server::{Db, Server};

/// Bytes sent at once.
const CHUNK: usize = 1 << 20;
/// As long as the service's hashes are.
pub const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
                                 uX0C7rXyTzJ4m1VbqPq0m3s9Jm5mWw0Wg2V9r8Zk1nY";
const USERS: &str = "COPY users (id, cell, region, birth_date, email_norm, password_hash, display_name, status, \
                     created_at, updated_at) FROM STDIN";
const SIGN_INS: &str = "COPY sign_ins (user_id, at, device, method, result, session_id, address, region) FROM STDIN";

/// Accounts, with their directories on the partitioned side, and sign-ins.
pub async fn fill(server: &Server, people: &People, sign_ins: usize, now: DateTime<Utc>) -> anyhow::Result<()> {
    let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);
    let (both, one) = ([&plain, &partitioned], [&partitioned]);
    let all = people.persons.len();
    copy(&both, USERS, all, |text, number| account(text, people, number)).await?;
    copy(&one, "COPY user_directory FROM STDIN", all, |text, number| {
        let person = people.persons[number];
        writeln!(text, "{}\t{}\t0\t\\N", person.id, person.cell)
    })
    .await?;
    copy(&both, "COPY user_logins (kind, login, user_id, cell) FROM STDIN", all, |text, number| {
        let person = people.persons[number];
        writeln!(text, "1\t{}\t{}\t{}", email(number), person.id, person.cell)
    })
    .await?;
    let mut times = Times::new(month(now, 1 - MONTHS)?.start(), now, sign_ins);
    copy(&both, SIGN_INS, sign_ins, |text, number| sign_in(text, people, &mut times, number)).await
}

async fn copy(
    targets: &[&Db],
    statement: &str,
    count: usize,
    mut line: impl FnMut(&mut String, usize) -> std::fmt::Result,
) -> anyhow::Result<()> {
    let mut copies = Vec::new();
    for target in targets {
        copies.push(target.orm.get_postgres_connection_pool().copy_in_raw(statement).await?);
    }
    let mut text = String::with_capacity(CHUNK + 1024);
    for number in 0..count {
        line(&mut text, number)?;
        if text.len() >= CHUNK || number + 1 == count {
            let sent = copies.iter_mut().map(|copy| copy.send(text.as_bytes()));
            futures_util::future::try_join_all(sent).await?;
            text.clear();
        }
    }
    for copy in copies {
        copy.finish().await.context("COPY")?;
    }
    Ok(())
}

/// A line of `users`. A fifth has no birth date.
fn account(text: &mut String, people: &People, number: usize) -> std::fmt::Result {
    let (person, luck) = (people.persons[number], mix(number as u64 ^ 0x00B1_47DA));
    let region = people.region(person);
    let birth_date = match luck % 5 {
        0 => "\\N".to_owned(),
        _ => format!("{}-{:02}-{:02}", 1950 + luck / 5 % 65, 1 + luck / 400 % 12, 1 + luck / 5000 % 28),
    };
    let (id, cell, email) = (person.id, person.cell, email(number));
    let made = "2024-05-01 12:00:00+00";
    writeln!(text, "{id}\t{cell}\t{region}\t{birth_date}\t{email}\t{PASSWORD_HASH}\tViewer {number}\t0\t{made}\t{made}")
}

/// A line of `sign_ins`: a random user, in order of time.
fn sign_in(text: &mut String, people: &People, times: &mut Times, number: usize) -> std::fmt::Result {
    let luck = mix(number as u64 ^ 0x0051_6E1A);
    let person = people.persons[(luck % people.persons.len() as u64) as usize];
    let (device, method) = (luck >> 32 & 3, 1 + (luck >> 34 & 1));
    let session = uuid::Uuid::from_u64_pair(mix(luck), luck);
    let address = luck >> 40;
    write!(text, "{}\t", person.id)?;
    times.write(text, number)?;
    writeln!(
        text,
        "\t{device}\t{method}\t0\t{session}\t10.{}.{}.{}\t{}",
        address & 255,
        address >> 8 & 255,
        address >> 16 & 255,
        people.region(person)
    )
}

/// Instants that divide a span evenly, written quickly: the date changes rarely.
struct Times {
    first: i64,
    step: f64,
    day: i64,
    date: String,
}

impl Times {
    fn new(from: DateTime<Utc>, until: DateTime<Utc>, count: usize) -> Self {
        let step = (until - from).num_microseconds().unwrap_or(0) as f64 / count.max(1) as f64;
        Self { first: from.timestamp_micros(), step, day: -1, date: String::new() }
    }

    fn write(&mut self, text: &mut String, number: usize) -> std::fmt::Result {
        const DAY: i64 = 86_400_000_000;
        let at = self.first + (self.step * number as f64) as i64;
        let (day, of_day) = (at.div_euclid(DAY), at.rem_euclid(DAY));
        if day != self.day {
            self.day = day;
            self.date =
                DateTime::from_timestamp_micros(at).map(|at| at.format("%Y-%m-%d").to_string()).unwrap_or_default();
        }
        let (seconds, micros) = (of_day / 1_000_000, of_day % 1_000_000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(text, "{} {hours:02}:{minutes:02}:{seconds:02}.{micros:06}+00", self.date)
    }
}

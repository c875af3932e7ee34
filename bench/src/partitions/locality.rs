//! Cache hit ratio for one region: traffic of Saint Petersburg only, with a cache that is little larger than its
//! accounts.

use std::time::Duration;

use crate::keys::{USER, by_login, fetch, one};
use crate::people::{People, email, mix};
use crate::regions::{REGION, cells};
use crate::report::{Aim, Row, short};
use crate::server::{Db, Server};

/// KiB for the catalogue and other pages that every connection needs.
const BESIDE: u64 = 4 * 1024;
/// Maximum of warm-up statements and of counted statements; also at most two per account.
const MAX_STATEMENTS: usize = 30_000;

/// Restarts the server with a small cache and keeps it.
pub async fn measure(server: &mut Server, people: &People) -> anyhow::Result<Vec<Row>> {
    let leaves: Vec<String> = cells(people, REGION).iter().map(|cell| format!("'users_c{cell:03}'")).collect();
    let size = format!(
        "SELECT sum(pg_relation_size(oid) + pg_relation_size((relname || '_pkey')::regclass))::bigint FROM pg_class \
         WHERE relname IN ({})",
        leaves.join(", ")
    );
    let needed: i64 = server.connect("partitioned").await?.value(&size).await?;
    let whole = "SELECT (pg_relation_size('users') + pg_relation_size('users_pkey'))::bigint";
    let all: i64 = server.connect("plain").await?.value(whole).await?;
    let buffers = u64::try_from(needed)? * 3 / 2 / 1024 + BESIDE;
    server.restart(buffers)?;
    let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);

    let people_here = people.of_region(REGION);
    let count = MAX_STATEMENTS.min(2 * people_here.len());
    let person = |number: usize| people_here[(mix(number as u64) % people_here.len() as u64) as usize];
    let by_id = format!("{USER}WHERE \"users\".\"id\" = $1 LIMIT $2");
    let by_email = format!("{USER}WHERE \"users\".\"email_norm\" = $1 LIMIT $2");
    let here = share(&plain, count, async |n| one(&plain, &by_id, [person(n).1.id.into(), 1_u64.into()]).await).await?;
    let there = share(&partitioned, count, async |n| fetch(&partitioned, person(n).1).await).await?;
    let login = |n: usize| email(person(n).0);
    let plain_login =
        share(&plain, count, async |n| one(&plain, &by_email, [login(n).into(), 1_u64.into()]).await).await?;
    let login = share(&partitioned, count, async |n| by_login(&partitioned, &login(n)).await).await?;
    let subject = format!(
        "hit ratio, fetches of Saint Petersburg only, cache {} MiB, plain table with key {} MiB",
        short(buffers as f64 / 1024.0),
        short(all as f64 / f64::from(1 << 20))
    );
    let met = there >= 0.99 && here <= 0.70;
    Ok(vec![
        row(subject, here, there, Some(Aim::Other("at least 0.99 where plain has at most 0.70", met))),
        row(
            "hit ratio, sign-ins by e-mail of the same people: logins know no regions".into(),
            plain_login,
            login,
            None,
        ),
    ])
}

fn row(subject: String, plain: f64, partitioned: f64, aim: Option<Aim>) -> Row {
    let (plain, partitioned) = (format!("{plain:.3}"), format!("{partitioned:.3}"));
    Row { subject, plain, partitioned, ratio: None, spread: None, aim }
}

/// Share of account pages that were in the cache.
async fn share(db: &Db, count: usize, mut work: impl AsyncFnMut(usize) -> anyhow::Result<()>) -> anyhow::Result<f64> {
    for number in 0..count {
        work(number).await?;
    }
    let (hit, read) = counts(db).await?;
    for number in count..2 * count {
        work(number).await?;
    }
    let (hits, reads) = counts(db).await?;
    Ok((hits - hit) / (hits - hit + reads - read))
}

/// Pages found and not found so far. A backend reports what it did at the end of a statement, at most once a second.
async fn counts(db: &Db) -> anyhow::Result<(f64, f64)> {
    const OF_ACCOUNTS: &str = "FROM pg_statio_user_tables WHERE relname LIKE 'user%'";
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    db.run("SELECT 1").await?;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let hit = db.value(&format!("SELECT sum(heap_blks_hit + idx_blks_hit)::float8 {OF_ACCOUNTS}")).await?;
    Ok((hit, db.value(&format!("SELECT sum(heap_blks_read + idx_blks_read)::float8 {OF_ACCOUNTS}")).await?))
}

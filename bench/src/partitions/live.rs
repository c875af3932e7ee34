//! Conversion of a table of accounts to partitions, back, and again, while three clients use it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use account_partitions::RegionMap;
use account_storage::Store;
use accounts::{Cell, Email, NewUser, UserChange, UserKey};
use anyhow::{Context, bail};
use contracts::ids::UserId;
use credentials::hashing::PasswordHash;
use partition_conversion::{Conversion, ConvertOutcome, ConvertReport, ConvertSettings, PlainTable, Step};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use service_kit::{Clock, SystemClock};
use tokio::task::{JoinSet, LocalSet};

/// Clients, each with one request after the other.
const CLIENTS: usize = 3;
/// Accounts that each client starts with.
const KNOWN: u64 = 20_000;
/// Time of measurement before and after.
const CALM: Duration = Duration::from_secs(10);
/// Regions and their share of the accounts in percent.
const REGIONS: [(&str, u32); 7] =
    [("RU-MOW", 30), ("RU-MOS", 16), ("RU-SPE", 14), ("RU-KDA", 10), ("RU-SVE", 10), ("KZ", 12), ("US", 8)];
/// Names of the phases, in order.
const PHASES: [&str; 8] = ["before", "copying", "comparing", "exchange", "partitioned", "back", "again", "after"];

/// The tables of the first migration.
const MAKE_PLAIN: &str = "
    CREATE TABLE plain (LIKE users INCLUDING DEFAULTS INCLUDING STORAGE);
    DROP TABLE users;
    ALTER TABLE plain RENAME TO users;
    ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY (id, cell)";

/// Times of one kind of request in one phase.
#[derive(Debug, Clone, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Quantile of the times, in ms.
    pub fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let index = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }
}

/// Results of a run.
#[derive(Debug, Default)]
pub struct LiveReport {
    /// Rows at the beginning.
    pub rows: u64,
    /// Conversion, revert, conversion again.
    pub exchanges: Vec<(&'static str, ConvertReport)>,
    /// Lock for dropping the mirror at the end: time waited and held.
    pub finish: (Duration, Duration),
    /// Requests.
    pub requests: u64,
    /// Requests that failed or read wrong rows; must be empty.
    pub failures: Vec<String>,
    /// Comparisons that found a difference; must be 0, since a difference ends the run.
    pub differences: u32,
    /// Reads and writes of each phase.
    pub times: BTreeMap<(usize, &'static str), Latencies>,
}

impl fmt::Display for LiveReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        writeln!(
            f,
            "{} rows, {CLIENTS} clients, {} requests, {} failed",
            self.rows,
            self.requests,
            self.failures.len()
        )?;
        for (what, report) in &self.exchanges {
            let rate = report.copied as f64 / report.copying.as_secs_f64().max(0.001);
            writeln!(
                f,
                "{what}: {} rows copied, {rate:.0} rows/s; lock waited {:.1} ms, held {:.1} ms, tries {}; {}",
                report.copied,
                ms(report.times.waited),
                ms(report.times.held),
                report.times.attempts,
                report.checksum
            )?;
        }
        writeln!(f, "finish: lock waited {:.1} ms, held {:.1} ms", ms(self.finish.0), ms(self.finish.1))?;
        writeln!(f, "checksum differences: {}", self.differences)?;
        writeln!(f, "| phase | kind | requests | p50 ms | p99 ms | worst ms |\n|---|---|---|---|---|---|")?;
        for ((phase, kind), times) in &self.times {
            let (half, most, worst) = (times.at(0.5), times.at(0.99), times.at(1.0));
            writeln!(f, "| {} | {kind} | {} | {half:.2} | {most:.2} | {worst:.1} |", PHASES[*phase], times.0.len())?;
        }
        for failure in self.failures.iter().take(5) {
            writeln!(f, "failure: {failure}")?;
        }
        Ok(())
    }
}

/// Fills an empty PostgreSQL database at `url` with `rows` accounts in a plain table, and measures.
///
/// # Errors
/// When the database is not empty or becomes unavailable, or a conversion fails.
pub async fn run(url: &str, rows: u64) -> anyhow::Result<LiveReport> {
    let store = Store::connect(url, 8).await?;
    store.migrate(SystemClock.now()).await?;
    let db = Database::connect(url).await?;
    fill(&db, &store, rows).await.context("cannot fill the table")?;
    LocalSet::new().run_until(measure(store, db, rows)).await
}

async fn measure(store: Store, db: DatabaseConnection, rows: u64) -> anyhow::Result<LiveReport> {
    let shared = Arc::new(Shared {
        region_map: store.partitions().load_region_map().await?,
        store: store.clone(),
        phase: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
    });
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let known = known(&db, number as u64 * KNOWN, rows).await?;
        clients.spawn_local(client(Arc::clone(&shared), known));
    }
    let mut report = LiveReport { rows, ..LiveReport::default() };
    let outcome = convert_all(&shared, &mut report).await;
    shared.stop.store(true, Ordering::Relaxed);
    for seen in clients.join_all().await {
        report.requests += seen.times.values().map(|times| times.0.len() as u64).sum::<u64>();
        report.failures.extend(seen.failures);
        for (key, times) in seen.times {
            report.times.entry(key).or_default().0.extend(times.0);
        }
    }
    outcome?;
    Ok(report)
}

async fn convert_all(shared: &Shared, report: &mut LiveReport) -> anyhow::Result<()> {
    let conversion = Conversion::new(shared.store.partitions(), PlainTable::Users, ConvertSettings::default());
    let mut watch = |step| {
        match step {
            Step::Copying { .. } => shared.phase.store(1, Ordering::Relaxed),
            Step::Verifying => shared.phase.store(2, Ordering::Relaxed),
            Step::Locking { .. } if shared.phase.load(Ordering::Relaxed) == 2 => {
                shared.phase.store(3, Ordering::Relaxed)
            }
            Step::Locking { .. } | Step::Preparing => {}
        }
        ControlFlow::Continue(())
    };
    tokio::time::sleep(CALM).await;
    let now = SystemClock.now();
    report.exchanges.push(("convert", done(conversion.convert(now, &mut watch).await?)?));
    shared.phase.store(4, Ordering::Relaxed);
    tokio::time::sleep(CALM).await;
    shared.phase.store(5, Ordering::Relaxed);
    let mut quiet = |_| ControlFlow::Continue(());
    report.exchanges.push(("revert", done(conversion.revert(&mut quiet).await?)?));
    shared.phase.store(6, Ordering::Relaxed);
    report.exchanges.push(("convert again", done(conversion.convert(now, &mut quiet).await?)?));
    if let ConvertOutcome::Finished { times, .. } = conversion.finish(&mut quiet).await? {
        report.finish = (times.waited, times.held);
    }
    shared.phase.store(7, Ordering::Relaxed);
    tokio::time::sleep(CALM).await;
    Ok(())
}

fn done(outcome: ConvertOutcome) -> anyhow::Result<ConvertReport> {
    match outcome {
        ConvertOutcome::Done(report) => Ok(report),
        other => bail!("{other:?} where a conversion was expected"),
    }
}

/// State shared by the clients.
struct Shared {
    store: Store,
    region_map: RegionMap,
    phase: AtomicUsize,
    stop: AtomicBool,
}

/// Times and failures of a client.
#[derive(Default)]
struct Seen {
    times: BTreeMap<(usize, &'static str), Latencies>,
    failures: Vec<String>,
}

/// 70 % reads by key, 15 % updates, 10 % new accounts, 5 % moves to another region.
async fn client(shared: Arc<Shared>, mut known: Vec<UserKey>) -> Seen {
    let mut seen = Seen::default();
    while !shared.stop.load(Ordering::Relaxed) {
        let index = rand::random_range(0..known.len());
        let (phase, begun) = (shared.phase.load(Ordering::Relaxed), Instant::now());
        let (kind, outcome) = match rand::random_range(0..100) {
            0..70 => ("read", read(&shared, known[index]).await),
            70..85 => ("write", change(&shared, &mut known[index], None).await),
            85..95 => ("write", sign_up(&shared, &mut known).await),
            _ => ("write", change(&shared, &mut known[index], Some(region())).await),
        };
        seen.times.entry((phase, kind)).or_default().0.push(begun.elapsed());
        if let Err(error) = outcome {
            seen.failures.push(format!("{}: {error:#}", PHASES[phase]));
        }
    }
    seen
}

async fn read(shared: &Shared, key: UserKey) -> anyhow::Result<()> {
    match shared.store.find_user(key).await? {
        Some(_) => Ok(()),
        None => bail!("no account has {key:?}"),
    }
}

async fn change(shared: &Shared, key: &mut UserKey, region: Option<&str>) -> anyhow::Result<()> {
    let id = key.id;
    let name = format!("Ann {}", rand::random::<u32>());
    let change = UserChange { display_name: Some(name), birth_date: None, region: region.map(ToOwned::to_owned) };
    let place = |region: &str| shared.region_map.place(Some(region), id);
    shared.store.update_user(id, &change, place, SystemClock.now()).await?;
    if let Some(region) = region {
        key.cell = place(region);
    }
    read(shared, *key).await
}

async fn sign_up(shared: &Shared, known: &mut Vec<UserKey>) -> anyhow::Result<()> {
    let (id, region) = (UserId::new(), region());
    let key = UserKey { id, cell: shared.region_map.place(Some(region), id) };
    let new = NewUser {
        key,
        email: Some(Email::parse(&format!("{id}@example.org"))?),
        password_hash: Some(PasswordHash::new("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$".repeat(2))),
        display_name: "Ann".into(),
        birth_date: None,
        region: Some(region.into()),
        roles: Vec::new(),
        created_at: SystemClock.now(),
    };
    shared.store.insert_user(&new, None).await?;
    known.push(key);
    Ok(())
}

fn region() -> &'static str {
    let mut left = rand::random_range(0..100);
    for (code, share) in REGIONS {
        if left < share {
            return code;
        }
        left -= share;
    }
    "US"
}

/// Inserts accounts, directory and logins with few statements. Ids are in order of time, like those of the service.
async fn fill(db: &DatabaseConnection, store: &Store, rows: u64) -> anyhow::Result<()> {
    db.execute_unprepared(MAKE_PLAIN).await?;
    let region_map = store.partitions().load_region_map().await?;
    let mut shares = String::new();
    let mut below = 0;
    for (code, share) in REGIONS {
        below += share;
        let id = UserId::new();
        let all =
            (0..64).map(|_| region_map.place(Some(code), UserId::new())).chain([region_map.place(Some(code), id)]);
        let cells: std::collections::BTreeSet<Cell> = all.collect();
        let list = cells.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        shares.push_str(&format!(" WHEN n % 100 < {below} THEN '{code}|{list}'"));
    }
    let sql = format!(
        "INSERT INTO users SELECT id, cells[1 + n / 100 % cardinality(cells)]::smallint, region, \
             date '1950-01-01' + (n * 7919 % 20000)::int, id || '@example.org', repeat('x', 97), 'Person ' || n, 0, now(), now() \
         FROM (SELECT n, (lpad(to_hex(1700000000000 + n), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' \
                   || substr(md5(n::text), 4, 15))::uuid AS id, \
                   split_part(place, '|', 1) AS region, string_to_array(split_part(place, '|', 2), ',') AS cells \
               FROM (SELECT n, CASE {shares} ELSE 'US|1' END AS place FROM generate_series(1::bigint, {rows}) AS n) AS p) AS u; \
         INSERT INTO user_directory (user_id, cell, state) SELECT id, cell, 0 FROM users; \
         INSERT INTO user_logins (kind, login, user_id, cell) SELECT 1, email_norm, id, cell FROM users"
    );
    db.execute_unprepared(&sql).await?;
    db.execute_unprepared("ANALYZE users; ANALYZE user_directory; ANALYZE user_logins").await?;
    Ok(())
}

/// Accounts that only one client changes, so that it knows their cells.
async fn known(db: &DatabaseConnection, skip: u64, rows: u64) -> anyhow::Result<Vec<UserKey>> {
    let step = (rows / (KNOWN * CLIENTS as u64)).max(1);
    let sql = format!(
        "SELECT id, cell FROM (SELECT id, cell, row_number() OVER (ORDER BY id) AS n FROM users) AS numbered \
         WHERE n % {step} = 0 ORDER BY id OFFSET {skip} LIMIT {KNOWN}"
    );
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let read = |row: sea_orm::QueryResult| {
        anyhow::Ok(UserKey { id: UserId(row.try_get_by_index(0)?), cell: Cell::new(row.try_get_by_index(1)?) })
    };
    rows.into_iter().map(read).collect()
}

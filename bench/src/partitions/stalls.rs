//! Maximum wait of an insert while partitions are created and detached: three clients insert while a report is running.

use std::cell::Cell;
use std::time::{Duration, Instant};

use account_partitions::{Plan, RegionCode, RegionMap};
use accounts::Cell as HomeCell;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::UserId;

use crate::measure::FEW_ACCOUNTS;
use crate::people::People;
use crate::report::{Aim, Row, short};
use crate::schema::{leaf, month};
use crate::server::{Db, Server};
use crate::writes::{line, new_user};

const CLIENTS: usize = 3;
/// Duration of the report.
const REPORT_S: u32 = 4;
/// Pause before the report, before the command, and after both.
const PAUSE: Duration = Duration::from_millis(400);
/// Rounds of the project's own commands; the worst counts.
const OWN_ROUNDS: i32 = 3;
/// The same in quick runs with few accounts.
const FEW_ROUNDS: i32 = 1;
/// Maximum wait of an insert, ms.
const AIM_MS: f64 = 50.0;
/// An unused cell.
const NEW_CELL: i16 = 100;
/// Offset in months of unused leaves.
const FAR: i32 = 24;

/// A command and the worst stall under it.
pub struct Stall {
    /// The command.
    pub command: &'static str,
    /// `true` for commands of the project.
    pub own: bool,
    /// Duration of the slowest insert, ms.
    pub worst: f64,
}

/// Table into which clients insert and that the report reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    SignIns,
    SignUps,
}

/// Inputs of the inserts.
pub struct Scene<'a> {
    server: &'a Server,
    people: &'a People,
    region_map: &'a RegionMap,
    now: DateTime<Utc>,
    inserted: Cell<usize>,
}

impl<'a> Scene<'a> {
    /// With no insert yet.
    pub fn new(server: &'a Server, people: &'a People, region_map: &'a RegionMap, now: DateTime<Utc>) -> Self {
        Self { server, people, region_map, now, inserted: Cell::new(0) }
    }

    /// Measures every command.
    pub async fn measure(&self) -> anyhow::Result<Vec<Stall>> {
        let admin = self.server.connect("partitioned").await?;
        let mut stalls = Vec::new();
        let mut record = |command, own, worst: Vec<f64>| {
            stalls.push(Stall { command, own, worst: worst.into_iter().fold(0.0, f64::max) });
        };
        let nothing = self.worst(Load::SignIns, async { Ok(()) }).await?;
        record("no command at all", true, vec![nothing]);
        let (mut attached, mut cells, mut detached) = (Vec::new(), Vec::new(), Vec::new());
        let rounds = if self.people.persons.len() < FEW_ACCOUNTS { FEW_ROUNDS } else { OWN_ROUNDS };
        for round in 0..rounds {
            let (far, then) = (month(self.now, FAR + round * 4)?, month(self.now, FAR + round * 4)?.start());
            attached.push(self.worst(Load::SignIns, new_months(&admin, then)).await?);
            cells.push(self.worst(Load::SignUps, self.new_cell(&admin, round)).await?);
            let detach = format!("ALTER TABLE sign_ins DETACH PARTITION {} CONCURRENTLY", leaf(far));
            detached.push(self.worst(Load::SignIns, admin.run(&detach)).await?);
            admin.run(&format!("DROP TABLE {}", leaf(far))).await?;
        }
        record("new month: built aside, attached", true, attached);
        record("new cell: built aside, attached", true, cells);
        record("DETACH PARTITION … CONCURRENTLY", true, detached);
        let far = month(self.now, -FAR)?;
        let (name, from, until) = (leaf(far), far.start().to_rfc3339(), far.end().to_rfc3339());
        let create = format!("CREATE TABLE {name} PARTITION OF sign_ins FOR VALUES FROM ('{from}') TO ('{until}')");
        record("CREATE TABLE … PARTITION OF", false, vec![self.worst(Load::SignIns, admin.run(&create)).await?]);
        let detach = format!("ALTER TABLE sign_ins DETACH PARTITION {name}");
        record("DETACH PARTITION", false, vec![self.worst(Load::SignIns, admin.run(&detach)).await?]);
        let attach = format!("ALTER TABLE sign_ins ATTACH PARTITION {name} FOR VALUES FROM ('{from}') TO ('{until}')");
        admin.run(&attach).await?;
        record(
            "DROP TABLE of a leaf",
            false,
            vec![self.worst(Load::SignIns, admin.run(&format!("DROP TABLE {name}"))).await?],
        );
        Ok(stalls)
    }

    async fn new_cell(&self, admin: &Db, round: i32) -> anyhow::Result<()> {
        let cell = HomeCell::new(NEW_CELL + i16::try_from(round)?);
        let unknown = RegionCode::parse("QQ").ok_or_else(|| anyhow::anyhow!("two letters are a code"))?;
        admin.store.partitions().load_plan(&Plan::move_region(unknown, vec![cell])).await?;
        new_months(admin, self.now).await
    }

    /// The longest insert while `command` runs beside the report, ms.
    async fn worst(&self, load: Load, command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<f64> {
        let done = Cell::new(false);
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(self.server.connect("partitioned").await?);
        }
        let reader = self.server.connect("partitioned").await?;
        let table = if load == Load::SignIns { "sign_ins" } else { "users" };
        let report = format!("SELECT count(*), pg_sleep({REPORT_S}) FROM (SELECT 1 FROM {table} LIMIT 1) AS row");
        let commands = async {
            tokio::time::sleep(PAUSE).await;
            let late = async {
                tokio::time::sleep(PAUSE).await;
                command.await
            };
            let outcome = tokio::try_join!(reader.run(&report), late);
            tokio::time::sleep(PAUSE).await;
            done.set(true);
            outcome
        };
        let inserts = futures_util::future::try_join_all(clients.iter().map(|db| self.insert(db, load, &done)));
        let (worst, _) = tokio::try_join!(inserts, commands)?;
        Ok(worst.into_iter().fold(0.0, f64::max))
    }

    /// Inserts until `over`; returns the duration of the slowest insert, ms. The first one opens the connection and
    /// does not count.
    async fn insert(&self, db: &Db, load: Load, over: &Cell<bool>) -> anyhow::Result<f64> {
        let mut worst = 0.0_f64;
        let mut first = true;
        while !over.get() {
            let number = self.inserted.replace(self.inserted.get() + 1);
            let person = self.people.persons[number * 104_729 % self.people.persons.len()];
            let at = self.now + TimeDelta::microseconds(1_000_000 + i64::try_from(number)?);
            let begun = Instant::now();
            match load {
                Load::SignIns => db.store.insert_sign_in(&line(UserId(person.id), at)).await?,
                Load::SignUps => {
                    let new = new_user("stall", self.people.region(person), self.region_map, self.now);
                    db.store.insert_user(&new, None).await?;
                }
            }
            if !std::mem::take(&mut first) {
                worst = worst.max(begun.elapsed().as_secs_f64() * 1000.0);
            }
        }
        Ok(worst)
    }
}

/// Creates missing leaves with the code of the service.
async fn new_months(admin: &Db, then: DateTime<Utc>) -> anyhow::Result<()> {
    admin.store.partitions().ensure_leaves(then).await?;
    Ok(())
}

/// The stalls as rows.
pub fn rows(stalls: &[Stall]) -> Vec<Row> {
    let row = |stall: &Stall| {
        let way = if stall.own { "" } else { " (not ours, for contrast)" };
        let aim = stall.own.then_some(Aim::Other("at most 50 ms", stall.worst <= AIM_MS));
        Row {
            subject: format!("worst insert under: {}{way}", stall.command),
            plain: "–".into(),
            partitioned: format!("{} ms", short(stall.worst)),
            ratio: None,
            spread: None,
            aim,
        }
    };
    stalls.iter().map(row).collect()
}

//! Cost of planning by number of partitions: with the whole key, with a generic plan, and with the id alone.

use sea_orm::Value;

use crate::keys::one;
use crate::measure::{cost, median};
use crate::report::{Aim, Row, short};
use crate::server::{Db, Server};

/// 1 stands for a table that is not partitioned.
const LEAVES: [usize; 4] = [1, 10, 100, 1_000];
const ROUNDS: usize = 5;
const EXECUTIONS: usize = 500;
/// Executions of statements that take milliseconds.
const FEW: usize = 10;
/// Plans for the median.
const PLANS: usize = 500;
const ID: &str = "0193c000-0000-7000-8000-000000000001";
/// Leaves created in one transaction; each locks a table and an index.
const LEAVES_PER_TRANSACTION: usize = 100;

/// The figures of one table, µs.
pub struct Planning {
    /// Number of leaves.
    pub leaves: usize,
    /// Planning time with the key given, from EXPLAIN.
    pub plan: f64,
    /// Processor time of an execution with a custom plan, with the key given.
    pub custom: f64,
    /// The same with a generic plan.
    pub generic: f64,
    /// The same with a custom plan, with the id alone.
    pub id_alone: f64,
}

/// Makes the tables, measures, and drops them.
pub async fn measure(server: &Server) -> anyhow::Result<Vec<Planning>> {
    let mut figures = Vec::new();
    for leaves in LEAVES {
        create(&server.connect("partitioned").await?, leaves).await?;
        // A new session for each variant, because a session keeps the cached catalogue entries of thousands of leaves.
        let table = format!("planning_{leaves}");
        let by_key = format!("SELECT * FROM {table} WHERE id = $1 AND cell = $2");
        let by_id = format!("SELECT * FROM {table} WHERE id = $1");
        let (id, cell): (Value, Value) = (ID.parse::<uuid::Uuid>()?.into(), 1_i16.into());
        let key = [id.clone(), cell];
        let db = server.connect("partitioned").await?;
        let custom = executions(&db, &by_key, &key, EXECUTIONS).await?;
        let plan = plans(&db, &table).await?;
        let db = server.connect("partitioned").await?;
        db.run("SET plan_cache_mode = force_generic_plan").await?;
        let generic = executions(&db, &by_key, &key, EXECUTIONS).await?;
        let db = server.connect("partitioned").await?;
        let many = if leaves < 100 { EXECUTIONS } else { FEW };
        let id_alone = executions(&db, &by_id, &[id], many).await?;
        figures.push(Planning { leaves, plan, custom, generic, id_alone });
    }
    let db = server.connect("partitioned").await?;
    for leaves in LEAVES {
        drop_table(&db, leaves).await?;
    }
    Ok(figures)
}

async fn create(db: &Db, leaves: usize) -> anyhow::Result<()> {
    let table = format!("planning_{leaves}");
    let like = format!("CREATE TABLE {table} (LIKE users INCLUDING DEFAULTS)");
    let by = if leaves > 1 { " PARTITION BY LIST (cell)" } else { "" };
    db.run(&format!("{like}{by}; ALTER TABLE {table} ADD PRIMARY KEY (id, cell)")).await?;
    let numbers: Vec<usize> = (1..=leaves).filter(|_| leaves > 1).collect();
    for some in numbers.chunks(LEAVES_PER_TRANSACTION) {
        let leaf = |cell: &usize| format!("CREATE TABLE {table}_{cell} PARTITION OF {table} FOR VALUES IN ({cell});");
        db.run(&some.iter().map(leaf).collect::<String>()).await?;
    }
    let row = format!("INSERT INTO {table} VALUES ('{ID}', 1, NULL, NULL, NULL, NULL, '', 0, now(), now())");
    db.run(&row).await?;
    db.run(&format!("ANALYZE {table}")).await
}

/// Drops the leaves in batches, because all of them would need too many locks.
async fn drop_table(db: &Db, leaves: usize) -> anyhow::Result<()> {
    let numbers: Vec<usize> = (1..=leaves).filter(|_| leaves > 1).collect();
    for some in numbers.chunks(LEAVES_PER_TRANSACTION) {
        let leaf = |cell: &usize| format!("DROP TABLE planning_{leaves}_{cell};");
        db.run(&some.iter().map(leaf).collect::<String>()).await?;
    }
    db.run(&format!("DROP TABLE planning_{leaves}")).await
}

/// Processor time of an execution, the median of the rounds; the first round does not count.
async fn executions(db: &Db, sql: &str, values: &[Value], count: usize) -> anyhow::Result<f64> {
    let mut times = Vec::new();
    for _ in 0..=ROUNDS {
        times.push(cost(db, 0, count, async |_| one(db, sql, values.iter().cloned()).await).await?.cpu);
    }
    Ok(median(&mut times[1..]).0)
}

async fn plans(db: &Db, table: &str) -> anyhow::Result<f64> {
    let explain =
        format!("EXPLAIN (SUMMARY, FORMAT JSON) SELECT * FROM {table} WHERE id = '{ID}' AND cell = 1::smallint");
    let mut times = Vec::new();
    for _ in 0..PLANS {
        let plan: serde_json::Value = db.value(&explain).await?;
        times.push(plan[0]["Planning Time"].as_f64().unwrap_or(f64::NAN) * 1000.0);
    }
    Ok(median(&mut times).0)
}

/// The figures as rows; the plain side is the table without partitions.
pub fn rows(figures: &[Planning]) -> Vec<Row> {
    let mut rows = Vec::new();
    let Some((plain, partitioned)) = figures.split_first() else { return rows };
    for one in partitioned {
        let named = |what: &str| format!("{} leaves: {what}", one.leaves);
        let row = |what: &str, here: f64, there: f64, aim| Row::of_figures(&named(what), here, there, "µs", aim);
        rows.push(row("planning, key given", plain.plan, one.plan, Some(Aim::AtMost(2.0))));
        rows.push(row("statement, key given", plain.custom, one.custom, Some(Aim::AtMost(2.0))));
        rows.push(row("the same with a generic plan (for contrast)", plain.generic, one.generic, None));
        rows.push(row("the same with the id alone (for contrast)", plain.id_alone, one.id_alone, None));
    }
    rows
}

/// Label of a bar.
pub fn label(micros: f64) -> String {
    format!("{} µs", short(micros))
}

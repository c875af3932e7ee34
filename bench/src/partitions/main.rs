//! `make bench-partitions`: costs and gains of partitions, beside plain tables of the same rows in the same server.
//!
//! The partitioned side has the tables and statements of the service; the plain side has those of a design without
//! partitions: users by id, with a unique e-mail, and no directories. Processor time is that of the connection's
//! backend, read from the scheduler, because other load on the machine distorts it less than wall time.

mod disk;
mod expiry;
mod fill;
mod keys;
mod live;
mod locality;
mod measure;
mod people;
mod picture;
mod pictures;
mod planning;
mod regions;
mod report;
mod schema;
mod server;
mod sign_in;
mod space;
mod stalls;
mod writes;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::ensure;
use clap::Parser;
use service_kit::{Clock, SystemClock};

use people::People;
use report::Report;
use server::Server;

/// Default of sign-ins per account.
const SIGN_INS: usize = 6;
/// Cache size while processor time is measured: all rows that are read fit.
const LARGE_CACHE_KIB: u64 = 512 * 1024;

/// Minimum of accounts in the converted table: each client needs its own.
const LEAST_LIVE: u64 = 100_000;

/// Sizes and output files.
#[derive(Debug, Parser)]
struct Settings {
    /// Accounts on each side.
    #[arg(long, env = "BENCH_USERS", default_value_t = 2_000_000, value_parser = clap::value_parser!(u64).range(10_000..))]
    users: u64,
    /// Sign-ins on each side; by default six per account.
    #[arg(long, env = "BENCH_SIGN_INS")]
    sign_ins: Option<u64>,
    /// An empty folder for the server.
    #[arg(long)]
    folder: PathBuf,
    /// Writes the table to this file as well.
    #[arg(long)]
    markdown: Option<PathBuf>,
    /// Writes the pictures into this folder.
    #[arg(long)]
    pictures: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(settings))
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    let (begun, now) = (Instant::now(), SystemClock.now());
    let step = |what: &str| eprintln!("[{:>4} s] {what}", begun.elapsed().as_secs());
    let users = usize::try_from(settings.users)?;
    let sign_ins = settings.sign_ins.map_or(Ok(users * SIGN_INS), usize::try_from)?;

    let mut server = Server::start(&settings.folder, LARGE_CACHE_KIB)?;
    let settings_of_server = server.settings.clone();
    step("making tables");
    schema::create(&server, now).await?;
    let partitioned = server.connect("partitioned").await?;
    let (region_map, version) = (
        partitioned.store.partitions().load_region_map().await?,
        partitioned.value::<String>("SHOW server_version").await?,
    );
    let people = People::make(users, &region_map, u64::try_from(now.timestamp_millis())?);
    step("filling");
    fill::fill(&server, &people, sign_ins, now).await?;
    step("making keys");
    schema::finish(&server).await?;

    let mut report = Report::default();
    step("disk space");
    let space = space::measure(&server).await?;
    step("accounts by key and e-mail");
    report.add(keys::measure(&server, &people).await?);
    report.add(vec![sign_in::measure(&server, &people, now).await?]);
    step("sign-ups and history");
    report.add(writes::measure(&server, &people, &region_map, now).await?);
    step("exports");
    report.add(regions::export(&server, &people).await?);
    step("exports from disk");
    report.add(disk::export(&mut server, &people).await?);
    step("one region in a small cache");
    report.add(locality::measure(&mut server, &people).await?);
    server.restart(LARGE_CACHE_KIB)?;
    step("vacuum");
    report.add(vec![regions::vacuum(&server, &people).await?]);
    step("expiry");
    report.add(expiry::measure(&server, now).await?);
    step("erasure");
    report.add(regions::erase(&server, &people).await?);
    report.add(space);
    step("planning");
    let planning = planning::measure(&server).await?;
    step("stalls");
    let stalls = stalls::Scene::new(&server, &people, &region_map, now).measure().await?;
    step("conversion of a plain table under load");
    server.connect("postgres").await?.run("CREATE DATABASE live").await?;
    let live = live::run(&server.url("live"), settings.users.max(LEAST_LIVE)).await?;
    step("done");

    let head = format!(
        "PostgreSQL {version}, {users} users in {} cells, {sign_ins} sign-ins in {} months; {}; {settings_of_server}",
        partitioned_cells(&region_map),
        schema::MONTHS,
        machine()?
    );
    let caption = format!("{} users.", thousands(users));
    if let Some(folder) = &settings.pictures {
        pictures::write(folder, &caption, &report.rows, &stalls, &planning)?;
    }
    report.add(planning::rows(&planning));
    report.add(stalls::rows(&stalls));
    let table = report::table(&report.rows);
    let slower: String = report::slower(&report.rows).iter().map(|line| format!("- {line}\n")).collect();
    say(&format!("\n{head}\n\n{}\nWhere partitions are dearer:\n{slower}", report::aligned(&table)));
    say(&format!("Conversion of a plain table while the service runs, back, and again:\n{live}"));
    if let Some(file) = &settings.markdown {
        std::fs::write(file, format!("{head}\n\n{table}\nWhere partitions are dearer:\n\n{slower}\n{live}"))?;
    }
    ensure!(live.failures.is_empty(), "requests failed while the table was converted");
    Ok(())
}

/// Number of cells: those of all regions and the catch-all.
fn partitioned_cells(region_map: &account_partitions::RegionMap) -> usize {
    let open = region_map.regions.values().flat_map(|region| region.open_cells.iter());
    open.collect::<std::collections::BTreeSet<_>>().len() + 1
}

fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

fn machine() -> anyhow::Result<String> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("");
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{}, {cores} cores", model.trim_start_matches([' ', '\t', ':'])))
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn say(text: &str) {
    println!("{text}");
}

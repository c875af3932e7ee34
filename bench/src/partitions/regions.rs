//! Operations on a whole region: export, vacuum after changes, erasure.

use crate::measure::{Job, job};
use crate::people::People;
use crate::report::{Aim, Row};
use crate::schema::checkpoint;
use crate::server::{Db, Server};

const ROUNDS: usize = 5;
const VACUUMS: u32 = 3;
/// A region with its own cells: Saint Petersburg, a twentieth of all accounts.
pub const REGION: &str = "RU-SPE";
/// The region that is erased: Moscow Oblast.
const ERASED: &str = "RU-MOS";
/// Moscow, the largest.
const LARGEST: &str = "RU-MOW";

/// Numbers of a region's cells, lowest first.
pub fn cells(people: &People, region: &str) -> Vec<i16> {
    let mut cells: Vec<i16> = people.of_region(region).into_iter().map(|(_, person)| person.cell).collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}

fn leaves(people: &People, region: &str) -> Vec<String> {
    cells(people, region).into_iter().map(|cell| format!("users_c{cell:03}")).collect()
}

/// Exports.
pub async fn export(server: &Server, people: &People) -> anyhow::Result<Vec<Row>> {
    let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);
    let mut rows = Vec::new();
    for (region, name) in [(REGION, "Saint Petersburg"), (LARGEST, "Moscow")] {
        let numbers = cells(people, region).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let here = |columns: &str| format!("SELECT {columns} FROM users WHERE region = '{region}'");
        let there = |columns: &str| format!("{} AND cell IN ({numbers})", here(columns));
        for (columns, what) in [("*", "all columns"), ("id", "ids")] {
            let (here, there) = (here(columns), there(columns));
            let mut jobs = Vec::new();
            for _ in 0..=ROUNDS {
                let one = job(&plain, plain.copy_out(&here)).await?;
                jobs.push((one, job(&partitioned, partitioned.copy_out(&there)).await?));
            }
            let aim = (region == REGION && columns == "*").then_some(Aim::Cheaper(8.0));
            rows.push(Row::of_jobs(&format!("export of {name}: {what}"), &jobs[1..], aim));
        }
        let (few, many) = (plain.pages(&here("*")).await? as f64, partitioned.pages(&there("*")).await? as f64);
        rows.push(Row::of_figures(&format!("export of {name}: pages looked at"), few, many, "pages", None));
    }
    Ok(rows)
}

/// Changes four fifths of a region, which are a twenty-fifth of all rows, then vacuums.
pub async fn vacuum(server: &Server, people: &People) -> anyhow::Result<Row> {
    let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);
    let leaves = leaves(people, REGION).join(", ");
    let numbers = cells(people, REGION).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut jobs = Vec::new();
    for round in 0..VACUUMS {
        let change = format!(
            "UPDATE users SET display_name = 'Round {round}', updated_at = updated_at + interval '1 minute' \
             WHERE region = '{REGION}' AND abs(hashtext(id::text)) % 5 <> {round}"
        );
        plain.run(&change).await?;
        partitioned.run(&format!("{change} AND cell IN ({numbers})")).await?;
        checkpoint(&plain).await?;
        let one = job(&plain, plain.run("VACUUM users")).await?;
        checkpoint(&plain).await?;
        jobs.push((one, job(&partitioned, partitioned.run(&format!("VACUUM {leaves}"))).await?));
    }
    let subject = "VACUUM after a change of Saint Petersburg: four fifths of it, 4 % of all rows";
    Ok(Row::of_jobs(subject, &jobs, Some(Aim::Cheaper(10.0))))
}

/// Erases a region, once: its rows, then its lines in the directories.
pub async fn erase(server: &Server, people: &People) -> anyhow::Result<Vec<Row>> {
    let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);
    checkpoint(&plain).await?;
    let delete = format!("DELETE FROM users WHERE region = '{ERASED}'");
    let one = job(&plain, async {
        plain.run(&delete).await?;
        plain.run("VACUUM users").await
    })
    .await?;
    checkpoint(&plain).await?;
    let rows = job(&partitioned, async {
        for leaf in leaves(people, ERASED) {
            partitioned.run(&format!("ALTER TABLE users DETACH PARTITION {leaf} CONCURRENTLY")).await?;
            partitioned.run(&format!("DROP TABLE {leaf}")).await?;
        }
        Ok(())
    })
    .await?;
    let directories = erase_from_directories(&partitioned, people).await?;
    let whole =
        Job { wall: rows.wall + directories.wall, cpu: rows.cpu + directories.cpu, wal: rows.wal + directories.wal };
    Ok(vec![
        Row::of_jobs(
            "erasing Moscow Oblast, users: DELETE with its cascades + VACUUM; DETACH + DROP",
            &[(one, rows)],
            None,
        ),
        Row::of_jobs(
            "erasing Moscow Oblast, all: users as above, and DELETE + VACUUM of its logins and directory",
            &[(one, whole)],
            None,
        ),
    ])
}

async fn erase_from_directories(db: &Db, people: &People) -> anyhow::Result<Job> {
    let cells = cells(people, ERASED).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    job(db, async {
        for table in ["user_logins", "user_directory"] {
            db.run(&format!("DELETE FROM {table} WHERE cell IN ({cells})")).await?;
            db.run(&format!("VACUUM {table}")).await?;
        }
        Ok(())
    })
    .await
}

//! Expiry of a month of the sign-in history.

use chrono::{DateTime, Utc};

use crate::measure::{Job, job, median};
use crate::report::{Aim, Row};
use crate::schema::{MONTHS, checkpoint, leaf, month};
use crate::server::Server;

/// Expired months, oldest first, one per round.
const ROUNDS: i32 = 3;

/// Deletes each month on one side, detaches and drops it on the other.
pub async fn measure(server: &Server, now: DateTime<Utc>) -> anyhow::Result<Vec<Row>> {
    let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);
    let mut jobs = Vec::new();
    for round in 0..ROUNDS {
        let expired = month(now, 1 - MONTHS + round)?;
        let (from, until) = (expired.start().to_rfc3339(), expired.end().to_rfc3339());
        checkpoint(&plain).await?;
        let one = job(&plain, async {
            plain.run(&format!("DELETE FROM sign_ins WHERE at >= '{from}' AND at < '{until}'")).await?;
            plain.run("VACUUM sign_ins").await
        })
        .await?;
        checkpoint(&plain).await?;
        let leaf = leaf(expired);
        let other = job(&partitioned, async {
            partitioned.run(&format!("ALTER TABLE sign_ins DETACH PARTITION {leaf} CONCURRENTLY")).await?;
            partitioned.run(&format!("DROP TABLE {leaf}")).await
        })
        .await?;
        jobs.push((one, other));
    }
    let subject = "expiry of a month: DELETE + VACUUM; DETACH CONCURRENTLY + DROP";
    let middle =
        |side: fn(&(Job, Job)) -> Job| median(&mut jobs.iter().map(|jobs| side(jobs).cpu).collect::<Vec<_>>()).0;
    Ok(vec![
        Row::of_jobs(subject, &jobs, Some(Aim::Cheaper(100.0))),
        Row::of_figures(
            "expiry of a month, processor time alone",
            middle(|jobs| jobs.0),
            middle(|jobs| jobs.1),
            "ms",
            None,
        ),
    ])
}

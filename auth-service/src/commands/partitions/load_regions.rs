//! `partitions load-regions`: regions, cells and age policies from a file.

use std::path::Path;

use account_partitions::{AccountPartitions, Plan, apply_plan};
use anyhow::{Context, bail};
use service_kit::{Clock, SystemClock};

use super::say;

/// Maximum size of the file in bytes; the built-in one has 8 KiB.
const MAX_FILE: u64 = 1024 * 1024;

/// Applies the file and creates the partitions of its cells.
pub(super) async fn load(partitions: &AccountPartitions, path: &Path) -> anyhow::Result<()> {
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    if size > MAX_FILE {
        bail!("{} is larger than {MAX_FILE} bytes", path.display());
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let plan = Plan::parse(&text)?;
    let made = apply_plan(partitions, &plan, SystemClock.now()).await?;
    let (regions, cells, policies) = (plan.regions.len(), plan.cells.len(), plan.policies.len());
    say(format!(
        "{regions} regions, {cells} cells and {policies} age policies are in force; {made} partitions were made"
    ))
}

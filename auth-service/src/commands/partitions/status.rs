//! `partitions status`: a readable partition inventory.

use account_partitions::{AccountPartitions, Bound, Leaf, PartitionInventory, Table, alarms};
use service_kit::{Clock, SystemClock};

use super::{expect_tables, say};
use account_storage::Store;

/// Prints tables, months, cells and alarms.
pub(super) async fn show(store: &Store) -> anyhow::Result<()> {
    expect_tables(store).await?;
    let (partitions, now) = (store.partitions(), SystemClock.now());
    let inventory = partitions.read_inventory().await?;
    say(format!("{:<15} {:>10} {:>14} {:>10}", "table", "partitions", "rows (about)", "size"))?;
    for table in inventory.tables() {
        let partitions = if table.partitioned { table.partitions().to_string() } else { "none".into() };
        say(format!("{:<15} {partitions:>10} {:>14} {:>10}", table.name, rows(&table.leaves), size(&table.leaves)))?;
    }
    show_months(&inventory)?;
    show_cells(partitions, &inventory).await?;
    let current = alarms(&inventory, partitions.policy(), now);
    say(format!("\nalarms: {}", if current.is_empty() { "none" } else { "" }))?;
    current.iter().try_for_each(|alarm| say(format!("  {:<18} {alarm}", alarm.kind())))
}

fn show_months(inventory: &PartitionInventory) -> anyhow::Result<()> {
    let months = inventory.sign_ins.months();
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return Ok(()) };
    say(format!("\nmonths: {first} to {last}, {} of {}", months.len(), last.since(*first) + 1))
}

async fn show_cells(partitions: &AccountPartitions, inventory: &PartitionInventory) -> anyhow::Result<()> {
    say(format!("\n{:>5} {:<8} {:>14} {:>10}  {}", "cell", "country", "users (about)", "size", "note"))?;
    let counted = partitions.count_users_by_cell().await?;
    for (cell, planned) in partitions.list_cells().await? {
        let leaf: Vec<_> = leaf_of(&inventory.users, &Bound::Cell(cell)).cloned().into_iter().collect();
        let users = match counted.as_ref() {
            Some(counted) => counted.get(&cell).copied().unwrap_or(0).to_string(),
            None => rows(&leaf),
        };
        let (country, note) = (planned.country.to_string(), planned.note);
        say(format!("{:>5} {country:<8} {users:>14} {:>10}  {note}", cell.number(), size(&leaf)))?;
    }
    Ok(())
}

fn leaf_of<'a>(table: &'a Table, bound: &Bound) -> Option<&'a Leaf> {
    table.leaves.iter().find(|leaf| leaf.bound == *bound)
}

/// Sum of the rows of all leaves; with a question mark when some were never analysed.
fn rows(leaves: &[Leaf]) -> String {
    let unknown = leaves.iter().any(|leaf| leaf.rows.is_none());
    let known: u64 = leaves.iter().filter_map(|leaf| leaf.rows).sum();
    if unknown { format!("{known}?") } else { known.to_string() }
}

/// Sum of the sizes of all leaves, rounded down to a readable unit.
fn size(leaves: &[Leaf]) -> String {
    let sizes: Option<Vec<u64>> = leaves.iter().map(|leaf| leaf.bytes).collect();
    let Some(sizes) = sizes.filter(|sizes| !sizes.is_empty()) else { return "-".into() };
    let mut amount = sizes.into_iter().sum::<u64>() / 1024;
    for unit in ["KiB", "MiB", "GiB"] {
        if amount < 10_240 {
            return format!("{amount} {unit}");
        }
        amount /= 1024;
    }
    format!("{amount} TiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_units_that_people_read() {
        let leaf = |bytes| Leaf {
            name: String::new(),
            bound: Bound::Default,
            rows: None,
            bytes: Some(bytes),
            detach_pending: false,
        };
        for (bytes, text) in
            [(0, "0 KiB"), (8192, "8 KiB"), (20 << 20, "20 MiB"), (20 << 30, "20 GiB"), (20 << 40, "20 TiB")]
        {
            assert_eq!(size(&[leaf(bytes / 2), leaf(bytes / 2)]), text);
        }
        assert_eq!((size(&[]), rows(&[leaf(1)])), ("-".into(), "0?".into()));
    }
}

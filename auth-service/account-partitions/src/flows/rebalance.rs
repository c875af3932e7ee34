//! Moving accounts to the cells of their regions, in small batches, while they stay usable.

use std::collections::BTreeMap;

use contracts::ids::UserId;
use service_kit::Clock;
use service_kit::database::DatabaseError;

use crate::domain::Cell;
use crate::domain::regions::{RegionCode, RegionMap};
use crate::storage::{AccountPartitions, MAX_MOVED_TOGETHER};

/// Progress of a rebalance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RebalanceProgress {
    /// Accounts read; those moved to a later cell are read again.
    pub seen: u64,
    /// Accounts moved, or that a dry run would move.
    pub moved: u64,
}

/// Request to rebalance.
pub struct Rebalance<'a> {
    /// Target of each account.
    pub region_map: &'a RegionMap,
    /// The cells to search.
    pub cells: &'a [Cell],
    /// Only accounts of this region; `None` for all.
    pub region: Option<&'a RegionCode>,
    /// `true` only counts.
    pub dry_run: bool,
}

/// Moves accounts that are in one of the cells and belong in another. `step` is called after each batch and stops by
/// `false`; completed moves stay, and the next call resumes.
///
/// # Errors
/// When the database is unavailable; completed moves stay.
pub async fn rebalance(
    partitions: &AccountPartitions,
    clock: &dyn Clock,
    request: &Rebalance<'_>,
    mut step: impl FnMut(RebalanceProgress) -> bool,
) -> Result<RebalanceProgress, DatabaseError> {
    let mut sum = RebalanceProgress::default();
    for cell in request.cells {
        let mut after = None;
        loop {
            let page = partitions.list_cell_members(*cell, after, MAX_MOVED_TOGETHER as u64).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            sum.seen += page.len() as u64;
            let candidates = page.iter().filter(|member| request.concerns(member.region.as_deref()));
            let mut moves: BTreeMap<Cell, Vec<UserId>> = BTreeMap::new();
            for member in candidates {
                let target = request.region_map.place(member.region.as_deref(), member.id);
                moves.entry(target).or_default().push(member.id);
            }
            moves.remove(cell);
            for (target, ids) in moves {
                sum.moved += if request.dry_run {
                    ids.len() as u64
                } else {
                    partitions.move_users(&ids, *cell, target, clock.now()).await?
                };
            }
            if !step(sum) {
                return Ok(sum);
            }
        }
    }
    Ok(sum)
}

impl Rebalance<'_> {
    fn concerns(&self, region: Option<&str>) -> bool {
        let Some(only) = self.region else { return true };
        let code = region.and_then(RegionCode::parse);
        code.as_ref().and_then(|code| self.region_map.find(code)).is_some_and(|(entry, _)| entry == only)
    }
}

//! Bringing accounts to the cells that their regions name, in small steps, while everybody goes on using them.

use std::collections::BTreeMap;

use contracts::ids::UserId;
use service_kit::Clock;

use crate::domain::regions::RegionCode;
use crate::domain::{Cell, RegionMap};
use crate::storage::{MAX_MOVED_TOGETHER, StorageError, Store};

/// How far a move has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RebalanceProgress {
    /// Accounts that were looked at; who was moved to a cell that comes later is met again.
    pub seen: u64,
    /// Of those, how many were, or in a trial would be, moved.
    pub moved: u64,
}

/// What to settle.
pub struct Rebalance<'a> {
    /// Where accounts belong.
    pub atlas: &'a RegionMap,
    /// The cells to look through.
    pub cells: &'a [Cell],
    /// Only people of this region; `None` for everybody.
    pub region: Option<&'a RegionCode>,
    /// Only counts.
    pub trial: bool,
}

/// Moves whoever is in one of the cells and belongs elsewhere. `step` hears of each batch and ends it by `false`; whatever
/// was moved until then stays moved, and running it again goes on.
///
/// # Errors
/// When the database is away; what was moved until then stays moved.
pub async fn rebalance(
    store: &Store,
    clock: &dyn Clock,
    wish: &Rebalance<'_>,
    mut step: impl FnMut(RebalanceProgress) -> bool,
) -> Result<RebalanceProgress, StorageError> {
    let mut sum = RebalanceProgress::default();
    for cell in wish.cells {
        let mut after = None;
        loop {
            let page = store.list_residents(*cell, after, MAX_MOVED_TOGETHER as u64).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            sum.seen += page.len() as u64;
            let strangers = page.iter().filter(|resident| wish.concerns(resident.region.as_deref()));
            let mut moves: BTreeMap<Cell, Vec<UserId>> = BTreeMap::new();
            for resident in strangers {
                let home = wish.atlas.place(resident.region.as_deref(), resident.id);
                moves.entry(home).or_default().push(resident.id);
            }
            moves.remove(cell);
            for (home, ids) in moves {
                sum.moved += if wish.trial {
                    ids.len() as u64
                } else {
                    store.move_users(&ids, *cell, home, clock.now()).await?
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
        code.as_ref().and_then(|code| self.atlas.find(code)).is_some_and(|(entry, _)| entry == only)
    }
}

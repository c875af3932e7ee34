//! Regions, cells and age policies in the database.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, Insert,
    QueryFilter,
};
use service_kit::database::DatabaseError;

use super::account_partitions::AccountPartitions;
use super::entities::{age_policy, cell, region, region_cell};
use crate::domain::Cell;
use crate::domain::regions::{
    AgePolicy, Country, MAX_CELLS, Plan, PlannedCell, PlannedRegion, Region, RegionCode, RegionMap,
};

/// Result of loading a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadPlanOutcome {
    /// It is in force.
    Loaded,
    /// There would be more than [`MAX_CELLS`] cells; nothing was written.
    TooManyCells,
}

impl AccountPartitions {
    /// The regions, cells and age policies of this installation.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn load_region_map(&self) -> Result<RegionMap, DatabaseError> {
        let mut region_map = RegionMap::default();
        for row in region::Entity::find().all(&self.db).await? {
            let Some(code) = RegionCode::parse(&row.code) else { continue };
            let offset = row.utc_offset_minutes;
            region_map
                .regions
                .insert(code, Region { open_cells: Vec::new(), closed_cells: Vec::new(), utc_offset_minutes: offset });
        }
        for row in region_cell::Entity::find().all(&self.db).await? {
            let region = RegionCode::parse(&row.region).and_then(|code| region_map.regions.get_mut(&code));
            if let Some(region) = region {
                let cells = if row.open { &mut region.open_cells } else { &mut region.closed_cells };
                cells.push(Cell::new(row.cell));
            }
        }
        for region in region_map.regions.values_mut() {
            region.open_cells.sort_unstable();
            region.closed_cells.sort_unstable();
        }
        let mut policies: BTreeMap<Country, Vec<(u8, u8)>> = BTreeMap::new();
        for row in age_policy::Entity::find().all(&self.db).await? {
            let numbers = (u8::try_from(row.rating), u8::try_from(row.min_age));
            if let (Some(country), (Ok(rating), Ok(age))) = (Country::parse(&row.country), numbers) {
                policies.entry(country).or_default().push((rating, age));
            }
        }
        region_map.policies = policies.into_iter().map(|(country, ages)| (country, AgePolicy::new(ages))).collect();
        Ok(region_map)
    }

    /// All cells with their notes for operators, lowest number first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_cells(&self) -> Result<BTreeMap<Cell, PlannedCell>, DatabaseError> {
        Ok(cells(&self.db).await?)
    }

    /// Applies a plan: its regions accept new accounts in its cells only, its policies replace those of their
    /// countries. Existing accounts stay in their cells until they are rebalanced.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn load_plan(&self, plan: &Plan) -> Result<LoadPlanOutcome, DatabaseError> {
        self.transactions
            .write(async |tx| {
                let known = cells(tx).await?;
                let all: BTreeSet<Cell> = known.keys().chain(plan.cells.keys()).copied().collect();
                if all.len() > MAX_CELLS {
                    return Ok(LoadPlanOutcome::TooManyCells);
                }
                upsert_cells(tx, plan).await?;
                for (code, planned) in &plan.regions {
                    upsert_region(tx, code, planned).await?;
                }
                let countries = plan.policies.keys().map(|country| country.as_str().to_owned());
                age_policy::Entity::delete_many().filter(age_policy::Column::Country.is_in(countries)).exec(tx).await?;
                insert_all(tx, policy_rows(plan)).await?;
                Ok(LoadPlanOutcome::Loaded)
            })
            .await
    }

    /// Deletes the closed cells of a region. Only call it when no account of the region is in them.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn forget_closed_cells(&self, code: &RegionCode) -> Result<(), DatabaseError> {
        self.transactions
            .write(async |tx| {
                let closed = region_cell::Entity::delete_many()
                    .filter(region_cell::Column::Region.eq(code.as_str()))
                    .filter(region_cell::Column::Open.eq(false));
                closed.exec(tx).await.map(drop)
            })
            .await
    }
}

/// Adds entries of the built-in plan that the database lacks. Changes by operators are kept.
///
/// # Errors
/// When the database is unavailable, or has no tables of regions yet.
pub async fn insert_missing_regions(tx: &DatabaseTransaction, plan: &Plan) -> Result<(), DbErr> {
    let regions: HashSet<String> = region::Entity::find().all(tx).await?.into_iter().map(|row| row.code).collect();
    let countries: HashSet<String> =
        age_policy::Entity::find().all(tx).await?.into_iter().map(|row| row.country).collect();
    let known_cells = cells(tx).await?;
    let catch_all = PlannedCell { country: Country::OTHER, note: "region not told or not known".into() };
    let planned = std::iter::once((&Cell::UNPLACED, &catch_all)).chain(&plan.cells);
    let new_cells = planned.filter(|(cell, _)| !known_cells.contains_key(cell)).map(cell_row).collect();
    insert_all(tx, new_cells).await?;
    let new: Vec<_> = plan.regions.iter().filter(|(code, _)| !regions.contains(code.as_str())).collect();
    insert_all(tx, new.iter().map(|(code, planned)| region_row(code, planned)).collect()).await?;
    insert_all(tx, new.iter().flat_map(|(code, planned)| open_rows(code, planned)).collect()).await?;
    let policies = policy_rows(plan);
    let missing = |row: &age_policy::ActiveModel| !countries.contains(row.country.as_ref());
    insert_all(tx, policies.into_iter().filter(missing).collect()).await
}

async fn cells(db: &impl ConnectionTrait) -> Result<BTreeMap<Cell, PlannedCell>, DbErr> {
    let rows = cell::Entity::find().all(db).await?;
    let read = |row: cell::Model| {
        let country = Country::parse(&row.country).unwrap_or(Country::OTHER);
        (Cell::new(row.cell), PlannedCell { country, note: row.note })
    };
    Ok(rows.into_iter().map(read).collect())
}

async fn upsert_cells(tx: &DatabaseTransaction, plan: &Plan) -> Result<(), DbErr> {
    let changed =
        OnConflict::column(cell::Column::Cell).update_columns([cell::Column::Country, cell::Column::Note]).to_owned();
    for planned in plan.cells.iter().map(cell_row) {
        cell::Entity::insert(planned).on_conflict(changed.clone()).exec_without_returning(tx).await?;
    }
    Ok(())
}

async fn upsert_region(tx: &DatabaseTransaction, code: &RegionCode, planned: &PlannedRegion) -> Result<(), DbErr> {
    let mut changed = OnConflict::column(region::Column::Code);
    match planned.utc_offset_minutes {
        Some(_) => changed.update_column(region::Column::UtcOffsetMinutes),
        None => changed.do_nothing(),
    };
    region::Entity::insert(region_row(code, planned)).on_conflict(changed).exec_without_returning(tx).await?;
    if planned.cells.is_none() {
        return Ok(());
    }
    region_cell::Entity::update_many()
        .col_expr(region_cell::Column::Open, Expr::value(false))
        .filter(region_cell::Column::Region.eq(code.as_str()))
        .exec(tx)
        .await?;
    let reopened = OnConflict::columns([region_cell::Column::Region, region_cell::Column::Cell])
        .update_column(region_cell::Column::Open)
        .to_owned();
    for row in open_rows(code, planned) {
        region_cell::Entity::insert(row).on_conflict(reopened.clone()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// One statement for all rows; none for an empty list, for which there is no valid SQL.
async fn insert_all<A: ActiveModelTrait>(tx: &DatabaseTransaction, rows: Vec<A>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    Insert::many(rows).exec_without_returning(tx).await.map(drop)
}

fn cell_row((cell, planned): (&Cell, &PlannedCell)) -> cell::ActiveModel {
    cell::ActiveModel {
        cell: Set(cell.number()),
        country: Set(planned.country.to_string()),
        note: Set(planned.note.clone()),
    }
}

fn region_row(code: &RegionCode, planned: &PlannedRegion) -> region::ActiveModel {
    region::ActiveModel {
        code: Set(code.to_string()),
        country: Set(code.country().to_string()),
        utc_offset_minutes: Set(planned.utc_offset_minutes),
    }
}

fn open_rows(code: &RegionCode, planned: &PlannedRegion) -> Vec<region_cell::ActiveModel> {
    let row = |cell: &Cell| region_cell::ActiveModel {
        region: Set(code.to_string()),
        cell: Set(cell.number()),
        open: Set(true),
    };
    planned.cells.iter().flatten().map(row).collect()
}

fn policy_rows(plan: &Plan) -> Vec<age_policy::ActiveModel> {
    let rows = plan.policies.iter().flat_map(|(country, policy)| {
        policy.min_ages().map(|(rating, age)| age_policy::ActiveModel {
            country: Set(country.to_string()),
            rating: Set(rating.into()),
            min_age: Set(age.into()),
        })
    });
    rows.collect()
}

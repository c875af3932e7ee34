//! Statistics of the partitioned tables. PostgreSQL gathers those of leaves by itself, those of the whole tables never.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use service_kit::database::{DatabaseError, is_ddl_conflict, stored_time};

use super::account_partitions::AccountPartitions;
use super::entities::maintenance_step;
use super::expiry::MaintenanceReport;
use super::leader::Leader;
use super::tables::Partitioned;

/// Key of this step in `maintenance_steps.step`.
const STEP: &str = "analyse";
/// Minimum interval; somewhat less than a day, so that the time of day does not drift.
const INTERVAL: TimeDelta = TimeDelta::hours(20);

impl AccountPartitions {
    /// Gathers statistics of the partitioned tables, unless that was done in the 20 hours before `now`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn analyse_when_due(
        &self,
        leader: &Leader,
        now: DateTime<Utc>,
    ) -> Result<MaintenanceReport, DatabaseError> {
        let (mut report, Some(db)) = (MaintenanceReport::default(), &leader.db) else {
            return Ok(MaintenanceReport::default());
        };
        let last = maintenance_step::Entity::find_by_id(STEP).one(db).await?.map(|row| row.done_at);
        // A time in the future was written with a wrong clock.
        if last.is_some_and(|last| last <= now && now - last < INTERVAL) {
            return Ok(report);
        }
        for table in Partitioned::ALL {
            match db.execute_unprepared(&format!("ANALYZE {}", table.name())).await {
                Ok(_) => report.done.push(format!("analysed {}", table.name())),
                Err(error) if is_ddl_conflict(&error) => {
                    report.left.push(format!("{} could not be analysed: {error}", table.name()));
                    return Ok(report);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let row = maintenance_step::ActiveModel { step: Set(STEP.to_owned()), done_at: Set(stored_time(now)) };
        let conflict = OnConflict::column(maintenance_step::Column::Step)
            .update_column(maintenance_step::Column::DoneAt)
            .to_owned();
        maintenance_step::Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
        Ok(report)
    }
}

//! A database of an installation from before partitions, with users.

use std::ops::ControlFlow;
use std::time::Duration;

use account_partitions::RegionMap;
use account_storage::Store;
use accounts::{Cell, ClientLocation, Email, NewUser, SignIn, SignInMethod, SignInResult, UserKey};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::devices::DeviceKind;
use contracts::ids::UserId;
use credentials::hashing::PasswordHash;
use partition_conversion::{
    Conversion, ConvertError, ConvertOutcome, ConvertReport, ConvertSettings, PlainTable, Step,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use service_kit::Clock;
use service_kit::testing::{ManualClock, TestDatabase};

/// Regions of several cells, of one cell, of a shared cell, and none.
pub const REGIONS: [Option<&str>; 5] = [Some("RU-MOW"), Some("RU-SPE"), Some("KZ"), Some("US"), None];

/// Turns empty partitioned tables into those of the first migration: the same columns with only the key.
pub const MAKE_PLAIN: &str = "
    CREATE TABLE plain (LIKE users INCLUDING DEFAULTS INCLUDING STORAGE);
    DROP TABLE users;
    ALTER TABLE plain RENAME TO users;
    ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY (id, cell);
    CREATE TABLE plain (LIKE sign_ins INCLUDING DEFAULTS INCLUDING STORAGE);
    DROP TABLE sign_ins;
    ALTER TABLE plain RENAME TO sign_ins;
    ALTER TABLE sign_ins ADD CONSTRAINT sign_ins_pkey PRIMARY KEY (user_id, at);";

pub struct PlainHome {
    pub database: TestDatabase,
    pub store: Store,
    /// For statements that the store does not offer.
    pub db: DatabaseConnection,
    pub region_map: RegionMap,
    pub now: DateTime<Utc>,
}

impl PlainHome {
    /// `None` on SQLite.
    pub async fn new() -> Option<Self> {
        let database = TestDatabase::create().await;
        let store = Store::connect(database.url(), 8).await.unwrap();
        if store.is_embedded() {
            return None;
        }
        let now = ManualClock::default().now();
        store.migrate(now).await.unwrap();
        let db = database.connect().await;
        db.execute_unprepared(MAKE_PLAIN).await.unwrap();
        let region_map = store.partitions().load_region_map().await.unwrap();
        Some(Self { database, store, db, region_map, now })
    }

    /// With `users` users and a sign-in of each, spread over a year.
    pub async fn with(users: usize) -> Option<Self> {
        let home = Self::new().await?;
        for number in 0..users {
            let new = home.person(REGIONS[number % REGIONS.len()]);
            home.store.insert_user(&new, None).await.unwrap();
            let at = home.now - TimeDelta::days(i64::try_from(number % 12).unwrap() * 30);
            home.store.insert_sign_in(&sign_in(new.key.id, at)).await.unwrap();
        }
        Some(home)
    }

    pub fn person(&self, region: Option<&str>) -> NewUser {
        let id = UserId::new();
        self.person_in(UserKey { id, cell: self.region_map.place(region, id) }, region)
    }

    pub fn person_in(&self, key: UserKey, region: Option<&str>) -> NewUser {
        NewUser {
            key,
            email: Some(Email::parse(&format!("{}@example.org", key.id)).unwrap()),
            password_hash: Some(PasswordHash::new("no hash at all".to_owned())),
            display_name: "Ann".into(),
            birth_date: None,
            region: region.map(ToOwned::to_owned),
            roles: Vec::new(),
            created_at: self.now,
        }
    }

    pub fn conversion(&self, table: PlainTable) -> Conversion<'_> {
        Conversion::new(self.store.partitions(), table, settings(Duration::from_secs(60)))
    }

    pub async fn convert(&self, table: PlainTable) -> ConvertReport {
        done(self.conversion(table).convert(self.now, &mut go_on).await)
    }

    pub async fn revert(&self, table: PlainTable) -> ConvertReport {
        done(self.conversion(table).revert(&mut go_on).await)
    }

    /// Returns `true` when the remaining table is partitioned.
    pub async fn finish(&self, table: PlainTable) -> bool {
        match self.conversion(table).finish(&mut go_on).await.unwrap() {
            ConvertOutcome::Finished { partitioned, .. } => partitioned,
            other => panic!("{other:?}"),
        }
    }

    /// Runs until `stop` returns `true` for a step.
    pub async fn convert_until(&self, table: PlainTable, stop: impl Fn(Step) -> bool + Send + Sync) {
        let mut watch = |step| if stop(step) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let stopped = self.conversion(table).convert(self.now, &mut watch).await;
        assert!(matches!(stopped, Err(ConvertError::Stopped { .. })), "{stopped:?}");
    }

    pub async fn sql(&self, statement: &str) {
        self.db.execute_unprepared(statement).await.unwrap();
    }

    pub async fn number(&self, query: &str) -> i64 {
        let row = self.db.query_one_raw(Statement::from_string(DbBackend::Postgres, query)).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    /// `r` for a plain table, `p` for a partitioned one, ` ` for a missing one.
    pub async fn kind(&self, table: &str) -> char {
        let sql = format!(
            "SELECT coalesce((SELECT ascii(relkind::text) FROM pg_class WHERE oid = to_regclass('{table}')), 32)::bigint"
        );
        char::from(u8::try_from(self.number(&sql).await).unwrap())
    }

    /// Number of tables, indexes, triggers and functions that a conversion has left behind.
    pub async fn leftovers(&self) -> i64 {
        self.number(
            "SELECT (SELECT count(*) FROM pg_class WHERE relname ~ '_(v2|plain)') \
                  + (SELECT count(*) FROM pg_trigger WHERE tgname ~ '_mirror') \
                  + (SELECT count(*) FROM pg_proc WHERE proname ~ '_mirror')",
        )
        .await
    }

    /// Number of `indexes` that belong to `table`.
    pub async fn canonical(&self, table: &str, indexes: &[&str]) -> usize {
        let mut found = 0;
        for index in indexes {
            let sql = format!(
                "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('{index}') AND indrelid = '{table}'::regclass"
            );
            found += usize::try_from(self.number(&sql).await).unwrap();
        }
        found
    }
}

/// Small batches and this lock timeout.
pub fn settings(patience: Duration) -> ConvertSettings {
    ConvertSettings { batch: 20, timeout: patience, ..ConvertSettings::default() }
}

pub fn go_on(_: Step) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub fn done(outcome: Result<ConvertOutcome, ConvertError>) -> ConvertReport {
    match outcome {
        Ok(ConvertOutcome::Done(report)) => report,
        other => panic!("{other:?}"),
    }
}

pub fn sign_in(user_id: UserId, at: DateTime<Utc>) -> SignIn {
    SignIn {
        user_id,
        at,
        device: DeviceKind::Tv,
        location: ClientLocation::default(),
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: None,
    }
}

/// A cell outside of every plan.
pub const fn odd_cell(number: i16) -> Cell {
    Cell::new(number)
}

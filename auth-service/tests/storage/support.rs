//! A store with its own database, and users for it.

use std::ops::Deref;

use account_partitions::RegionMap;
use account_storage::Store;
use accounts::{Cell, Email, NewUser, UserKey};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::UserId;
use credentials::hashing::PasswordHash;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use service_kit::testing::{TestDatabase, TestTemplate};
use service_kit::{Clock, SystemClock};

/// Stack of a test with many steps, in bytes. The rest keeps to the 2 MiB that threads of the programs have.
const LARGE_STACK: usize = 16 << 20;

/// The store under test.
pub struct TestStore {
    pub database: TestDatabase,
    /// Accesses rows without the store.
    pub raw: DatabaseConnection,
    pub region_map: RegionMap,
    store: Store,
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl TestStore {
    /// An empty one with all tables.
    pub async fn create() -> Self {
        static TEMPLATE: TestTemplate = TestTemplate::new();
        let prepare = async |url: String| {
            let store = Store::connect(&url, 2).await.unwrap();
            store.migrate(now()).await.unwrap();
            store.close().await;
        };
        let database = TEMPLATE.copy(prepare).await;
        let store = Store::connect(database.url(), 8).await.unwrap();
        let region_map = store.partitions().load_region_map().await.unwrap();
        Self { raw: database.connect().await, database, region_map, store }
    }

    /// Another pool to the same database, like that of another replica. An embedded database has no replicas.
    pub async fn replica(&self) -> Store {
        if self.is_embedded() { self.store.clone() } else { Store::connect(self.database.url(), 8).await.unwrap() }
    }

    /// Inserts a user of `region`, placed like a sign-up.
    pub async fn user(&self, region: Option<&str>) -> UserKey {
        let new = new_user(&self.region_map, region);
        self.insert_user(&new, None).await.unwrap();
        new.key
    }

    /// Result of a statement that returns one number.
    pub async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        self.raw.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    /// Runs statements that the store does not offer.
    pub async fn sql(&self, sql: &str) {
        self.raw.execute_unprepared(sql).await.unwrap();
    }

    /// Asserts that every account has one row, and that directory and logins have its cell.
    pub async fn assert_consistent(&self, users: i64) {
        for table in ["users", "user_directory", "user_logins"] {
            assert_eq!(self.number(&format!("SELECT CAST(count(*) AS bigint) FROM {table}")).await, users, "{table}");
        }
        let agreeing = "SELECT CAST(count(*) AS bigint) FROM users u \
            JOIN user_directory d ON d.user_id = u.id AND d.cell = u.cell \
            JOIN user_logins l ON l.user_id = u.id AND l.cell = u.cell";
        assert_eq!(self.number(agreeing).await, users, "accounts that directory and logins agree about");
    }
}

/// The real time, on which no test depends.
pub fn now() -> DateTime<Utc> {
    SystemClock.now()
}

/// A new user of `region`, not yet inserted.
pub fn new_user(region_map: &RegionMap, region: Option<&str>) -> NewUser {
    let id = UserId::new();
    NewUser {
        key: UserKey { id, cell: region_map.place(region, id) },
        email: Some(Email::parse(&format!("{id}@example.org")).unwrap()),
        password_hash: Some(PasswordHash::new("none")),
        display_name: String::new(),
        birth_date: None,
        region: region.map(str::to_owned),
        roles: Vec::new(),
        created_at: now(),
    }
}

/// Cells by number.
pub fn cells(numbers: &[i16]) -> Vec<Cell> {
    numbers.iter().copied().map(Cell::new).collect()
}

/// Number of history entries of a user.
pub async fn count_sign_ins(store: &Store, id: UserId) -> u64 {
    let (from, until) = (DateTime::UNIX_EPOCH, now() + TimeDelta::days(400 * 365));
    store.list_sign_ins(id, from, until, 100_000).await.unwrap().len() as u64
}

/// Runs a test with many steps on a thread of its own. Without optimization a function keeps place on the stack for each
/// future that it awaits, used or not.
pub fn on_large_stack<T: Send + 'static, F: Future<Output = T>>(test: impl FnOnce() -> F + Send + 'static) -> T {
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test());
    let thread = std::thread::Builder::new().stack_size(LARGE_STACK).spawn(run).unwrap();
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

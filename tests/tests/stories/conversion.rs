//! A completed `partitions convert` survives a crash of PostgreSQL.

use std::ops::ControlFlow;

use account_storage::Store;
use partition_conversion::{Conversion, ConvertOutcome, ConvertSettings, PlainTable};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use service_kit::{Clock, SystemClock};
use tests::postgres::Postgres;

/// A slow WAL writer, so that asynchronous commits would be lost in a crash.
const SLOW_WAL_WRITER: &str = "-c wal_writer_delay=10s -c autovacuum=off";
/// Turns the empty partitioned table into a plain one of earlier releases.
const MAKE_PLAIN: &str = "
    CREATE TABLE plain (LIKE sign_ins INCLUDING DEFAULTS INCLUDING STORAGE);
    DROP TABLE sign_ins;
    ALTER TABLE plain RENAME TO sign_ins;
    ALTER TABLE sign_ins ADD CONSTRAINT sign_ins_pkey PRIMARY KEY (user_id, at);";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversion_that_was_reported_as_done_survives_a_crash_of_the_server() {
    let postgres = Postgres::private(SLOW_WAL_WRITER);
    let url = postgres.database("crash").await;
    let store = Store::connect(&url, 4).await.expect("a pool");
    store.migrate(SystemClock.now()).await.expect("tables");
    let database = Database::connect(&url).await.expect("the server runs");
    database.execute_unprepared(MAKE_PLAIN).await.expect("a plain table");

    let conversion = Conversion::new(store.partitions(), PlainTable::SignIns, ConvertSettings::default());
    let outcome = conversion.convert(SystemClock.now(), &mut |_| ControlFlow::Continue(())).await;
    assert!(matches!(outcome, Ok(ConvertOutcome::Done(_))), "{outcome:?}");
    postgres.stop("immediate");

    postgres.start_again();
    let database = Database::connect(&url).await.expect("the server runs");
    let kind = "SELECT relkind::text FROM pg_class WHERE oid = 'sign_ins'::regclass";
    let row = database.query_one_raw(Statement::from_string(DbBackend::Postgres, kind)).await.expect("the catalogue");
    assert_eq!(row.expect("a row").try_get_by_index::<String>(0).expect("a letter"), "p", "partitioned");
}

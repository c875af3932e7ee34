//! Reads of one account: by its key, by its id alone, by its e-mail, and by the ORM's join.

use accounts::{Cell, Email, UserKey};
use contracts::ids::UserId;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use crate::measure::{Pair, Rounds, pair};
use crate::people::{People, Person, email};
use crate::report::{Aim, Row};
use crate::server::{Db, Server};

/// Accounts that are read repeatedly, so that all is in memory and work is compared, not caches.
const HOT: usize = 500;
const ROUNDS: Rounds = Rounds { rounds: 7, plain: 2_000, partitioned: 2_000 };
/// Fewer executions, for expensive statements.
const DEAR: Rounds = Rounds { rounds: 5, plain: 1_000, partitioned: 100 };

/// The `SELECT` of the ORM.
pub const USER: &str = "SELECT \"users\".\"id\", \"users\".\"cell\", \"users\".\"region\", \"users\".\"birth_date\", \
     \"users\".\"email_norm\", \"users\".\"password_hash\", \"users\".\"display_name\", \"users\".\"status\", \
     \"users\".\"created_at\", \"users\".\"updated_at\" FROM \"users\" ";
/// SQL of sea-orm for `user_login::Entity::find_by_id(…).find_also_related(user::Entity)`.
const JOIN: &str = "SELECT \"user_logins\".\"kind\" AS \"A_kind\", \"user_logins\".\"login\" AS \"A_login\", \
     \"user_logins\".\"user_id\" AS \"A_user_id\", \"user_logins\".\"cell\" AS \"A_cell\", \"users\".\"id\" AS \"B_id\", \
     \"users\".\"cell\" AS \"B_cell\", \"users\".\"region\" AS \"B_region\", \"users\".\"birth_date\" AS \"B_birth_date\", \
     \"users\".\"email_norm\" AS \"B_email_norm\", \"users\".\"password_hash\" AS \"B_password_hash\", \
     \"users\".\"display_name\" AS \"B_display_name\", \"users\".\"status\" AS \"B_status\", \
     \"users\".\"created_at\" AS \"B_created_at\", \"users\".\"updated_at\" AS \"B_updated_at\" FROM \"user_logins\" \
     LEFT JOIN \"users\" ON \"user_logins\".\"user_id\" = \"users\".\"id\" \
     WHERE \"user_logins\".\"kind\" = $1 AND \"user_logins\".\"login\" = $2 LIMIT $3";

/// Runs all comparisons.
pub async fn measure(server: &Server, people: &People) -> anyhow::Result<Vec<Row>> {
    let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);
    let accounts = people.persons.len();
    let hot = people.some(HOT);
    let by_id = format!("{USER}WHERE \"users\".\"id\" = $1 LIMIT $2");
    let by_email = format!("{USER}WHERE \"users\".\"email_norm\" = $1 LIMIT $2");
    let key = |number: usize| key_of(hot[number % HOT].1);
    let id = |number: usize| [hot[number % HOT].1.id.into(), 1_u64.into()];
    let login = |number: usize| email(hot[number % HOT].0);

    let nothing = async |db: &Db| one(db, "SELECT 1", []).await;
    let trip = pair(
        ROUNDS.with(accounts),
        (&plain, async |_| nothing(&plain).await),
        (&partitioned, async |_| nothing(&partitioned).await),
    )
    .await?;
    let fetch = pair(
        ROUNDS.with(accounts),
        (&plain, async |n| one(&plain, &by_id, id(n)).await),
        (&partitioned, async |n| found(partitioned.store.find_user(key(n)).await?)),
    )
    .await?;
    let forgotten = pair(
        DEAR.with(accounts),
        (&plain, async |n| one(&plain, &by_id, id(n)).await),
        (&partitioned, async |n| one(&partitioned, &by_id, id(n)).await),
    )
    .await?;
    let email_values = |n: usize| [login(n).into(), 1_u64.into()];
    let sign_in = pair(
        ROUNDS.with(accounts),
        (&plain, async |n| one(&plain, &by_email, email_values(n)).await),
        (&partitioned, async |n| by_login(&partitioned, &login(n)).await),
    )
    .await?;
    let two = pair(
        ROUNDS.with(accounts),
        (&plain, async |n| by_login(&plain, &login(n)).await),
        (&partitioned, async |n| by_login(&partitioned, &login(n)).await),
    )
    .await?;
    let join = pair(
        DEAR.with(accounts),
        (&plain, async |n| one(&plain, &by_email, email_values(n)).await),
        (&partitioned, async |n| one(&partitioned, JOIN, [1_i16.into(), login(n).into(), 1_u64.into()]).await),
    )
    .await?;
    Ok(rows(&trip, [&fetch, &forgotten, &sign_in, &two, &join]))
}

fn rows(trip: &Pair, [fetch, forgotten, sign_in, two, join]: [&Pair; 5]) -> Vec<Row> {
    vec![
        Row::of_pair("a round trip: SELECT 1, part of every figure below", trip, None),
        Row::of_pair("fetch by key", fetch, Some(Aim::AtMost(2.0))),
        Row::of_pair("fetch without the cell (forbidden, for contrast)", forgotten, None),
        Row::of_pair("sign-in by e-mail: one statement; login look-up + fetch by key", sign_in, Some(Aim::AtMost(2.0))),
        Row::of_pair("sign-in where plain has logins too: two statements on both sides", two, None),
        Row::of_pair("the ORM's join of logins and users (forbidden, for contrast)", join, None),
    ]
}

/// Key of an account.
pub fn key_of(person: Person) -> UserKey {
    UserKey { id: UserId(person.id), cell: Cell::new(person.cell) }
}

/// Fetches an account by key, like the service.
pub async fn fetch(db: &Db, person: Person) -> anyhow::Result<()> {
    found(db.store.find_user(key_of(person)).await?)
}

/// The two statements of a sign-in on the partitioned side.
pub async fn by_login(db: &Db, login: &str) -> anyhow::Result<()> {
    let key = db.store.find_user_key_by_email(&Email::parse(login)?).await?;
    let key = key.ok_or_else(|| anyhow::anyhow!("no account has this e-mail"))?;
    found(db.store.find_user(key).await?)
}

/// One row by a prepared statement; it must be there.
pub async fn one(db: &Db, sql: &str, values: impl IntoIterator<Item = Value>) -> anyhow::Result<()> {
    found(db.orm.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?)
}

fn found<T>(row: Option<T>) -> anyhow::Result<()> {
    anyhow::ensure!(row.is_some(), "a row that was written is not found");
    Ok(())
}

//! Sign-ups, and the sign-in history: inserting a line and reading a page.

use account_partitions::RegionMap;
use accounts::{Cell, ClientLocation, Email, NewUser, SignIn, SignInMethod, SignInResult, UserKey};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::devices::DeviceKind;
use contracts::ids::UserId;
use credentials::hashing::PasswordHash;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use crate::fill::PASSWORD_HASH;
use crate::measure::{Rounds, pair};
use crate::people::People;
use crate::report::Row;
use crate::server::{Db, Server};

const ROUNDS: Rounds = Rounds { rounds: 5, plain: 500, partitioned: 500 };
const PAGES: Rounds = Rounds { rounds: 5, plain: 1_000, partitioned: 1_000 };
/// A page and one more line, like the query of the service.
const PAGE: u64 = 21;
/// Default period of a list.
const USUAL_DAYS: TimeDelta = TimeDelta::days(90);
const INSERT: &str = "INSERT INTO \"users\" (\"id\", \"cell\", \"region\", \"birth_date\", \"email_norm\", \
     \"password_hash\", \"display_name\", \"status\", \"created_at\", \"updated_at\") \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (\"email_norm\") DO NOTHING";

/// Runs all comparisons.
pub async fn measure(
    server: &Server,
    people: &People,
    region_map: &RegionMap,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Row>> {
    let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);
    let accounts = people.persons.len();
    let region = |number: usize| people.region(people.persons[number * 7919 % people.persons.len()]);
    let sign_up = pair(
        ROUNDS.with(accounts),
        (&plain, async |n| insert_plain(&plain, &new_user(&format!("a{n}"), region(n), region_map, now)).await),
        (&partitioned, async |n| {
            partitioned.store.insert_user(&new_user(&format!("b{n}"), region(n), region_map, now), None).await?;
            Ok(())
        }),
    )
    .await?;
    let hot = people.some(250);
    let person = |number: usize| UserId(hot[number % hot.len()].1.id);
    let read = async |db: &Db, n: usize| {
        db.store.list_sign_ins(person(n), now - USUAL_DAYS, now + TimeDelta::microseconds(1), PAGE).await?;
        Ok(())
    };
    let page = pair(
        PAGES.with(accounts),
        (&plain, async |n| read(&plain, n).await),
        (&partitioned, async |n| read(&partitioned, n).await),
    )
    .await?;
    let add = async |db: &Db, n: usize| Ok(db.store.insert_sign_in(&line(person(n), later(now, n))).await?);
    let line = pair(
        ROUNDS.with(accounts),
        (&plain, async |n| add(&plain, n).await),
        (&partitioned, async |n| add(&partitioned, n).await),
    )
    .await?;
    Ok(vec![
        Row::of_pair("sign-up: users; login + directory + users, in one transaction", &sign_up, None),
        Row::of_pair("a page of the history, 90 days", &page, None),
        Row::of_pair("a line of the history", &line, None),
    ])
}

/// Instants that differ, within the month of `now`.
fn later(now: DateTime<Utc>, number: usize) -> DateTime<Utc> {
    now + TimeDelta::microseconds(i64::try_from(number).unwrap_or(0))
}

/// A new user.
pub fn new_user(name: &str, region: &str, region_map: &RegionMap, now: DateTime<Utc>) -> NewUser {
    let id = UserId::new();
    let cell = region_map.place(Some(region), id);
    let email = Email::parse(&format!("{name}.{}@example.org", id.0.simple()));
    NewUser {
        key: UserKey { id, cell },
        email: Some(email.expect("letters, a dot, digits and a host are an address")),
        password_hash: Some(PasswordHash::new(PASSWORD_HASH)),
        display_name: name.into(),
        birth_date: None,
        region: Some(region.into()),
        roles: Vec::new(),
        created_at: now,
    }
}

/// A line of the history.
pub fn line(user_id: UserId, at: DateTime<Utc>) -> SignIn {
    SignIn {
        user_id,
        at,
        device: DeviceKind::Tv,
        location: ClientLocation { address: Some(std::net::Ipv4Addr::LOCALHOST.into()), region: None },
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: None,
    }
}

/// The same without directories; also in a transaction, because an account is inserted with its roles.
async fn insert_plain(db: &Db, new: &NewUser) -> anyhow::Result<()> {
    let email = new.email.as_ref().map_or_else(String::new, |email| email.as_str().to_owned());
    let hash = PASSWORD_HASH.to_owned();
    let values = [
        new.key.id.0.into(),
        Cell::number(new.key.cell).into(),
        new.region.clone().into(),
        None::<chrono::NaiveDate>.into(),
        email.into(),
        hash.into(),
        new.display_name.clone().into(),
        0_i16.into(),
        new.created_at.into(),
        new.created_at.into(),
    ];
    let tx = db.orm.begin().await?;
    tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, INSERT, values)).await?;
    Ok(tx.commit().await?)
}

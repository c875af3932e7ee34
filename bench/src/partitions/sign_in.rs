//! A whole sign-in with the statements of the service: account, roles with the token version, and then a session with its line
//! of the history in one transaction. It excludes password hashing, some ten milliseconds on either side.

use accounts::{NewSession, SessionGrant, UserKey};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::SessionId;

use crate::keys::{USER, by_login, key_of, one};
use crate::measure::{Rounds, pair};
use crate::people::{People, email};
use crate::report::{Aim, Row};
use crate::server::{Db, Server};
use crate::writes::line;

const HOT: usize = 500;
const ROUNDS: Rounds = Rounds { rounds: 5, plain: 500, partitioned: 500 };
/// Lifetime of a session.
const DAYS: TimeDelta = TimeDelta::days(30);

/// Both designs.
pub async fn measure(server: &Server, people: &People, now: DateTime<Utc>) -> anyhow::Result<Row> {
    let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);
    let by_email = format!("{USER}WHERE \"users\".\"email_norm\" = $1 LIMIT $2");
    let hot = people.some(HOT);
    // Before now, apart from the instants of other lines of these accounts.
    let at = |n: usize| now - TimeDelta::milliseconds(1) - TimeDelta::microseconds(i64::try_from(n).unwrap_or(0));
    let here = async |n: usize| {
        let (number, person) = hot[n % HOT];
        one(&plain, &by_email, [email(number).into(), 1_u64.into()]).await?;
        open(&plain, key_of(person), at(n)).await
    };
    let there = async |n: usize| {
        let (number, person) = hot[n % HOT];
        by_login(&partitioned, &email(number)).await?;
        open(&partitioned, key_of(person), at(n)).await
    };
    let whole = pair(ROUNDS.with(people.persons.len()), (&plain, here), (&partitioned, there)).await?;
    let subject = "a whole sign-in: account, roles, token version, session, line of the history";
    Ok(Row::of_pair(subject, &whole, Some(Aim::AtMost(2.0))))
}

async fn open(db: &Db, user: UserKey, at: DateTime<Utc>) -> anyhow::Result<()> {
    db.store.find_role_snapshot(user.id).await?;
    let session = NewSession {
        id: SessionId::new(),
        user,
        device: Device { kind: DeviceKind::Tv, name: String::new() },
        refresh_hash: [7; 32],
        created_at: at,
        expires_at: at + DAYS,
        verified_hash: None,
        grant: SessionGrant::of("marquee"),
    };
    db.store.insert_session(&session, &line(user.id, at)).await?;
    Ok(())
}

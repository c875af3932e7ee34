//! Concurrent writers, and a model of the rows that they must leave.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use accounts::{Cell, NewSession, SessionGrant, UserChange, UserKey};
use chrono::TimeDelta;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::{SessionId, UserId};
use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::task::JoinSet;

use super::plain::{PlainHome, REGIONS, sign_in};
use crate::support::count_sign_ins;

/// Expected rows of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedUser {
    pub cell: Cell,
    pub region: Option<String>,
    pub name: String,
    pub sign_ins: u64,
}

/// Users of one writer; `None` for deleted ones.
type Model = HashMap<UserId, Option<ExpectedUser>>;

/// Operations of a writer, and their errors.
#[derive(Debug, Default)]
pub struct WriteLog {
    pub users: Model,
    pub done: u64,
    pub errors: Vec<String>,
}

pub struct Writers {
    stop: Arc<AtomicBool>,
    tasks: JoinSet<WriteLog>,
}

impl Writers {
    /// Starts `count` writers, each with its own users, in the current `LocalSet`.
    pub fn start(home: &Arc<PlainHome>, count: usize) -> Self {
        let (stop, mut tasks) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for _ in 0..count {
            tasks.spawn_local(write(Arc::clone(home), Arc::clone(&stop)));
        }
        Self { stop, tasks }
    }

    /// Stops the writers and returns their merged log.
    pub async fn stop(self) -> WriteLog {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = WriteLog::default();
        for log in self.tasks.join_all().await {
            all.users.extend(log.users);
            all.done += log.done;
            all.errors.extend(log.errors);
        }
        all
    }
}

async fn write(home: Arc<PlainHome>, stop: Arc<AtomicBool>) -> WriteLog {
    let mut log = WriteLog::default();
    while !stop.load(Ordering::Relaxed) {
        let here: Vec<UserId> = log.users.iter().filter(|(_, person)| person.is_some()).map(|(id, _)| *id).collect();
        let pick = (!here.is_empty()).then(|| here[rand::random_range(0..here.len())]);
        let outcome = match (rand::random_range(0..100), pick) {
            (0..20, _) | (_, None) => sign_up(&home, &mut log.users).await,
            (20..45, Some(id)) => change(&home, &mut log.users, id).await,
            (45..55, Some(id)) => relocate(&home, &mut log.users, id).await,
            (55..62, Some(id)) => delete(&home, &mut log.users, id).await,
            (62..80, Some(id)) => log_in(&home, &mut log.users, id).await,
            (_, Some(id)) => read(&home, &log.users, id).await,
        };
        match outcome {
            Ok(()) => log.done += 1,
            Err(error) => log.errors.push(error),
        }
    }
    log
}

fn describe(error: impl std::error::Error) -> String {
    format!("{error}: {:?}", error.source().map(ToString::to_string))
}

async fn sign_up(home: &PlainHome, users: &mut Model) -> Result<(), String> {
    let region = REGIONS[rand::random_range(0..REGIONS.len())];
    let new = home.person(region);
    home.store.insert_user(&new, None).await.map_err(describe)?;
    let person = ExpectedUser { cell: new.key.cell, region: new.region, name: new.display_name, sign_ins: 0 };
    users.insert(new.key.id, Some(person));
    Ok(())
}

async fn change(home: &PlainHome, users: &mut Model, id: UserId) -> Result<(), String> {
    let region = REGIONS[rand::random_range(0..REGIONS.len())].map(ToOwned::to_owned);
    let name = format!("Ann {}", rand::random::<u16>());
    let change = UserChange { display_name: Some(name), birth_date: None, region };
    let place = |region: &str| home.region_map.place(Some(region), id);
    let at = home.now + TimeDelta::seconds(i64::from(rand::random::<u16>()));
    let user = home.store.update_user(id, &change, place, at).await.map_err(describe)?;
    let person = users.get_mut(&id).and_then(Option::as_mut).unwrap();
    if let Some(region) = change.region {
        (person.cell, person.region) = (place(&region), Some(region));
    }
    person.name = change.display_name.unwrap();
    assert_eq!(user.key.cell, person.cell);
    Ok(())
}

/// Moves one user and some others of the same cell in one batch.
async fn relocate(home: &PlainHome, users: &mut Model, id: UserId) -> Result<(), String> {
    let from = users[&id].as_ref().unwrap().cell;
    let to = Cell::new(rand::random_range(0..24));
    let same = |person: &Option<ExpectedUser>| person.as_ref().is_some_and(|person| person.cell == from);
    let batch: Vec<UserId> = users.iter().filter(|(_, person)| same(person)).map(|(id, _)| *id).take(5).collect();
    let moved = home.store.partitions().move_users(&batch, from, to, home.now).await.map_err(describe)?;
    assert_eq!(moved, batch.len() as u64);
    for id in batch {
        users.get_mut(&id).and_then(Option::as_mut).unwrap().cell = to;
    }
    Ok(())
}

async fn delete(home: &PlainHome, users: &mut Model, id: UserId) -> Result<(), String> {
    let cell = users[&id].as_ref().unwrap().cell;
    let tx = home.db.begin().await.map_err(describe)?;
    let statements = format!(
        "SELECT 1 FROM user_directory WHERE user_id = '{id}' FOR UPDATE; \
         DELETE FROM users WHERE id = '{id}' AND cell = {cell}; DELETE FROM user_logins WHERE user_id = '{id}'; \
         DELETE FROM sign_ins WHERE user_id = '{id}'; DELETE FROM user_directory WHERE user_id = '{id}'"
    );
    tx.execute_unprepared(&statements).await.map_err(describe)?;
    tx.commit().await.map_err(describe)?;
    users.insert(id, None);
    Ok(())
}

async fn log_in(home: &PlainHome, users: &mut Model, id: UserId) -> Result<(), String> {
    let person = users.get_mut(&id).and_then(Option::as_mut).unwrap();
    let at = home.now - TimeDelta::days(rand::random_range(0..400));
    if rand::random() {
        let new = NewSession {
            id: SessionId::new(),
            user: UserKey { id, cell: person.cell },
            device: Device { kind: DeviceKind::Tv, name: "sofa".into() },
            refresh_hash: [7; 32],
            created_at: home.now,
            expires_at: home.now,
            verified_hash: None,
            grant: SessionGrant::of("marquee"),
        };
        home.store.insert_session(&new, &sign_in(id, at)).await.map_err(describe)?;
    } else {
        home.store.insert_sign_in(&sign_in(id, at)).await.map_err(describe)?;
    }
    person.sign_ins += 1;
    Ok(())
}

async fn read(home: &PlainHome, users: &Model, id: UserId) -> Result<(), String> {
    let person = users[&id].as_ref().unwrap();
    let found = home.store.find_user(UserKey { id, cell: person.cell }).await.map_err(describe)?;
    match found {
        Some(user) if user.display_name == person.name => Ok(()),
        other => Err(format!("{id} should be {person:?} and is {other:?}")),
    }
}

/// Asserts that the database is as the model expects.
pub async fn compare(home: &PlainHome, users: &Model) {
    for (id, person) in users {
        let key = home.store.find_user_key(*id).await.unwrap();
        let found = match key {
            Some(key) => home.store.find_user(key).await.unwrap(),
            None => None,
        };
        let sign_ins = count_sign_ins(&home.store, *id).await;
        let found = found.map(|user| ExpectedUser {
            cell: user.key.cell,
            region: user.region,
            name: user.display_name,
            sign_ins,
        });
        assert_eq!(&found, person, "{id}");
    }
}

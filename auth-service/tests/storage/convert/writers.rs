//! People who use the service all the time, and a model of what must be there because of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth_service::domain::{Cell, NewSession, UserChange, UserKey};
use auth_service::storage::{InsertUserOutcome, UpdateUserOutcome};
use chrono::TimeDelta;
use contracts::auth::sessions::{Device, DeviceKind};
use contracts::ids::{SessionId, UserId};
use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::task::JoinSet;

use super::plain::{PlainHome, REGIONS, sign_in};

/// What a person's rows must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub cell: Cell,
    pub region: Option<String>,
    pub name: String,
    pub sign_ins: u64,
}

/// One writer's people; `None` for who has left.
type Model = HashMap<UserId, Option<Person>>;

/// What a writer did, and what failed.
#[derive(Debug, Default)]
pub struct Deeds {
    pub people: Model,
    pub done: u64,
    pub errors: Vec<String>,
}

pub struct Writers {
    stop: Arc<AtomicBool>,
    tasks: JoinSet<Deeds>,
}

impl Writers {
    /// `count` writers with people of their own each, in the `LocalSet` that this is called from.
    pub fn start(home: &Arc<PlainHome>, count: usize) -> Self {
        let (stop, mut tasks) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for _ in 0..count {
            tasks.spawn_local(write(Arc::clone(home), Arc::clone(&stop)));
        }
        Self { stop, tasks }
    }

    /// Lets everybody finish; gives what all of them did.
    pub async fn stop(self) -> Deeds {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Deeds::default();
        for deeds in self.tasks.join_all().await {
            all.people.extend(deeds.people);
            all.done += deeds.done;
            all.errors.extend(deeds.errors);
        }
        all
    }
}

async fn write(home: Arc<PlainHome>, stop: Arc<AtomicBool>) -> Deeds {
    let mut deeds = Deeds::default();
    while !stop.load(Ordering::Relaxed) {
        let here: Vec<UserId> = deeds.people.iter().filter(|(_, person)| person.is_some()).map(|(id, _)| *id).collect();
        let pick = (!here.is_empty()).then(|| here[rand::random_range(0..here.len())]);
        let outcome = match (rand::random_range(0..100), pick) {
            (0..20, _) | (_, None) => sign_up(&home, &mut deeds.people).await,
            (20..45, Some(id)) => change(&home, &mut deeds.people, id).await,
            (45..55, Some(id)) => relocate(&home, &mut deeds.people, id).await,
            (55..62, Some(id)) => leave(&home, &mut deeds.people, id).await,
            (62..80, Some(id)) => log_in(&home, &mut deeds.people, id).await,
            (_, Some(id)) => look(&home, &deeds.people, id).await,
        };
        match outcome {
            Ok(()) => deeds.done += 1,
            Err(error) => deeds.errors.push(error),
        }
    }
    deeds
}

fn told(error: impl std::error::Error) -> String {
    format!("{error}: {:?}", error.source().map(ToString::to_string))
}

async fn sign_up(home: &PlainHome, people: &mut Model) -> Result<(), String> {
    let region = REGIONS[rand::random_range(0..REGIONS.len())];
    let new = home.person(region);
    let outcome = home.store.insert_user(&new).await.map_err(told)?;
    assert_eq!(outcome, InsertUserOutcome::Inserted);
    let person = Person { cell: new.key.cell, region: new.region, name: new.display_name, sign_ins: 0 };
    people.insert(new.key.id, Some(person));
    Ok(())
}

async fn change(home: &PlainHome, people: &mut Model, id: UserId) -> Result<(), String> {
    let region = REGIONS[rand::random_range(0..REGIONS.len())].map(ToOwned::to_owned);
    let name = format!("Ann {}", rand::random::<u16>());
    let change = UserChange { display_name: Some(name), birth_date: None, region };
    let place = |region: &str| home.atlas.place(Some(region), id);
    let at = home.now + TimeDelta::seconds(i64::from(rand::random::<u16>()));
    match home.store.update_user(id, &change, place, at).await.map_err(told)? {
        UpdateUserOutcome::Updated(user) => {
            let person = people.get_mut(&id).and_then(Option::as_mut).unwrap();
            if let Some(region) = change.region {
                (person.cell, person.region) = (place(&region), Some(region));
            }
            person.name = change.display_name.unwrap();
            assert_eq!(user.key.cell, person.cell);
            Ok(())
        }
        other => Err(format!("{other:?}")),
    }
}

/// Moves one person and some others of the same cell together.
async fn relocate(home: &PlainHome, people: &mut Model, id: UserId) -> Result<(), String> {
    let from = people[&id].as_ref().unwrap().cell;
    let to = Cell::new(rand::random_range(0..24));
    let same = |person: &Option<Person>| person.as_ref().is_some_and(|person| person.cell == from);
    let together: Vec<UserId> = people.iter().filter(|(_, person)| same(person)).map(|(id, _)| *id).take(5).collect();
    let moved = home.store.move_users(&together, from, to, home.now).await.map_err(told)?;
    assert_eq!(moved, together.len() as u64);
    for id in together {
        people.get_mut(&id).and_then(Option::as_mut).unwrap().cell = to;
    }
    Ok(())
}

async fn leave(home: &PlainHome, people: &mut Model, id: UserId) -> Result<(), String> {
    let cell = people[&id].as_ref().unwrap().cell;
    let tx = home.db.begin().await.map_err(told)?;
    let statements = format!(
        "SELECT 1 FROM user_directory WHERE user_id = '{id}' FOR UPDATE; \
         DELETE FROM users WHERE id = '{id}' AND cell = {cell}; DELETE FROM user_logins WHERE user_id = '{id}'; \
         DELETE FROM sign_ins WHERE user_id = '{id}'; DELETE FROM user_directory WHERE user_id = '{id}'"
    );
    tx.execute_unprepared(&statements).await.map_err(told)?;
    tx.commit().await.map_err(told)?;
    people.insert(id, None);
    Ok(())
}

async fn log_in(home: &PlainHome, people: &mut Model, id: UserId) -> Result<(), String> {
    let person = people.get_mut(&id).and_then(Option::as_mut).unwrap();
    let at = home.now - TimeDelta::days(rand::random_range(0..400));
    if rand::random() {
        let new = NewSession {
            id: SessionId::new(),
            user: UserKey { id, cell: person.cell },
            device: Device { kind: DeviceKind::Tv, name: "sofa".into() },
            refresh_hash: [7; 32],
            created_at: home.now,
            expires_at: home.now,
        };
        home.store.insert_session(&new, &sign_in(id, at)).await.map_err(told)?;
    } else {
        home.store.insert_sign_in(&sign_in(id, at)).await.map_err(told)?;
    }
    person.sign_ins += 1;
    Ok(())
}

async fn look(home: &PlainHome, people: &Model, id: UserId) -> Result<(), String> {
    let person = people[&id].as_ref().unwrap();
    let found = home.store.find_user(UserKey { id, cell: person.cell }).await.map_err(told)?;
    match found {
        Some(user) if user.display_name == person.name => Ok(()),
        other => Err(format!("{id} should be {person:?} and is {other:?}")),
    }
}

/// Everything must be as the writers remember it.
pub async fn compare(home: &PlainHome, people: &Model) {
    for (id, person) in people {
        let key = home.store.find_user_key(*id).await.unwrap();
        let found = match key {
            Some(key) => home.store.find_user(key).await.unwrap(),
            None => None,
        };
        let sign_ins = home.store.count_sign_ins(*id).await.unwrap();
        let found =
            found.map(|user| Person { cell: user.key.cell, region: user.region, name: user.display_name, sign_ins });
        assert_eq!(&found, person, "{id}");
    }
}

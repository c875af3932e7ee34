//! What the tests of this binary share: a catalogue of one's own, drafts, and catalogues that can be compared.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use contracts::movies::access::Tier;
use contracts::movies::films::CreditRole;
use contracts::movies::import::{PersonRecord, SynopsisRecord};
use contracts::movies::writes::FilmDraft;
use movies_api::domain::film::{Film, Person};
use movies_api::storage::CatalogueStore;
use sea_orm::DatabaseConnection;
use service_kit::testing::TestDatabase;

/// A catalogue with its database.
pub struct Catalogue {
    pub store: CatalogueStore,
    pub db: DatabaseConnection,
    pub database: TestDatabase,
}

impl std::ops::Deref for Catalogue {
    type Target = CatalogueStore;

    fn deref(&self) -> &CatalogueStore {
        &self.store
    }
}

/// An empty catalogue.
pub async fn catalogue() -> Catalogue {
    let database = TestDatabase::create().await;
    let db = database.connect().await;
    let store = CatalogueStore::new(db.clone());
    store.migrate().await.unwrap();
    Catalogue { store, db, database }
}

/// A fixed moment, `minute` minutes into a day.
pub fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000) + chrono::TimeDelta::minutes(minute)
}

/// A film with nothing but title and year.
pub fn draft(title: &str, year: u16) -> FilmDraft {
    FilmDraft { title: title.to_owned(), year, ..FilmDraft::default() }
}

/// A person by name.
pub fn named(name: &str) -> PersonRecord {
    PersonRecord::Name(name.to_owned())
}

/// A person with a Russian name and a character.
pub fn full(name: &str, name_ru: &str, character: Option<&str>) -> PersonRecord {
    PersonRecord::Full {
        name: name.to_owned(),
        name_ru: Some(name_ru.to_owned()),
        character: character.map(str::to_owned),
    }
}

/// A film with every field set.
pub fn full_draft() -> FilmDraft {
    FilmDraft {
        title: "The Cranes Are Flying".to_owned(),
        title_ru: Some("Летят журавли".to_owned()),
        original_title: Some("Летят журавли (СССР)".to_owned()),
        year: 1957,
        countries: vec!["SU".to_owned(), "FR".to_owned()],
        genres: vec!["War".to_owned(), "drama".to_owned(), "Quiet Heroism".to_owned()],
        age_rating: Some(12),
        tier: Tier::Subscription,
        rating: Some(8.3),
        votes: 21_000,
        runtime_minutes: Some(97),
        directors: vec![full("Mikhail Kalatozov", "Михаил Калатозов", None)],
        writers: vec![named("Viktor Rozov")],
        cast: vec![
            full("Tatiana Samoilova", "Татьяна Самойлова", Some("Veronika")),
            full("Aleksey Batalov", "Алексей Баталов", Some("Boris")),
        ],
        synopsis: SynopsisRecord {
            en: Some("Two lovers and a war.".to_owned()), ru: Some("Двое и война.".to_owned())
        },
        wiki: Some("The_Cranes_Are_Flying".to_owned()),
    }
}

/// All films, and all persons by id, read through the feed in batches of 7.
pub async fn read_all(store: &CatalogueStore) -> (Vec<Film>, HashMap<String, Person>) {
    let (mut films, mut persons, mut since) = (Vec::new(), HashMap::new(), 0);
    loop {
        let batch = store.changes_since(since, 7).await.unwrap();
        films.extend(batch.films);
        persons.extend(batch.persons.into_iter().map(|person| (person.id.to_string(), person)));
        since = batch.last_seq;
        if batch.complete {
            return (films, persons);
        }
    }
}

/// What viewers could tell apart, without ids, numbers and times: two catalogues that print alike are alike.
pub async fn contents(store: &CatalogueStore) -> BTreeMap<String, String> {
    let (films, persons) = read_all(store).await;
    let mut turns: HashMap<String, u32> = HashMap::new();
    let mut printed = BTreeMap::new();
    for mut film in films {
        let mut people = Vec::new();
        for credit in &film.credits {
            let person = &persons[&credit.person_id.to_string()];
            people.push(format!("{:?} {} {:?} {:?}", credit.role, person.name, person.name_ru, credit.character));
        }
        film.credits.clear();
        film.id = contracts::ids::FilmId(uuid::Uuid::nil());
        film.seq = 0;
        film.updated_at = DateTime::UNIX_EPOCH;
        let text = format!("{film:?} {people:?}");
        let turn = turns.entry(text.clone()).or_default();
        *turn += 1;
        printed.insert(format!("{text} {turn}"), String::new());
    }
    for genre in store.genres().await.unwrap() {
        printed.insert(format!("{genre:?}"), String::new());
    }
    printed
}

/// Names of the people of one part, in order.
pub fn names(film: &Film, persons: &HashMap<String, Person>, role: CreditRole) -> Vec<String> {
    film.credits
        .iter()
        .filter(|credit| credit.role == role)
        .map(|credit| persons[&credit.person_id.to_string()].name.clone())
        .collect()
}

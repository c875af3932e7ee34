//! Shared by the tests of this binary: catalogues, drafts, and comparison of catalogues.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use contracts::ids::FilmId;
use contracts::movies::access::Tier;
use contracts::movies::films::CreditRole;
use contracts::movies::import::{PersonRecord, Synopsis};
use contracts::movies::writes::FilmDraft;
use movies_api::domain::film::{Film, Person};
use movies_api::import::{BadLine, ImportError, ImportObserver, ImportOptions, ImportReport, import_path};
use movies_api::storage::CatalogueStore;
use sea_orm::DatabaseConnection;
use service_kit::testing::TestDatabase;
use tokio::sync::watch;

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
        synopsis: Synopsis {
            en: Some("Two lovers and a war.".to_owned()), ru: Some("Двое и война.".to_owned())
        },
        wiki: Some("The_Cranes_Are_Flying".to_owned()),
    }
}

/// All films, and all persons by id, read through the feed in batches of 500.
pub async fn read_all(store: &CatalogueStore) -> (Vec<Film>, HashMap<String, Person>) {
    let (mut films, mut persons, mut since) = (Vec::new(), HashMap::new(), 0);
    loop {
        let batch = store.changes_since(since, 500).await.unwrap();
        films.extend(batch.films);
        persons.extend(batch.persons.into_iter().map(|person| (person.id.to_string(), person)));
        since = batch.last_seq;
        if batch.complete {
            return (films, persons);
        }
    }
}

/// Everything that viewers can distinguish, without ids, numbers and times: equal output means equal catalogues.
pub async fn contents(store: &CatalogueStore) -> Vec<String> {
    let (films, persons) = read_all(store).await;
    let mut printed = Vec::new();
    for mut film in films {
        let mut people = Vec::new();
        for credit in film.credits.drain(..) {
            let person = &persons[&credit.person_id.to_string()];
            people.push(format!("{:?} {:?} {:?}", credit.role, person.name, credit.character));
        }
        film.id = FilmId(uuid::Uuid::nil());
        film.seq = 0;
        film.updated_at = DateTime::UNIX_EPOCH;
        printed.push(format!("{film:?} {people:?}"));
    }
    printed.extend(persons.values().map(|person| format!("{:?}", person.name)));
    printed.extend(store.genres().await.unwrap().iter().map(|genre| format!("{genre:?}")));
    printed.sort_unstable();
    printed
}

/// Names of the people of one role, in order.
pub fn names(film: &Film, persons: &HashMap<String, Person>, role: CreditRole) -> Vec<String> {
    film.credits
        .iter()
        .filter(|credit| credit.role == role)
        .map(|credit| persons[&credit.person_id.to_string()].name.en.clone())
        .collect()
}

/// A folder for files to import.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// Packs bytes as gzip does.
pub fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes.as_ref()).unwrap();
    packer.finish().unwrap()
}

/// Default options for a path.
pub fn options(path: &Path) -> ImportOptions {
    ImportOptions { path: path.to_owned(), rejects: None, tier: Tier::Free, restart: false }
}

/// Records all events, and stops the import after some batches.
#[derive(Default)]
pub struct Watcher {
    pub bad: Vec<BadLine>,
    pub messages: Vec<String>,
    pub batches: u32,
    stop_after: Option<(u32, watch::Sender<bool>)>,
}

impl ImportObserver for Watcher {
    fn batch_done(&mut self, _report: &ImportReport, _bytes: u64) {
        self.batches += 1;
        if let Some((batches, stop)) = &self.stop_after
            && self.batches >= *batches
        {
            stop.send(true).unwrap();
        }
    }

    fn bad_line(&mut self, bad: &BadLine) {
        self.bad.push(bad.clone());
    }

    fn message(&mut self, text: &str) {
        self.messages.push(text.to_owned());
    }
}

/// Imports a path to its end.
pub async fn import(store: &CatalogueStore, path: &Path) -> ImportReport {
    import_with(store, &options(path)).await.unwrap().0
}

/// Imports a path, and returns the recorded events too.
pub async fn import_with(
    store: &CatalogueStore,
    options: &ImportOptions,
) -> Result<(ImportReport, Watcher), ImportError> {
    let mut watcher = Watcher::default();
    let (_stop, stopped) = watch::channel(false);
    let report = import_path(store, options, at(0), stopped, &mut watcher).await?;
    Ok((report, watcher))
}

/// Imports until `batches` batches are committed.
pub async fn import_batches(store: &CatalogueStore, path: &Path, batches: u32) -> ImportReport {
    let (stop, stopped) = watch::channel(false);
    let mut watcher = Watcher { stop_after: Some((batches, stop)), ..Watcher::default() };
    import_path(store, &options(path), at(0), stopped, &mut watcher).await.unwrap()
}

/// Counts of a report, without its duration: read, new, changed, unchanged, bad.
pub fn counts(report: &ImportReport) -> [u64; 5] {
    [report.read, report.new, report.changed, report.unchanged, report.bad]
}

/// `count` film records, among them bad lines, blank lines, equal titles and recurring people.
pub fn many_records(count: usize) -> String {
    let mut lines = String::new();
    for number in 0..count {
        let year = 1900 + number % 120;
        match number % 97 {
            13 => lines.push_str("{broken\n"),
            14 => lines.push('\n'),
            _ => {
                let (actor, other, genre) = (number % 31, number % 7, ["Drama", "Sci-Fi", "war", "Heist"][number % 4]);
                let name_ru = if number % 5 == 0 { format!("\"Актёр {actor}\"") } else { "null".to_owned() };
                lines.push_str(&format!(
                    r#"{{"title":"Film {}","year":{year},"genres":["{genre}"],"cast":[{{"name":"Actor {actor}","name_ru":{name_ru}}},"Other {other}"],"directors":["Other {actor}"]}}"#,
                    number % 211,
                ));
                lines.push('\n');
            }
        }
    }
    lines
}

//! Films, their ratings and their Russian titles.

use contracts::movies::import::FilmRecord;
use garde::Validate;

use super::table::Table;
use crate::import::ndjson::broken_rules;
use crate::storage::{Part, StagedRow};

/// Kinds of titles that are films. The rest are series, episodes and games.
const FILMS: [&str; 6] = ["movie", "short", "tvMovie", "tvShort", "tvSpecial", "video"];

/// title.basics
pub struct Basics;

impl Table<8> for Basics {
    const COLUMNS: [&'static str; 8] =
        ["tconst", "titleType", "primaryTitle", "originalTitle", "isAdult", "startYear", "runtimeMinutes", "genres"];
    const COUNTS: bool = true;

    /// Nothing for titles that are no films, and for films that have no year yet.
    fn pieces(cells: [Option<&str>; 8]) -> Result<Vec<StagedRow>, String> {
        let [key, kind, title, original, adult, year, minutes, genres] = cells;
        let (Some(year), true) = (year, kind.is_some_and(|kind| FILMS.contains(&kind))) else {
            return Ok(Vec::new());
        };
        let number = |what: &str, text: &str| text.parse::<u16>().map_err(|error| format!("{what}: {error}"));
        let runtime = minutes.map(|text| number("runtimeMinutes", text)).transpose()?;
        let record = FilmRecord {
            title: title.ok_or("primaryTitle: is missing")?.to_owned(),
            original_title: original.map(str::to_owned),
            year: number("startYear", year)?,
            age_rating: (adult == Some("1")).then_some(18),
            runtime_minutes: runtime.filter(|minutes| *minutes > 0),
            genres: genres.map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default(),
            ..FilmRecord::default()
        };
        record.validate().map_err(|report| broken_rules(&report))?;
        if record.title.trim().is_empty() {
            return Err("primaryTitle: is blank".to_owned());
        }
        let content = serde_json::to_string(&record).map_err(|error| error.to_string())?;
        Ok(vec![StagedRow {
            key: key.ok_or("tconst: is missing")?.to_owned(),
            part: Part::Title,
            position: 0,
            person: None,
            content: Some(content),
        }])
    }
}

/// title.ratings
pub struct Ratings;

impl Table<3> for Ratings {
    const COLUMNS: [&'static str; 3] = ["tconst", "averageRating", "numVotes"];

    fn pieces([key, rating, votes]: [Option<&str>; 3]) -> Result<Vec<StagedRow>, String> {
        let key = key.ok_or("tconst: is missing")?;
        let rating: f32 = rating.unwrap_or_default().parse().map_err(|error| format!("averageRating: {error}"))?;
        let votes: u32 = votes.unwrap_or("0").parse().map_err(|error| format!("numVotes: {error}"))?;
        if !(0.0..=10.0).contains(&rating) || votes > 2_000_000_000 {
            return Err("the rating or the number of votes is out of bounds".to_owned());
        }
        let content = Some(format!("{rating}\t{votes}"));
        Ok(vec![StagedRow { key: key.to_owned(), part: Part::Rating, position: 0, person: None, content }])
    }
}

/// title.akas
pub struct Akas;

impl Table<6> for Akas {
    const COLUMNS: [&'static str; 6] = ["titleId", "ordering", "title", "region", "language", "types"];

    fn pieces(cells: [Option<&str>; 6]) -> Result<Vec<StagedRow>, String> {
        Ok(russian_title(cells).into_iter().collect())
    }
}

/// A title of region RU or language ru. Written in Cyrillic is better than in Latin letters, shown by IMDb itself is
/// better than a working title or one of a video tape, and earlier in the list is better.
fn russian_title([key, ordering, title, region, language, types]: [Option<&str>; 6]) -> Option<StagedRow> {
    if region != Some("RU") && language != Some("ru") {
        return None;
    }
    let title = title.filter(|title| title.chars().count() <= 500)?;
    let cyrillic = title.chars().any(|c| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё'));
    let kind = match types {
        Some("imdbDisplay") => 0,
        None => 1,
        Some(_) => 2,
    };
    let rank = i32::from(!cyrillic) * 6 + kind * 2 + i32::from(region != Some("RU"));
    let ordering: i32 = ordering.and_then(|ordering| ordering.parse().ok()).unwrap_or(0);
    Some(StagedRow {
        key: key?.to_owned(),
        part: Part::RussianTitle,
        position: rank * 10_000 + ordering.clamp(0, 9_999),
        person: None,
        content: Some(title.to_owned()),
    })
}

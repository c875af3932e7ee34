//! Films, their ratings and their Russian titles.

use contracts::movies::import::FilmRecord;
use garde::Validate;

use super::people::position;
use super::table::Table;
use crate::import::partial::broken_rules;
use crate::storage::{Part, StagedRow};

/// Kinds of titles that are films. The rest are series, episodes and games.
const FILMS: [&str; 6] = ["movie", "short", "tvMovie", "tvShort", "tvSpecial", "video"];

/// Longest film, longest title, longest name of a genre and maximum number of genres: as in film records.
const MAX_RUNTIME: u32 = 60_000;
const MAX_TITLE: usize = 500;
const MAX_GENRE: usize = 64;
const MAX_GENRES: usize = 30;
/// Maximum number of votes: as in film records.
const MAX_VOTES: u32 = 2_000_000_000;

/// title.basics
pub struct Basics;

impl Table<8> for Basics {
    const COLUMNS: [&'static str; 8] =
        ["tconst", "titleType", "primaryTitle", "originalTitle", "isAdult", "startYear", "runtimeMinutes", "genres"];
    const COUNTS: bool = true;

    /// No rows for titles that are no films or have no year. Key and title are required, all other cells optional.
    fn rows(cells: [Option<&str>; 8], left_out: &mut Vec<String>) -> Result<Vec<StagedRow>, String> {
        let [key, kind, title, original, adult, year, minutes, genres] = cells;
        let (Some(year), true) = (year, kind.is_some_and(|kind| FILMS.contains(&kind))) else {
            return Ok(Vec::new());
        };
        let record = FilmRecord {
            title: title.ok_or("primaryTitle: is missing")?.to_owned(),
            original_title: original.and_then(|title| short("originalTitle", title, left_out)),
            year: year.parse().map_err(|error| format!("startYear: {error}"))?,
            age_rating: (adult == Some("1")).then_some(18),
            runtime_minutes: minutes.and_then(|text| runtime(text, left_out)),
            genres: genres.map(|list| genre_names(list, left_out)).unwrap_or_default(),
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

/// Runtime in minutes; `None` for 0, which means unknown.
fn runtime(text: &str, left_out: &mut Vec<String>) -> Option<u16> {
    match text.parse::<u32>().ok().filter(|minutes| *minutes <= MAX_RUNTIME) {
        Some(minutes) => u16::try_from(minutes).ok().filter(|minutes| *minutes > 0),
        None => {
            left_out.push(format!("runtimeMinutes: must be a number up to {MAX_RUNTIME}"));
            None
        }
    }
}

/// A title within the length limit.
fn short(column: &str, title: &str, left_out: &mut Vec<String>) -> Option<String> {
    let fits = title.chars().count() <= MAX_TITLE;
    if !fits {
        left_out.push(format!("{column}: is longer than {MAX_TITLE} characters"));
    }
    fits.then(|| title.to_owned())
}

fn genre_names(list: &str, left_out: &mut Vec<String>) -> Vec<String> {
    let (names, others): (Vec<_>, Vec<_>) =
        list.split(',').partition(|name| (1..=MAX_GENRE).contains(&name.chars().count()));
    if !others.is_empty() || names.len() > MAX_GENRES {
        left_out.push(format!("genres: at most {MAX_GENRES} names of 1 to {MAX_GENRE} characters"));
    }
    names.into_iter().take(MAX_GENRES).map(str::to_owned).collect()
}

/// title.ratings
pub struct Ratings;

impl Table<3> for Ratings {
    const COLUMNS: [&'static str; 3] = ["tconst", "averageRating", "numVotes"];

    /// A rating is required; invalid votes are left out.
    fn rows(cells: [Option<&str>; 3], left_out: &mut Vec<String>) -> Result<Vec<StagedRow>, String> {
        let [key, rating, votes] = cells;
        let key = key.ok_or("tconst: is missing")?;
        let rating: f32 = rating.unwrap_or_default().parse().map_err(|error| format!("averageRating: {error}"))?;
        if !(0.0..=10.0).contains(&rating) {
            return Err("averageRating: must be 0 to 10".to_owned());
        }
        let count = votes.unwrap_or("0").parse::<u32>().ok().filter(|votes| *votes <= MAX_VOTES);
        if count.is_none() {
            left_out.push(format!("numVotes: must be a number up to {MAX_VOTES}"));
        }
        let content = Some(format!("{rating}\t{}", count.map(|votes| votes.to_string()).unwrap_or_default()));
        Ok(vec![StagedRow { key: key.to_owned(), part: Part::Rating, position: 0, person: None, content }])
    }
}

/// title.akas
pub struct Akas;

impl Table<6> for Akas {
    const COLUMNS: [&'static str; 6] = ["titleId", "ordering", "title", "region", "language", "types"];

    fn rows(cells: [Option<&str>; 6], left_out: &mut Vec<String>) -> Result<Vec<StagedRow>, String> {
        Ok(russian_title(cells, left_out).into_iter().collect())
    }
}

/// Regions where Cyrillic titles without a language are Russian: the Soviet Union, the world, Europe, Asia, and none.
/// Countries have languages of their own.
const CYRILLIC_IS_RUSSIAN: [Option<&str>; 5] = [Some("SUHH"), Some("XWW"), Some("XEU"), Some("XAS"), None];

/// Confidence that a title is Russian; 0 is the highest.
fn certainty(title: &str, region: Option<&str>, language: Option<&str>) -> Option<i32> {
    match (region, language) {
        (Some("RU"), _) => Some(0),
        (_, Some("ru")) => Some(1),
        (region, None) if CYRILLIC_IS_RUSSIAN.contains(&region) && is_russian(title) => Some(2),
        _ => None,
    }
}

/// `true` when the text has letters of the Russian alphabet and no other Cyrillic ones.
fn is_russian(title: &str) -> bool {
    let other = |c: char| matches!(c, '\u{400}'..='\u{52f}') && !is_russian_letter(c);
    title.chars().any(is_russian_letter) && !title.chars().any(other)
}

const fn is_russian_letter(c: char) -> bool {
    matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё')
}

/// A Russian title with its rank: Cyrillic before Latin letters, then IMDb's display title before working titles and
/// titles of video releases, then certainly before probably Russian, then by position in the list.
fn russian_title(cells: [Option<&str>; 6], left_out: &mut Vec<String>) -> Option<StagedRow> {
    let [key, ordering, title, region, language, types] = cells;
    let certainty = certainty(title?, region, language)?;
    let title = short("title", title?, left_out)?;
    let cyrillic = title.chars().any(is_russian_letter);
    let kind = match types {
        Some("imdbDisplay") => 0,
        None => 1,
        Some(_) => 2,
    };
    let rank = i32::from(!cyrillic) * 9 + kind * 3 + certainty;
    Some(StagedRow {
        key: key?.to_owned(),
        part: Part::RussianTitle,
        position: rank * 10_000 + position(ordering, left_out),
        person: None,
        content: Some(title),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_russian_by_region_by_language_or_by_its_letters_outside_of_countries() {
        for (title, region, language, expected) in [
            ("Lampa", Some("RU"), None, Some(0)),
            ("Лампа", Some("XWW"), Some("ru"), Some(1)),
            ("Лампа", Some("SUHH"), None, Some(2)),
            ("Лампа №1: Lamp", Some("XWW"), None, Some(2)),
            ("Лампа", None, None, Some(2)),
            ("Лампа", Some("BG"), None, None),
            ("Лампа", Some("SUHH"), Some("uk"), None),
            ("Світло", Some("SUHH"), None, None),
            ("Lampa", Some("SUHH"), None, None),
            ("The Lamp", Some("XWW"), None, None),
        ] {
            assert_eq!(certainty(title, region, language), expected, "{title} {region:?} {language:?}");
        }
    }
}

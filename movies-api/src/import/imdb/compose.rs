//! Composes films from staged rows.

use std::collections::HashMap;

use contracts::Translated;
use contracts::movies::films::CreditRole;
use contracts::movies::import::{FilmRecord, MAX_CAST};

use crate::import::ndjson::source_hash;
use crate::storage::{FilmFacts, NamedCredit, Part, PreparedRecord, StagedRow, StagedTitle, clean};

/// Composes a film; `names` are by `nm…`. People without a name get no credit.
pub fn compose(title: &StagedTitle, names: &HashMap<String, String>) -> Option<PreparedRecord> {
    let content = |part: Part| title.rows.iter().find(|row| row.part == part).and_then(|row| row.content.as_deref());
    let mut record: FilmRecord = serde_json::from_str(content(Part::Title)?).ok()?;
    if let Some((rating, votes)) = content(Part::Rating).and_then(|pair| pair.split_once('\t')) {
        record.rating = rating.parse().ok();
        record.votes = votes.parse().ok();
    }
    record.title_ru = content(Part::RussianTitle).map(str::to_owned);
    let mut bytes = serde_json::to_vec(&record).ok()?;
    let mut facts = FilmFacts::from_record(record);
    let credits = title.rows.iter().filter_map(|row| credit(row, names));
    let mut actors = 0;
    facts.credits = credits
        .filter(|credit| {
            actors += usize::from(credit.role == CreditRole::Actor);
            credit.role != CreditRole::Actor || actors <= MAX_CAST
        })
        .collect();
    for NamedCredit { role, person_key, name, character } in &facts.credits {
        let character = character.as_deref().unwrap_or_default();
        bytes.extend_from_slice(format!("\n{role:?}\t{person_key}\t{}\t{character}", name.en).as_bytes());
    }
    Some(PreparedRecord { source_key: format!("imdb:{}", title.key), source_hash: source_hash(&bytes), facts })
}

fn credit(row: &StagedRow, names: &HashMap<String, String>) -> Option<NamedCredit> {
    let role = match row.part {
        Part::Director => CreditRole::Director,
        Part::Writer => CreditRole::Writer,
        Part::Actor => CreditRole::Actor,
        Part::Title | Part::Rating | Part::RussianTitle | Part::Name => return None,
    };
    let person = row.person.as_deref()?;
    Some(NamedCredit {
        role,
        person_key: format!("imdb:{person}"),
        name: Translated { en: clean(names.get(person)?)?, ru: None },
        character: row.content.as_deref().and_then(clean),
    })
}

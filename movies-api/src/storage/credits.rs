//! Credits as sources give them: people by key and name.

use contracts::Translated;
use contracts::movies::films::CreditRole;
use contracts::movies::import::PersonRecord;

use super::texts::{clean, fold};

/// A credit, with its person identified by key and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCredit {
    /// The role.
    pub role: CreditRole,
    /// `name:…` or `imdb:nm…`.
    pub person_key: String,
    /// Name of the person by language.
    pub name: Translated,
    /// The character an actor plays.
    pub character: Option<String>,
}

impl NamedCredit {
    /// The credit that a record gives; `None` when the name is blank.
    pub(super) fn from_record(role: CreditRole, person: &PersonRecord) -> Option<Self> {
        let name = clean(person.name())?;
        Some(Self {
            role,
            person_key: format!("name:{}", fold(&name)),
            name: Translated { en: name, ru: person.name_ru().and_then(clean) },
            character: person.character().and_then(clean),
        })
    }
}

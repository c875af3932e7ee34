//! Names of genres: one slug for all spellings, and Russian names of those that sources use.

use contracts::Translated;

use crate::domain::film::GenreNames;

/// Longest slug in bytes: the limit of filters.
const MAX_SLUG: usize = 64;

/// Slug, English name, Russian name.
const KNOWN: &[(&str, &str, &str)] = &[
    ("action", "Action", "Боевик"),
    ("adventure", "Adventure", "Приключения"),
    ("animated", "Animated", "Мультфильм"),
    ("biography", "Biography", "Биография"),
    ("comedy", "Comedy", "Комедия"),
    ("crime", "Crime", "Криминал"),
    ("dance", "Dance", "Танцы"),
    ("disaster", "Disaster", "Катастрофа"),
    ("documentary", "Documentary", "Документальный"),
    ("drama", "Drama", "Драма"),
    ("erotic", "Erotic", "Эротика"),
    ("family", "Family", "Семейный"),
    ("fantasy", "Fantasy", "Фэнтези"),
    ("found-footage", "Found footage", "Найденная плёнка"),
    ("game-show", "Game show", "Телеигра"),
    ("historical", "Historical", "Исторический"),
    ("horror", "Horror", "Ужасы"),
    ("independent", "Independent", "Независимое кино"),
    ("legal", "Legal", "Судебная драма"),
    ("live-action", "Live action", "Игровое кино"),
    ("martial-arts", "Martial arts", "Боевые искусства"),
    ("music", "Music", "Музыка"),
    ("musical", "Musical", "Мюзикл"),
    ("mystery", "Mystery", "Детектив"),
    ("news", "News", "Новости"),
    ("noir", "Noir", "Нуар"),
    ("performance", "Performance", "Концерт"),
    ("political", "Political", "Политика"),
    ("reality-tv", "Reality TV", "Реалити-шоу"),
    ("romance", "Romance", "Мелодрама"),
    ("satire", "Satire", "Сатира"),
    ("science-fiction", "Science fiction", "Фантастика"),
    ("short", "Short", "Короткометражка"),
    ("silent", "Silent", "Немое кино"),
    ("slasher", "Slasher", "Слэшер"),
    ("sports", "Sports", "Спорт"),
    ("spy", "Spy", "Шпионский"),
    ("superhero", "Superhero", "Супергерои"),
    ("supernatural", "Supernatural", "Мистика"),
    ("suspense", "Suspense", "Саспенс"),
    ("talk-show", "Talk show", "Ток-шоу"),
    ("teen", "Teen", "Подростковый"),
    ("thriller", "Thriller", "Триллер"),
    ("war", "War", "Военный"),
    ("western", "Western", "Вестерн"),
];

/// Other spellings, mostly IMDb's.
const ALIASES: &[(&str, &str)] = &[
    ("adult", "erotic"),
    ("animation", "animated"),
    ("biographical", "biography"),
    ("film-noir", "noir"),
    ("history", "historical"),
    ("romantic", "romance"),
    ("sci-fi", "science-fiction"),
    ("sport", "sports"),
];

/// The genre for a slug or a name; `None` when the text has neither letter nor digit.
pub fn genre_named(text: &str) -> Option<GenreNames> {
    let slug = slug(text)?;
    let slug = ALIASES.binary_search_by_key(&slug.as_str(), |(alias, _)| alias).map_or(slug, |at| ALIASES[at].1.into());
    if let Ok(at) = KNOWN.binary_search_by_key(&slug.as_str(), |(known, ..)| known) {
        let (slug, name, name_ru) = KNOWN[at];
        let name = Translated { en: name.to_owned(), ru: Some(name_ru.to_owned()) };
        return Some(GenreNames { slug: slug.to_owned(), name });
    }
    Some(GenreNames { name: Translated { en: name(text, &slug), ru: None }, slug })
}

/// Lower-case letters and digits, with hyphens between words.
fn slug(text: &str) -> Option<String> {
    let mut slug = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars().flat_map(char::to_lowercase) {
        if !c.is_alphanumeric() {
            gap = !slug.is_empty();
            continue;
        }
        if slug.len() + usize::from(gap) + c.len_utf8() > MAX_SLUG {
            break;
        }
        if std::mem::take(&mut gap) {
            slug.push('-');
        }
        slug.push(c);
    }
    (!slug.is_empty()).then_some(slug)
}

/// The given name; a slug becomes readable.
fn name(text: &str, slug: &str) -> String {
    let text = text.trim().replace('\0', "");
    if text != slug {
        return text;
    }
    let words = text.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
mod tests {
    use super::{ALIASES, KNOWN, genre_named};

    fn slug(text: &str) -> String {
        genre_named(text).unwrap().slug
    }

    #[test]
    fn tables_are_sorted_for_binary_search_and_aliases_name_known_genres() {
        assert!(KNOWN.is_sorted_by_key(|(slug, ..)| slug));
        assert!(ALIASES.is_sorted_by_key(|(alias, _)| alias));
        for (_, slug) in ALIASES {
            assert!(KNOWN.iter().any(|(known, ..)| known == slug), "{slug}");
        }
    }

    #[test]
    fn spellings_of_one_genre_have_one_slug() {
        assert_eq!(slug("Science Fiction"), "science-fiction");
        assert_eq!(slug("Sci-Fi"), "science-fiction");
        assert_eq!(slug("  FILM  noir"), "noir");
        assert_eq!(genre_named("war").unwrap().name.ru.as_deref(), Some("Военный"));
    }

    #[test]
    fn unknown_genres_get_a_slug_and_a_readable_name() {
        let genre = genre_named("Cape & Sword").unwrap();
        assert_eq!((genre.slug.as_str(), genre.name.en.as_str(), genre.name.ru), ("cape-sword", "Cape & Sword", None));
        assert_eq!(genre_named("space-opera").unwrap().name.en, "Space opera");
        assert_eq!(genre_named("--!"), None);
        assert!(slug(&"жанр".repeat(16)).len() <= 64);
    }
}

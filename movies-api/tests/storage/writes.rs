//! Editors' writes.

use contracts::ids::FilmId;
use contracts::movies::access::Tier;
use contracts::movies::films::CreditRole;
use movies_api::storage::WriteFilmError;

use crate::support::{at, catalogue, draft, full, full_draft, named, names, read_all};

#[tokio::test]
async fn every_field_of_a_film_comes_back_as_it_was_written() {
    let store = catalogue().await;
    let now = at(0) + chrono::TimeDelta::nanoseconds(123_456_789);

    let written = store.insert(&full_draft(), now).await.unwrap();

    let (films, persons) = read_all(&store).await;
    assert_eq!(films, std::slice::from_ref(&written));
    assert_eq!(store.find(written.id).await.unwrap(), Some(written.clone()));
    assert_eq!(written.genres, ["war", "drama", "quiet-heroism"]);
    assert_eq!(written.countries, ["SU", "FR"]);
    assert_eq!(written.rating, Some(8.3));
    assert_eq!(written.tier, Tier::Subscription);
    assert_eq!(written.synopsis.ru.as_deref(), Some("Двое и война."));
    assert_eq!(names(&written, &persons, CreditRole::Director), ["Mikhail Kalatozov"]);
    assert_eq!(names(&written, &persons, CreditRole::Writer), ["Viktor Rozov"]);
    assert_eq!(names(&written, &persons, CreditRole::Actor), ["Tatiana Samoilova", "Aleksey Batalov"]);
    assert_eq!(written.credits[3].character.as_deref(), Some("Boris"));
    let director = &persons[&written.credits[0].person_id.to_string()];
    assert_eq!(director.name.ru.as_deref(), Some("Михаил Калатозов"));
    assert_eq!(store.persons(&[director.id]).await.unwrap(), std::slice::from_ref(director));
    let genres = store.genres().await.unwrap();
    assert_eq!(genres.iter().map(|genre| genre.slug.as_str()).collect::<Vec<_>>(), ["drama", "quiet-heroism", "war"]);
    assert_eq!((genres[1].name.en.as_str(), genres[2].name.ru.as_deref()), ("Quiet Heroism", Some("Военный")));
}

#[tokio::test]
async fn a_film_of_title_and_year_alone_is_enough() {
    let store = catalogue().await;
    assert!(store.is_empty().await.unwrap());

    let written = store.insert(&draft("Solaris", 1972), at(0)).await.unwrap();

    assert!(!store.is_empty().await.unwrap());
    assert_eq!(read_all(&store).await.0, [written]);
}

#[tokio::test]
async fn an_update_replaces_the_whole_film() {
    let store = catalogue().await;
    let first = store.insert(&full_draft(), at(0)).await.unwrap();

    let now = store.update(first.id, first.seq, &draft("The Cranes", 1958), at(1)).await.unwrap();

    assert!(now.seq > first.seq);
    assert_eq!((now.title.en.as_str(), now.year, now.updated_at), ("The Cranes", 1958, at(1)));
    assert_eq!((&now.title.ru, now.rating, now.votes, now.tier), (&None, None, 0, Tier::Free));
    assert!(now.credits.is_empty() && now.genres.is_empty() && now.countries.is_empty());
    assert_eq!(read_all(&store).await.0, [now]);
}

#[tokio::test]
async fn an_update_of_a_stale_version_is_a_conflict() {
    let store = catalogue().await;
    let first = store.insert(&draft("Stalker", 1979), at(0)).await.unwrap();
    store.update(first.id, first.seq, &draft("Stalker", 1980), at(1)).await.unwrap();

    let outcome = store.update(first.id, first.seq, &draft("Stalker", 1981), at(2)).await;

    assert!(matches!(outcome, Err(WriteFilmError::Conflict { expected: 1, current: 2 })), "{outcome:?}");
    assert_eq!(store.find(first.id).await.unwrap().unwrap().year, 1980);
    assert_eq!(store.last_seq().await.unwrap(), 2);
}

#[tokio::test]
async fn of_two_concurrent_updates_one_wins() {
    let store = catalogue().await;
    let film = store.insert(&draft("Mirror", 1975), at(0)).await.unwrap();

    let (one, other) = (draft("Mirror one", 1975), draft("Mirror other", 1975));
    let (one, other) =
        tokio::join!(store.update(film.id, film.seq, &one, at(1)), store.update(film.id, film.seq, &other, at(1)),);

    let outcomes = [one, other];
    let is_conflict = |outcome: &&Result<_, _>| matches!(outcome, Err(WriteFilmError::Conflict { current: 2, .. }));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(outcomes.iter().filter(is_conflict).count(), 1);
}

#[tokio::test]
async fn a_deletion_of_a_stale_version_is_a_conflict() {
    let store = catalogue().await;
    let first = store.insert(&draft("Stalker", 1979), at(0)).await.unwrap();
    store.update(first.id, first.seq, &draft("Stalker", 1980), at(1)).await.unwrap();

    let outcome = store.delete(first.id, first.seq, at(2)).await;

    assert!(matches!(outcome, Err(WriteFilmError::Conflict { expected: 1, current: 2 })), "{outcome:?}");

    assert_eq!(store.version_of(first.id).await.unwrap(), Some(2));
    assert_eq!(store.find(first.id).await.unwrap().unwrap().year, 1980);
    assert_eq!(store.last_seq().await.unwrap(), 2);
}

#[tokio::test]
async fn of_a_concurrent_update_and_deletion_one_wins() {
    let store = catalogue().await;
    let film = store.insert(&draft("Mirror", 1975), at(0)).await.unwrap();

    let other = draft("Mirror other", 1975);
    let (update, deletion) =
        tokio::join!(store.update(film.id, film.seq, &other, at(1)), store.delete(film.id, film.seq, at(1)));

    match (update, deletion) {
        (Ok(_), Err(WriteFilmError::Conflict { current: 2, .. })) | (Err(WriteFilmError::NotFound), Ok(2)) => {}
        both => panic!("{both:?}"),
    }
}

#[tokio::test]
async fn a_deleted_film_is_removed_and_reported_by_the_feed() {
    let store = catalogue().await;
    let film = store.insert(&full_draft(), at(0)).await.unwrap();
    let other = store.insert(&draft("Stalker", 1979), at(0)).await.unwrap();

    let seq = store.delete(film.id, film.seq, at(1)).await.unwrap();

    assert!(seq > other.seq);
    assert_eq!(store.find(film.id).await.unwrap(), None);
    assert_eq!(store.count().await.unwrap(), 1);
    let batch = store.changes_since(other.seq, 10).await.unwrap();
    assert_eq!((batch.films.len(), batch.deleted.as_slice(), batch.last_seq), (0, &[(film.id, seq)][..], seq));
    assert_eq!(store.version_of(film.id).await.unwrap(), None);
    for outcome in [
        store.delete(film.id, seq, at(2)).await.map(drop),
        store.delete(FilmId::new(), 1, at(2)).await.map(drop),
        store.update(film.id, seq, &full_draft(), at(2)).await.map(drop),
    ] {
        assert!(matches!(outcome, Err(WriteFilmError::NotFound)), "{outcome:?}");
    }
    assert_eq!(store.last_seq().await.unwrap(), seq);
}

#[tokio::test]
async fn a_person_is_recognised_by_the_english_name_in_any_spelling() {
    let store = catalogue().await;
    let mut film = draft("Ivan's Childhood", 1962);
    film.directors = vec![named("Andrei Tarkovsky")];
    let first = store.insert(&film, at(0)).await.unwrap();
    film.title = "Andrei Rublev".to_owned();
    film.writers = vec![named("  andrei   TARKOVSKY ")];
    let second = store.insert(&film, at(0)).await.unwrap();

    let ids: Vec<_> = first.credits.iter().chain(&second.credits).map(|credit| credit.person_id).collect();
    assert_eq!(ids, [ids[0]; 3]);
}

#[tokio::test]
async fn a_russian_name_that_comes_later_reaches_all_films_of_the_person() {
    let store = catalogue().await;
    let mut film = draft("Solaris", 1972);
    film.directors = vec![named("Andrei Tarkovsky")];
    let first = store.insert(&film, at(0)).await.unwrap();
    film.title = "Stalker".to_owned();
    film.directors = vec![full("Andrei Tarkovsky", "Андрей Тарковский", None)];
    let second = store.insert(&film, at(1)).await.unwrap();

    let batch = store.changes_since(second.seq, 10).await.unwrap();
    assert_eq!(batch.films.iter().map(|film| film.id).collect::<Vec<_>>(), [first.id]);
    assert_eq!(batch.persons[0].name.ru.as_deref(), Some("Андрей Тарковский"));

    film.title = "Nostalghia".to_owned();
    film.directors = vec![full("Andrei Tarkovsky", "А. А. Тарковский", None)];
    let third = store.insert(&film, at(2)).await.unwrap();
    let batch = store.changes_since(third.seq, 10).await.unwrap();
    assert_eq!(batch.films.len(), 2, "an editor may correct a name");
    assert_eq!(batch.persons[0].name.ru.as_deref(), Some("А. А. Тарковский"));
}

#[tokio::test]
async fn two_films_of_one_title_and_year_can_be_added() {
    let store = catalogue().await;
    let one = store.insert(&draft("Sinister", 2012), at(0)).await.unwrap();
    let two = store.insert(&draft("Sinister", 2012), at(0)).await.unwrap();

    assert_ne!(one.id, two.id);
    assert_eq!(store.count().await.unwrap(), 2);
}

#[tokio::test]
async fn a_text_with_nul_is_kept_without_it() {
    let store = catalogue().await;
    let film = store.insert(&draft("Nul\0l", 2000), at(0)).await.unwrap();
    assert_eq!(store.find(film.id).await.unwrap().unwrap().title.en, "Null");
}

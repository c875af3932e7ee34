//! The catalogue that ships with the service.

use movies_api::import::load_builtin;

use crate::support::{at, catalogue, draft, read_all};

#[tokio::test]
async fn an_empty_catalogue_gets_the_built_in_films_once() {
    let store = catalogue().await;

    let new = load_builtin(&store, at(0)).await.unwrap();

    assert!(new >= 50);
    assert_eq!((store.count().await.unwrap(), store.last_seq().await.unwrap()), (new, new));
    let (films, persons) = read_all(&store).await;
    assert!(films.iter().all(|film| film.title.ru.is_some() && !film.genres.is_empty() && !film.credits.is_empty()));
    assert!(!persons.is_empty());
    assert_eq!(load_builtin(&store, at(1)).await.unwrap(), 0);
    assert_eq!(store.last_seq().await.unwrap(), new);
}

#[tokio::test]
async fn a_catalogue_with_films_is_left_alone() {
    let store = catalogue().await;
    let film = store.insert(&draft("Solaris", 1972), at(0)).await.unwrap();
    store.delete(film.id, film.seq, at(0)).await.unwrap();

    assert_eq!(load_builtin(&store, at(1)).await.unwrap(), 0);
}

//! Records of known films.

use crate::support::{Folder, at, catalogue, counts, draft, import, read_all};

const GODFATHER: &str = r#"{"title":"The Godfather","title_ru":"Крёстный отец","year":1972,"countries":["US"],"genres":["crime","drama"],"age_rating":16,"tier":"subscription","rating":9.2,"votes":100,"runtime_minutes":175,"directors":[{"name":"Francis Ford Coppola","name_ru":"Фрэнсис Форд Коппола"}],"cast":["Marlon Brando"],"synopsis":{"en":"A family.","ru":"Семья."},"wiki":"The_Godfather"}"#;

#[tokio::test]
async fn facts_absent_from_another_source_are_kept() {
    let (store, folder) = (catalogue().await, Folder::new());
    import(&store, &folder.file("one.ndjson", GODFATHER)).await;
    let before = read_all(&store).await.0.remove(0);
    let other = r#"{"title":"the godfather","year":1972,"title_ru":null,"original_title":"","genres":[],"countries":null,
        "rating":9.1,"cast":["Marlon Brando","Al Pacino"],"synopsis":{"en":null},"wiki":""}"#;

    let report = import(&store, &folder.file("two.ndjson", other.replace('\n', " "))).await;

    assert_eq!(counts(&report), [1, 0, 1, 0, 0]);
    let after = read_all(&store).await.0.remove(0);
    assert_eq!((after.id, after.seq > before.seq), (before.id, true));
    assert_eq!((after.title.en.as_str(), after.rating, after.credits.len()), ("the godfather", Some(9.1), 3));
    assert_eq!(
        (&after.title.ru, &after.genres, &after.countries),
        (&before.title.ru, &before.genres, &before.countries)
    );
    assert_eq!((&after.synopsis, &after.wiki), (&before.synopsis, &before.wiki));
    assert_eq!((after.tier, after.votes, after.age_rating), (before.tier, before.votes, before.age_rating));
    assert_eq!(after.credits[0], before.credits[0], "nothing was said about directors");
}

#[tokio::test]
async fn a_record_without_changes_gets_no_number() {
    let (store, folder) = (catalogue().await, Folder::new());
    import(&store, &folder.file("one.ndjson", GODFATHER)).await;
    let seq = store.last_seq().await.unwrap();

    let report = import(&store, &folder.file("two.ndjson", r#"{"title":"The Godfather","year":1972}"#)).await;

    assert_eq!(counts(&report), [1, 0, 0, 1, 0]);
    assert_eq!(store.last_seq().await.unwrap(), seq);
}

#[tokio::test]
async fn a_russian_name_that_a_later_file_gives_reaches_the_persons_films() {
    let (store, folder) = (catalogue().await, Folder::new());
    import(
        &store,
        &folder.file("one.ndjson", r#"{"title":"Dementia 13","year":1963,"directors":["Francis Ford COPPOLA"]}"#),
    )
    .await;
    let first = read_all(&store).await.0.remove(0);

    import(&store, &folder.file("two.ndjson", GODFATHER)).await;

    let batch = store.changes_since(first.seq, 10).await.unwrap();
    assert_eq!(batch.films.len(), 2);
    assert!(batch.films.iter().any(|film| film.id == first.id));
    let coppola = batch.persons.iter().find(|person| person.name.en.ends_with("COPPOLA")).unwrap();
    assert_eq!(coppola.name.ru.as_deref(), Some("Фрэнсис Форд Коппола"));
}

#[tokio::test]
async fn changes_by_editors_survive_the_same_file() {
    let (store, folder) = (catalogue().await, Folder::new());
    let path = folder.file("one.ndjson", format!("{GODFATHER}\n{{\"title\":\"Wrong\",\"year\":1999}}\n"));
    import(&store, &path).await;
    let films = read_all(&store).await.0;
    let edited = store.update(films[0].id, films[0].seq, &draft("The Godfather I", 1972), at(1)).await.unwrap();
    store.delete(films[1].id, films[1].seq, at(1)).await.unwrap();
    let seq = store.last_seq().await.unwrap();

    let report = import(&store, &path).await;

    assert_eq!((counts(&report), report.deleted), ([2, 0, 0, 1, 0], 1));
    assert_eq!(store.last_seq().await.unwrap(), seq);
    assert_eq!(read_all(&store).await.0, [edited]);
}

#[tokio::test]
async fn an_import_recognises_a_film_that_an_editor_added() {
    let (store, folder) = (catalogue().await, Folder::new());
    let film = store.insert(&draft("The Godfather", 1972), at(0)).await.unwrap();

    let report = import(&store, &folder.file("one.ndjson", GODFATHER)).await;

    assert_eq!(counts(&report), [1, 0, 1, 0, 0]);
    assert_eq!(store.find(film.id).await.unwrap().unwrap().runtime_minutes, Some(175));
}

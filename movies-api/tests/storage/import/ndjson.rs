//! NDJSON files: imported records, and reported lines.

use contracts::movies::access::Tier;
use contracts::movies::films::CreditRole;

use crate::support::{
    Folder, catalogue, contents, counts, gzip, import, import_with, many_records, names, options, read_all,
};

#[tokio::test]
async fn every_field_of_a_record_arrives() {
    let (store, folder) = (catalogue().await, Folder::new());
    let record = r#"{"id": "k1", "title": "Jaws", "title_ru": "Челюсти", "original_title": "Jaws!", "year": 1975,
        "countries": ["US"], "genres": ["Thriller", "Sci-Fi", "science fiction"], "age_rating": 16, "tier": "subscription",
        "rating": 8.1, "votes": 650000, "runtime_minutes": 124,
        "directors": [{"name": "Steven Spielberg", "name_ru": "Стивен Спилберг"}], "writers": ["Peter Benchley"],
        "cast": [{"name": "Roy Scheider", "character": "Brody"}, "Robert Shaw"], "wiki": "Jaws_(film)",
        "synopsis": {"en": "A shark.", "ru": "Акула."}, "extract": "a field that we do not know"}"#;
    let path = folder.file("films.ndjson", record.replace('\n', " "));

    assert_eq!(counts(&import(&store, &path).await), [1, 1, 0, 0, 0]);

    let (films, persons) = read_all(&store).await;
    let film = &films[0];
    assert_eq!((film.title.en.as_str(), film.title.ru.as_deref()), ("Jaws", Some("Челюсти")));
    assert_eq!((film.original_title.as_deref(), film.year), (Some("Jaws!"), 1975));
    assert_eq!((film.countries.as_slice(), film.age_rating), (&["US".to_owned()][..], Some(16)));
    assert_eq!(film.genres, ["thriller", "science-fiction"]);
    assert_eq!((film.tier, film.rating, film.votes), (Tier::Subscription, Some(8.1), 650_000));
    assert_eq!((film.runtime_minutes, film.wiki.as_deref()), (Some(124), Some("Jaws_(film)")));
    assert_eq!((film.synopsis.en.as_deref(), film.synopsis.ru.as_deref()), (Some("A shark."), Some("Акула.")));
    assert_eq!(names(film, &persons, CreditRole::Director), ["Steven Spielberg"]);
    assert_eq!(names(film, &persons, CreditRole::Writer), ["Peter Benchley"]);
    assert_eq!(names(film, &persons, CreditRole::Actor), ["Roy Scheider", "Robert Shaw"]);
    assert_eq!(film.credits[2].character.as_deref(), Some("Brody"));
}

#[tokio::test]
async fn bad_lines_are_named_and_the_rest_is_imported() {
    let (store, folder) = (catalogue().await, Folder::new());
    let mut file = Vec::new();
    file.extend(b"\xef\xbb\xbf{\"title\": \"First\", \"year\": 2001}\r\n");
    file.extend(b"{\"title\": \"No year\"}\n\n");
    file.extend(b"not json\n");
    file.extend(b"{\"title\": \"Not UTF-8 \xff\", \"year\": 2001}\n");
    file.extend(b"{\"title\": \"Bad age\", \"year\": 2001, \"age_rating\": 7}\n");
    file.extend(b"{\"title\": \"Bad year\", \"year\": \"2001\"}\n");
    file.extend(format!("{{\"title\": \"{}\", \"year\": 2001}}\n", "long".repeat(300_000)).as_bytes());
    file.extend(b"{\"id\": \"a\", \"title\": \"Second\", \"year\": 2001}\n");
    file.extend(b"{\"id\": \"a\", \"title\": \"Key of another\", \"year\": 2001}\n");
    file.extend(b"[1, 2]\n");
    file.extend(b"{\"title\": \"Last\", \"year\": 2001}");
    let path = folder.file("films.ndjson", file);
    let mut options = options(&path);
    options.rejects = Some(folder.path().join("rejects.ndjson"));

    let (report, watcher) = import_with(&store, &options).await.unwrap();

    assert_eq!(counts(&report), [11, 3, 0, 0, 8]);
    assert_eq!(report.exit_code(), 3);
    assert_eq!(watcher.bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [2, 4, 5, 6, 7, 8, 10, 11]);
    let reasons = [
        "missing field `year`",
        "expected",
        "not UTF-8",
        "age_rating",
        "year: invalid type",
        "longer than 1048576 bytes",
        "`a` stands on an earlier line",
        "invalid",
    ];
    for (bad, reason) in watcher.bad.iter().zip(reasons) {
        assert!(bad.reason.contains(reason), "line {}: {}", bad.line, bad.reason);
    }
    let titles: Vec<_> = read_all(&store).await.0.into_iter().map(|film| film.title.en).collect();
    assert_eq!(titles, ["First", "Second", "Last"]);

    let rejects = std::fs::read_to_string(options.rejects.unwrap()).unwrap();
    let rejects: Vec<serde_json::Value> = rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rejects.len(), 8);
    assert_eq!((&rejects[1]["line"], &rejects[1]["text"]), (&4.into(), &"not json".into()));
    assert_eq!(rejects[1]["file"], "films.ndjson");
}

#[tokio::test]
async fn packed_and_plain_files_give_the_same_catalogue() {
    let folder = Folder::new();
    let records = many_records(2_500);
    let (plain, packed) = (catalogue().await, catalogue().await);
    let of_plain = import(&plain, &folder.file("films.ndjson", &records)).await;
    // two compressed members in one file, with a name that reveals nothing
    let (one, two) = records.split_at(records.len() / 2);
    let of_packed = import(&packed, &folder.file("films", [gzip(one), gzip(two)].concat())).await;

    assert_eq!(counts(&of_plain), counts(&of_packed));
    assert_eq!(contents(&plain).await, contents(&packed).await);
}

#[tokio::test]
async fn films_of_one_title_and_year_stay_apart() {
    let (store, folder) = (catalogue().await, Folder::new());
    let records = "{\"title\":\"Sinister\",\"year\":2012,\"cast\":[\"A\"]}\n\
                   {\"title\":\"SINISTER \",\"year\":2012,\"cast\":[\"B\"]}\n\
                   {\"title\":\"Sinister\",\"year\":2013}\n";
    let path = folder.file("films.ndjson", records);

    assert_eq!(counts(&import(&store, &path).await), [3, 3, 0, 0, 0]);
    assert_eq!(counts(&import(&store, &path).await), [3, 0, 0, 3, 0]);
    assert_eq!(store.count().await.unwrap(), 3);
}

#[tokio::test]
async fn importing_a_finished_file_again_gives_no_number() {
    let (store, folder) = (catalogue().await, Folder::new());
    let path = folder.file("films.ndjson", many_records(1_500));
    let first = import(&store, &path).await;
    let (seq, before) = (store.last_seq().await.unwrap(), contents(&store).await);

    let second = import(&store, &path).await;

    assert_eq!(counts(&second), [first.read, 0, 0, first.new, first.bad]);
    assert_eq!(store.last_seq().await.unwrap(), seq);
    assert_eq!(contents(&store).await, before);
}

#[tokio::test]
async fn new_films_get_the_requested_tier() {
    let (store, folder) = (catalogue().await, Folder::new());
    let records = "{\"title\":\"A\",\"year\":2000}\n{\"title\":\"B\",\"year\":2000,\"tier\":\"free\"}\n";
    let mut options = options(&folder.file("films.ndjson", records));
    options.tier = Tier::Subscription;

    import_with(&store, &options).await.unwrap();

    let tiers: Vec<_> = read_all(&store).await.0.into_iter().map(|film| film.tier).collect();
    assert_eq!(tiers, [Tier::Subscription, Tier::Free]);
}

#[tokio::test]
async fn an_invalid_member_is_reported_and_left_out_and_the_film_stays() {
    let (store, folder) = (catalogue().await, Folder::new());
    let records = "{\"title\":\"A\",\"year\":2000,\"runtime_minutes\":70000,\"cast\":[\"B\",7,\"C\"]}\n{\"title\":\"D\",\"year\":2000}\n";
    let (report, watcher) = import_with(&store, &options(&folder.file("films.ndjson", records))).await.unwrap();
    assert_eq!((counts(&report), report.partly, report.exit_code()), ([2, 2, 0, 0, 0], 1, 3));
    assert!(watcher.bad[0].reason.contains("runtime_minutes") && watcher.bad[0].reason.contains("cast[1]"));
    let (films, persons) = read_all(&store).await;
    let film = films.iter().find(|film| film.title.en == "A").unwrap();
    assert_eq!((film.runtime_minutes, names(film, &persons, CreditRole::Actor)), (None, vec!["B".into(), "C".into()]));
}

//! IMDb's files.

use contracts::movies::films::CreditRole;
use contracts::movies::import::{MAX_CAST, MAX_NAME};
use movies_api::domain::film::Film;

use crate::support::{
    Folder, catalogue, contents, counts, gzip, import, import_batches, import_with, names, options, read_all,
};

const BASICS: &str = "\
tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres
tt0100001\tmovie\tThe Lamp\tDie Lampe\t0\t1931\t\\N\t84\tDrama,Sci-Fi
tt0100002\tshort\t\"Quoted\tQuoted\t0\t1932\t\\N\t\\N\t\\N
tt0100003\ttvSeries\tA Series\tA Series\t0\t1990\t1993\t30\tComedy
tt0100004\ttvEpisode\tAn Episode\tAn Episode\t0\t1990\t\\N\t30\tComedy
tt0100005\tvideo\tOnly for Adults\tOnly for Adults\t1\t1999\t\\N\t70\tAdult
tt0100006\tmovie\tPlanned\tPlanned\t0\t\\N\t\\N\t\\N\tDrama
tt0100007\tmovie\tBad Year\tBad Year\t0\tsoon\t\\N\t\\N\tDrama
tt0100008\tmovie\tShort Line
tt10100001\ttvMovie\tLong Key\tLong Key\t0\t2020\t\\N\t0\tAnimation
";

fn write_files(folder: &Folder) {
    folder.file("title.basics.tsv", BASICS);
    folder.file(
        "title.ratings.tsv.gz",
        gzip("tconst\taverageRating\tnumVotes\ntt0100001\t7.4\t1234\ntt0100003\t9.9\t5\ntt0100005\tgood\t5\n"),
    );
    folder.file(
        "title.akas.tsv",
        "titleId\tordering\ttitle\tregion\tlanguage\ttypes\tattributes\tisOriginalTitle\n\
         tt0100001\t1\tLampa\tRU\t\\N\timdbDisplay\t\\N\t0\n\
         tt0100001\t2\tЛампочка\tRU\t\\N\talternative\t\\N\t0\n\
         tt0100001\t3\tЛампа\tRU\t\\N\timdbDisplay\t\\N\t0\n\
         tt0100001\t4\tLa Lampe\tFR\t\\N\timdbDisplay\t\\N\t0\n\
         tt0100002\t1\tЦитата\tXWW\tru\t\\N\t\\N\t0\n\
         tt0100003\t1\tСериал\tRU\t\\N\t\\N\t\\N\t0\n",
    );
    folder.file(
        "title.crew.tsv",
        "tconst\tdirectors\twriters\n\
         tt0100001\tnm01,nm02\tnm02\n\
         tt0100002\t\\N\tnm99\n\
         tt0100004\tnm05\t\\N\n",
    );
    folder.file(
        "title.principals.tsv.gz",
        gzip(
            "tconst\tordering\tnconst\tcategory\tjob\tcharacters\n\
             tt0100001\t1\tnm03\tactress\t\\N\t[\"Rosa\",\"Voice\"]\n\
             tt0100001\t2\tnm01\tdirector\t\\N\t\\N\n\
             tt0100001\t3\tnm04\tactor\t\\N\t\\N\n\
             tt0100004\t1\tnm05\tactor\t\\N\t[\"Nobody\"]\n",
        ),
    );
    folder.file(
        "name.basics.tsv",
        "nconst\tprimaryName\tbirthYear\tdeathYear\tprimaryProfession\tknownForTitles\n\
         nm01\tAda Lind\t1899\t\\N\tdirector\ttt0100001\n\
         nm02\tBen Moor\t1900\t\\N\twriter\ttt0100001\n\
         nm03\tCleo Nash\t1901\t\\N\tactress\ttt0100001\n\
         nm04\tBen Moor\t1950\t\\N\tactor\ttt0100001\n\
         nm05\tOnly In Episodes\t1950\t\\N\tactor\ttt0100004\n",
    );
    folder.file("title.episode.tsv", "tconst\tparentTconst\tseasonNumber\tepisodeNumber\n");
}

fn titled<'a>(films: &'a [Film], title: &str) -> &'a Film {
    films.iter().find(|film| film.title.en == title).unwrap()
}

#[tokio::test]
async fn a_folder_becomes_whole_films() {
    let (store, folder) = (catalogue().await, Folder::new());
    write_files(&folder);

    let (report, watcher) = import_with(&store, &options(folder.path())).await.unwrap();

    assert_eq!((counts(&report), report.left_out), ([6, 4, 0, 0, 3], 3));
    let bad: Vec<_> = watcher.bad.iter().map(|bad| (&*bad.file, bad.line)).collect();
    assert_eq!(bad, [("title.basics.tsv", 8), ("title.basics.tsv", 9), ("title.ratings.tsv.gz", 4)]);
    let (films, persons) = read_all(&store).await;
    assert_eq!((films.len(), store.last_seq().await.unwrap()), (4, 4), "each film gets one number");

    let lamp = titled(&films, "The Lamp");
    assert_eq!((lamp.original_title.as_deref(), lamp.title.ru.as_deref()), (Some("Die Lampe"), Some("Лампа")));
    assert_eq!((lamp.year, lamp.runtime_minutes, lamp.age_rating), (1931, Some(84), None));
    assert_eq!((lamp.rating, lamp.votes), (Some(7.4), 1234));
    assert_eq!(lamp.genres, ["drama", "science-fiction"]);
    assert_eq!(names(lamp, &persons, CreditRole::Director), ["Ada Lind", "Ben Moor"]);
    assert_eq!(names(lamp, &persons, CreditRole::Writer), ["Ben Moor"]);
    assert_eq!(names(lamp, &persons, CreditRole::Actor), ["Cleo Nash", "Ben Moor"]);
    assert_eq!(lamp.credits[3].character.as_deref(), Some("Rosa, Voice"));
    assert_eq!(lamp.credits[1].person_id, lamp.credits[2].person_id);
    assert_ne!(lamp.credits[1].person_id, lamp.credits[4].person_id, "two people of one name");

    let quoted = titled(&films, "\"Quoted");
    assert_eq!((quoted.title.ru.as_deref(), quoted.runtime_minutes), (Some("Цитата"), None));
    assert!(quoted.credits.is_empty(), "nobody knows the name of nm99");
    assert_eq!(titled(&films, "Only for Adults").age_rating, Some(18));
    assert_eq!(titled(&films, "Only for Adults").genres, ["erotic"]);
    assert_eq!((titled(&films, "Long Key").runtime_minutes, persons.len()), (None, 4));
}

#[tokio::test]
async fn the_same_folder_again_changes_nothing() {
    let (store, folder) = (catalogue().await, Folder::new());
    write_files(&folder);
    import(&store, folder.path()).await;

    let again = import(&store, folder.path()).await;

    assert_eq!(counts(&again), [6, 0, 0, 4, 3]);
    assert_eq!(store.last_seq().await.unwrap(), 4);
}

#[tokio::test]
async fn a_rating_that_changes_changes_its_film_alone() {
    let (store, folder) = (catalogue().await, Folder::new());
    write_files(&folder);
    import(&store, folder.path()).await;
    folder.file("title.ratings.tsv.gz", "tconst\taverageRating\tnumVotes\ntt0100001\t7.5\t1300\n");

    let again = import(&store, folder.path()).await;

    assert_eq!((again.changed, again.unchanged), (1, 3));
    assert_eq!(titled(&read_all(&store).await.0, "The Lamp").votes, 1300);
}

#[tokio::test]
async fn titles_alone_are_enough() {
    let (store, folder) = (catalogue().await, Folder::new());
    let path = folder.file("title.basics.tsv.gz", gzip(BASICS));

    assert_eq!(counts(&import(&store, &path).await), [6, 4, 0, 0, 2]);
    assert_eq!(counts(&import(&store, folder.path()).await), [6, 0, 0, 4, 2]);
}

#[tokio::test]
async fn people_without_names_are_left_out_and_reported() {
    let (store, folder) = (catalogue().await, Folder::new());
    write_files(&folder);
    std::fs::remove_file(folder.path().join("name.basics.tsv")).unwrap();

    let (_, watcher) = import_with(&store, &options(folder.path())).await.unwrap();

    assert!(watcher.messages[0].contains("without name.basics"), "{:?}", watcher.messages);
    assert!(read_all(&store).await.1.is_empty());
}

#[tokio::test]
async fn an_import_stopped_in_any_step_ends_as_one_clean_run() {
    let folder = Folder::new();
    write_files(&folder);
    let clean = catalogue().await;
    import(&clean, folder.path()).await;
    let clean = contents(&clean).await;

    for batches in 1..=6 {
        let store = catalogue().await;
        assert!(import_batches(&store, folder.path(), batches).await.interrupted);
        assert_eq!(store.count().await.unwrap(), 0, "viewers never see half a film");
        import(&store, folder.path()).await;
        assert_eq!(contents(&store).await, clean, "{batches}");
    }
    // one batch after the other, each in a run of its own
    let store = catalogue().await;
    while import_batches(&store, folder.path(), 1).await.interrupted {}
    assert_eq!(contents(&store).await, clean);
}

#[tokio::test]
async fn an_invalid_optional_cell_is_reported_and_left_out_and_the_rest_stays() {
    let (store, folder) = (catalogue().await, Folder::new());
    let long = "x".repeat(501);
    let mut basics =
        b"tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n"
            .to_vec();
    basics.extend(b"tt1\tmovie\tLong Night\tLong Night\t0\t1931\t\\N\t70000\tDrama\n");
    basics.extend(b"tt2\tmovie\tNo Number\tNo Number\t0\t1932\tsoon\tan hour\tDrama\n");
    basics.extend(format!("tt3\tmovie\tLong Title\t{long}\t0\t1933\t\\N\t90\tDrama,{long}\n").as_bytes());
    basics.extend(b"tt4\tmovie\tOther Letters\t\xcb\xe0\t0\t1934\t\\N\t90\tDrama\n");
    basics.extend(b"tt5\tmovie\tNobody Reads\tIt\t0\t1935\t\xff\t90\tDrama\n");
    folder.file("title.basics.tsv", basics);
    folder.file("title.ratings.tsv", "tconst\taverageRating\tnumVotes\ntt1\t7.4\tmany\ntt2\t17\t5\n");
    folder.file(
        "title.principals.tsv",
        "tconst\tordering\tnconst\tcategory\tjob\tcharacters\n\
         tt1\tfirst\tnm1\tactor\t\\N\t\\N\ntt1\t2\tnm2\tactor\t\\N\t\\N\n",
    );
    folder.file("name.basics.tsv", b"nconst\tprimaryName\tbirthYear\nnm1\tAda Lind\t\xff\nnm2\tBen Moor\t1900\n");

    let (report, watcher) = import_with(&store, &options(folder.path())).await.unwrap();

    assert_eq!((counts(&report), report.partly, report.exit_code()), ([5, 5, 0, 0, 1], 6, 3));
    let reported: Vec<_> =
        watcher.bad.iter().map(|bad| (&*bad.file, bad.line, bad.reason.as_str(), bad.partly)).collect();
    assert_eq!(
        reported,
        [
            ("title.basics.tsv", 2, "left out: runtimeMinutes: must be a number up to 60000", true),
            ("title.basics.tsv", 3, "left out: runtimeMinutes: must be a number up to 60000", true),
            (
                "title.basics.tsv",
                4,
                "left out: originalTitle: is longer than 500 characters; genres: at most 30 names of 1 to 64 characters",
                true
            ),
            ("title.basics.tsv", 5, "left out: originalTitle: is not UTF-8", true),
            ("title.ratings.tsv", 2, "left out: numVotes: must be a number up to 2000000000", true),
            ("title.ratings.tsv", 3, "averageRating: must be 0 to 10", false),
            ("title.principals.tsv", 2, "left out: ordering: is no place in a list", true),
        ]
    );
    let (films, persons) = read_all(&store).await;
    let night = titled(&films, "Long Night");
    assert_eq!((night.runtime_minutes, night.genres.as_slice()), (None, &["drama".to_owned()][..]));
    assert_eq!((night.rating, night.votes), (Some(7.4), 0));
    assert_eq!(names(night, &persons, CreditRole::Actor), ["Ben Moor", "Ada Lind"], "who has no place comes last");
    assert_eq!(titled(&films, "Long Title").genres, ["drama"]);
    assert_eq!(titled(&films, "Other Letters").runtime_minutes, Some(90));
}

#[tokio::test]
async fn a_russian_title_of_the_soviet_union_or_of_the_world_is_kept_without_a_language() {
    let (store, folder) = (catalogue().await, Folder::new());
    write_files(&folder);
    folder.file(
        "title.akas.tsv",
        "titleId\tordering\ttitle\tregion\tlanguage\ttypes\tattributes\tisOriginalTitle\n\
         tt0100001\t1\tЛампа\tSUHH\t\\N\timdbDisplay\t\\N\t0\n\
         tt0100001\t2\tЛампата\tBG\t\\N\timdbDisplay\t\\N\t0\n\
         tt0100002\t1\tЦитата\tXWW\t\\N\t\\N\t\\N\t0\n\
         tt10100001\t1\tДовгий ключ і світло\tXWW\t\\N\t\\N\t\\N\t0\n",
    );
    import(&store, folder.path()).await;
    let (films, _) = read_all(&store).await;
    assert_eq!(titled(&films, "The Lamp").title.ru.as_deref(), Some("Лампа"));
    assert_eq!(titled(&films, "\"Quoted").title.ru.as_deref(), Some("Цитата"));
    assert_eq!(titled(&films, "Long Key").title.ru, None);
}

#[tokio::test]
async fn titles_alone_may_begin_with_a_byte_order_mark() {
    let (store, folder) = (catalogue().await, Folder::new());
    let path = folder.file("titles", format!("\u{feff}{}", BASICS.replace('\n', "\r\n")));
    assert_eq!(counts(&import(&store, &path).await), [6, 4, 0, 0, 2]);
    assert_eq!(
        counts(&import(&store, &folder.file("titles.gz", gzip(format!("\u{feff}{BASICS}")))).await)[..2],
        [6, 0]
    );
}

#[tokio::test]
async fn a_film_takes_no_more_people_and_no_longer_names_than_an_editor_can_save() {
    let (store, folder) = (catalogue().await, Folder::new());
    write_files(&folder);
    let mut actors = "tconst\tordering\tnconst\tcategory\tjob\tcharacters\n".to_owned();
    let mut people = "nconst\tprimaryName\tbirthYear\tdeathYear\tprimaryProfession\tknownForTitles\n".to_owned();
    for number in 1..=MAX_CAST + 20 {
        actors.push_str(&format!("tt0100001\t{number}\tnm9{number}\tactor\t\\N\t\\N\n"));
        people.push_str(&format!("nm9{number}\t{number}{}\t\\N\t\\N\tactor\t\\N\n", "я".repeat(MAX_NAME)));
    }
    folder.file("title.principals.tsv.gz", gzip(&actors));
    folder.file("name.basics.tsv", people);

    import(&store, folder.path()).await;

    let (films, persons) = read_all(&store).await;
    assert_eq!(titled(&films, "The Lamp").credits.len(), MAX_CAST);
    assert!(persons.values().all(|person| person.name.en.chars().count() == MAX_NAME));
}

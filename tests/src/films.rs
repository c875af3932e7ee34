//! Films to import: the file in `FILMS_FILE`, or a generated one of the same size and shape.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

/// Films in the generated file.
pub const GENERATED_FILMS: u64 = 36_000;

const FIRST: [&str; 12] = [
    "Silent", "Golden", "Broken", "Crimson", "Hidden", "Wild", "Lonely", "Frozen", "Burning", "Distant", "Quiet",
    "Last",
];
const SECOND: [&str; 12] = [
    "River", "Empire", "Letter", "Horizon", "Garden", "Street", "Winter", "Promise", "Soldier", "Melody", "Shadow",
    "Train",
];
const GENRES: [&str; 6] = ["Drama", "Comedy", "Western", "Crime", "Horror", "Romance"];

/// A file of films, gzip-compressed NDJSON; a generated one is written to `folder`.
///
/// # Panics
/// When `FILMS_FILE` does not exist, or no file can be written.
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
pub fn file(folder: &Path) -> PathBuf {
    if let Some(path) = std::env::var_os("FILMS_FILE").map(PathBuf::from) {
        assert!(path.is_file(), "FILMS_FILE names {}, which is no file", path.display());
        return path;
    }
    let path = folder.join("films.ndjson.gz");
    let file = std::fs::File::create(&path).expect("a file can be made in a temporary folder");
    let mut out = GzEncoder::new(file, Compression::fast());
    for line in lines() {
        writeln!(out, "{line}").expect("the disk has room");
    }
    out.finish().expect("the disk has room");
    path
}

fn lines() -> impl Iterator<Item = serde_json::Value> {
    let known = [("The Godfather", 1972, "Marlon Brando", "Crime"), ("The Matrix", 1999, "Keanu Reeves", "Action")];
    let known = known.into_iter().map(|(title, year, actor, genre)| {
        serde_json::json!({"title": title, "year": year, "cast": [actor], "genres": [genre]})
    });
    known.chain((0..GENERATED_FILMS as usize - 2).map(|number| {
        let title = format!("The {} {} {}", FIRST[number % 12], SECOND[number / 12 % 12], number / 144);
        let actors: Vec<_> = (0..4).map(|turn| format!("Actor {}", (number * 7 + turn * 131) % 28_000)).collect();
        let genres = [GENRES[number % 6], GENRES[(number / 6 + 1) % 6]];
        serde_json::json!({"title": title, "year": 1920 + number % 100, "cast": actors, "genres": genres})
    }))
}

//! Films to import: a real file when `FILMS_FILE` names one, else one of the same size and shape made here.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

/// Films in the file that is made here.
pub const MADE_FILMS: u64 = 36_000;

const FIRST: [&str; 12] = [
    "Silent", "Golden", "Broken", "Crimson", "Hidden", "Wild", "Lonely", "Frozen", "Burning", "Distant", "Quiet",
    "Last",
];
const SECOND: [&str; 12] = [
    "River", "Empire", "Letter", "Horizon", "Garden", "Street", "Winter", "Promise", "Soldier", "Melody", "Shadow",
    "Train",
];
const GENRES: [&str; 6] = ["Drama", "Comedy", "Western", "Crime", "Horror", "Romance"];

/// A file of films, gzip-compressed NDJSON; `folder` takes the one that is made.
///
/// # Panics
/// When `FILMS_FILE` names nothing, or no file can be made.
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
    known.chain((0..MADE_FILMS as usize - 2).map(|number| {
        let title = format!("The {} {} {}", FIRST[number % 12], SECOND[number / 12 % 12], number / 144);
        let actors: Vec<_> = (0..4).map(|turn| format!("Actor {}", (number * 7 + turn * 131) % 28_000)).collect();
        let genres = [GENRES[number % 6], GENRES[(number / 6 + 1) % 6]];
        serde_json::json!({"title": title, "year": 1920 + number % 100, "cast": actors, "genres": genres})
    }))
}

//! `contracts export` writes the published documents; `contracts check` compares them with the code; `contracts coverage`
//! compares them with what tests have seen.

mod coverage;

use std::path::Path;
use std::process::ExitCode;

use contracts::compatibility::{Difference, Kind, changelog, compare_releases};
use contracts::documents::{self, Document};

const USAGE: &str = "\
usage: contracts export      writes the published documents from the code
       contracts check       fails when the published documents are not what the code says, or break the last release
       contracts changelog   prints the differences to the last release as sections of CHANGELOG.md
       contracts coverage FOLDER
                             fails when a run of the tests, which has noted what it saw in FOLDER (scripts/test.sh), has
                             not provoked every code; prints the codes that an endpoint declares and never answered";

#[expect(clippy::print_stdout, reason = "a command line program")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = crate_folder.join("published").join(documents::VERSION);
    let documents = match documents::generate() {
        Ok(documents) => documents,
        Err(error) => {
            println!("contracts: {error}");
            return ExitCode::FAILURE;
        }
    };
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["export"] => match export(crate_folder, &folder, &documents) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                println!("contracts: {}: {error}", folder.display());
                ExitCode::FAILURE
            }
        },
        ["coverage", noted] => covered(Path::new(noted)),
        ["check"] => check(crate_folder, &folder, &documents),
        ["changelog"] => match since_last_release(&crate_folder.join("released"), &documents) {
            Ok(differences) => {
                print!("{}", changelog(&differences.unwrap_or_default()));
                ExitCode::SUCCESS
            }
            Err(error) => {
                println!("contracts: {error}");
                ExitCode::FAILURE
            }
        },
        ["--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            println!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command line program")]
fn check(crate_folder: &Path, folder: &Path, documents: &[Document]) -> ExitCode {
    let stale = documents::stale(folder, documents);
    for path in &stale {
        println!("contracts: published/{}/{path} is not what the code says", documents::VERSION);
    }
    if !stale.is_empty() {
        println!("run `cargo run -p contracts -- export` and review the difference");
        return ExitCode::FAILURE;
    }
    let differences = match since_last_release(&crate_folder.join("released"), documents) {
        Ok(Some(differences)) => differences,
        Ok(None) => {
            println!("contracts: the published documents are what the code says; no release to compare them with yet");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            println!("contracts: {error}");
            return ExitCode::FAILURE;
        }
    };
    for difference in &differences {
        println!("{difference}");
    }
    let breaks = differences.iter().any(|found| matches!(found.kind, Kind::Breaking | Kind::Unhandled));
    if breaks { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[expect(clippy::print_stdout, reason = "a command line program")]
fn covered(folder: &Path) -> ExitCode {
    let coverage = match coverage::Coverage::read(folder) {
        Ok(coverage) => coverage,
        Err(error) => {
            println!("contracts: {}: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    println!("declared and never seen (no failure):");
    for line in coverage.unseen_pairs() {
        println!("  {line}");
    }
    let missing = coverage.missing();
    if missing.is_empty() {
        println!("every code of the catalogue was provoked");
        return ExitCode::SUCCESS;
    }
    println!("contracts: no test provokes {}", missing.join(", "));
    ExitCode::FAILURE
}

/// Differences to the newest folder of `released`; `None` before the first release.
fn since_last_release(released: &Path, documents: &[Document]) -> Result<Option<Vec<Difference>>, String> {
    let number = |name: &str| name.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>();
    let folders = std::fs::read_dir(released).into_iter().flatten().flatten();
    let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
    let Some(newest) = names.max_by_key(|name| number(name)) else { return Ok(None) };
    let folder = released.join(&newest);
    let read = |path: String| match std::fs::read_to_string(folder.join(&path)) {
        Ok(text) => Ok(Document { path, text }),
        Err(error) => Err(format!("{newest}/{path}: {error}")),
    };
    let old = documents::published(&folder).into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    compare_releases(&old, documents).map(Some).map_err(|error| format!("release {newest}: {error}"))
}

/// Writes all documents, and removes files that no longer exist.
fn export(crate_folder: &Path, folder: &Path, documents: &[Document]) -> std::io::Result<()> {
    for path in documents::published(folder) {
        if !documents.iter().any(|document| document.path == path) {
            std::fs::remove_file(folder.join(path))?;
        }
    }
    for document in documents {
        let path = folder.join(&document.path);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, &document.text)?;
    }
    std::fs::write(crate_folder.join("src/published.rs"), documents::listing(documents))
}

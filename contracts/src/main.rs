//! `contracts export` writes the published documents; `contracts check` compares them with the code.

use std::path::Path;
use std::process::ExitCode;

use contracts::documents::{self, Document};

const USAGE: &str = "\
usage: contracts export   writes the published documents from the code
       contracts check    fails when the published documents are not what the code says";

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
        ["check"] => {
            let stale = documents::stale(&folder, &documents);
            for path in &stale {
                println!("contracts: published/{}/{path} is not what the code says", documents::VERSION);
            }
            if stale.is_empty() {
                return ExitCode::SUCCESS;
            }
            println!("run `cargo run -p contracts -- export` and review the difference");
            ExitCode::FAILURE
        }
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

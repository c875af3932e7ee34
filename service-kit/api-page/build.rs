//! Takes the two files of Swagger UI that the page needs out of the package that carries it.

use std::error::Error;
use std::io::{Cursor, copy};
use std::path::PathBuf;

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

const FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

#[expect(clippy::disallowed_methods, reason = "a variable of cargo, no setting of a program")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(std::env::var("OUT_DIR")?);
    let mut archive = zip::ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    for file in FILES {
        let end = format!("/dist/{file}");
        let name = archive.file_names().flatten().map(String::from).find(|name| name.ends_with(&end));
        let name = name.ok_or_else(|| format!("the package has no {file}"))?;
        let mut entry = archive.by_name(&name)?;
        copy(&mut entry, &mut std::fs::File::create(folder.join(file))?)?;
    }
    Ok(())
}

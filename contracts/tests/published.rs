//! Published files match the types. After an intended change, regenerate them with
//! `PUBLISH=1 cargo test -p contracts --test published` and review the difference.

use std::path::Path;

use schemars::generate::SchemaSettings;

/// JSON Schema of one line of an import file, as read.
fn film_record() -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<contracts::movies::import::FilmRecord>();
    schema.insert("$id".into(), "urn:marquee:schema:v1:film-record".into());
    let mut text = serde_json::to_string_pretty(schema.as_value()).expect("a schema is JSON");
    text.push('\n');
    text
}

#[test]
fn the_schema_of_an_import_line_is_published() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("published/v1/schemas/film-record.schema.json");
    let schema = film_record();
    if std::env::var_os("PUBLISH").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(&path, &schema).expect("the file can be written");
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == schema, "{} is not what FilmRecord says", path.display());
}

//! Attacks the pictures with free OCR engines, as an attacker without expertise would.
//!
//! For each level, and for clean text as a control, each engine tries every preparation on some pictures; the best
//! ones then read the pictures that count. `scripts/attack.sh` installs the engines and runs this.
//!
//!   ATTACK_PICTURES   pictures a level that count [default: 2000]; a tenth as many, at least 50, choose the preparation
//!   ATTACK_SEED       hexadecimal, to draw the pictures of an earlier run again
//!   ATTACK_FONT       folder with the glyphs of the control
//!   ATTACK_WORK       folder for files in between
//!   ATTACK_REPORT     file for the table in Markdown
//!   ATTACK_PLOT       file for the plot

mod bitmap;
mod control;
mod engines;
mod parse;
mod plot;
mod prepare;
mod report;
mod trial;

use std::{env, error::Error, path::PathBuf};

/// Any error ends the attack.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[expect(clippy::disallowed_methods, reason = "set by the script that starts this")]
fn main() -> Outcome<()> {
    let pictures = env::var("ATTACK_PICTURES").ok().map_or(Ok(2000), |text| text.parse())?;
    let seed = match env::var("ATTACK_SEED") {
        Ok(text) => u64::from_str_radix(&text, 16)?,
        Err(_) => rand::random(),
    };
    let work = PathBuf::from(env::var("ATTACK_WORK").unwrap_or_else(|_| "target/attack".to_owned()));
    let font = control::Font::load(&PathBuf::from(env::var("ATTACK_FONT")?))?;
    eprintln!("attack: {pictures} pictures a level, ATTACK_SEED={seed:016x}");
    let rows = trial::run(pictures, seed, &font, &work)?;
    let table = report::table(&rows, pictures);
    eprintln!("\n{table}");
    if let Ok(path) = env::var("ATTACK_REPORT") {
        std::fs::write(path, table)?;
    }
    if let Ok(path) = env::var("ATTACK_PLOT") {
        std::fs::write(path, plot::svg(&rows))?;
    }
    report::verdict(&rows)
}

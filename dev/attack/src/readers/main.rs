//! Attacks pictures and spoken sums with readers made for them, as an attacker with a day and the source would: a small
//! network that is trained in the run, on this processor, and matched filters of words cut out of clips.
//! `scripts/attack.sh` runs this.
//!
//!   ATTACK_PICTURES           unseen pictures a level [default: 2000], and a tenth as many spoken sums, at least 20
//!   ATTACK_SEED               hexadecimal, to draw the pictures of an earlier run again
//!   ATTACK_TRAINING_SECONDS   time of one core for training [default: 240, or 0.12 for each picture, at least 30]
//!   ATTACK_REPORT             table of attack-pictures, for the best reader of text
//!   READERS_REPORT            file for the tables in Markdown

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod clock;
mod network;
mod pictures;
mod quotas;
mod report;
mod settings;
mod sound;

use std::error::Error;

use captcha_picture::{Language, Level};

use pictures::PictureReader;
use report::{Measured, Share};
use settings::Settings;
use sound::SoundReader;

/// Any error ends the attack.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const LEVELS: [Level; 3] = [Level::L1, Level::L2, Level::L3];

/// Distance of the seed of unseen sums from that of the sums for training.
const UNSEEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn main() -> Outcome<()> {
    let settings = Settings::from_environment()?;
    eprintln!("readers: {} pictures a level, ATTACK_SEED={:016x}", settings.pictures, settings.seed);
    let measured = measure(&settings)?;
    let text = match settings::text("ATTACK_REPORT") {
        Some(path) if std::fs::exists(&path)? => report::best_of_text(&std::fs::read_to_string(path)?),
        _ => None,
    };
    let tables = report::tables(&measured, text);
    eprintln!("\n{tables}");
    if let Some(path) = settings::text("READERS_REPORT") {
        std::fs::write(path, tables)?;
    }
    report::verdict(&measured)
}

fn measure(settings: &Settings) -> Outcome<Measured> {
    let unseen = settings.seed.wrapping_add(UNSEEN);
    let (mut reader, training) = PictureReader::train(settings.training, settings.seed)?;
    let mut pictures = [Share::default(); 3];
    for (share, level) in pictures.iter_mut().zip(LEVELS) {
        *share = Share { solved: reader.solved(level, settings.pictures, unseen)?, of: settings.pictures };
        eprintln!("pictures: {level:?} {share}");
    }
    let mut sound = [[Share::default(); 3]; 2];
    for (shares, language) in sound.iter_mut().zip([Language::Ru, Language::En]) {
        let reader = SoundReader::collect(language, settings.seed);
        for (share, level) in shares.iter_mut().zip(LEVELS).take(2) {
            *share = Share { solved: reader.solved(level, settings.sums, unseen), of: settings.sums };
            eprintln!("sound: {language:?} {level:?} {share}");
        }
        // The spoken sums of levels 2 and 3 are alike.
        shares[2] = shares[1];
    }
    Ok(Measured { training, pictures, sound })
}

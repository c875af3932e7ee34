//! Draws a sheet of samples to look at: `cargo run --release -p captcha-picture --example sheet -- FOLDER`.

use std::{error::Error, path::PathBuf, time::Instant};

use captcha_picture::{Level, Style, draw, pick_answer, sum_for};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    let mut rng = rand::rng();
    for level in [Level::L1, Level::L2, Level::L3] {
        let start = Instant::now();
        let mut sizes = Vec::new();
        for index in 0..1000 {
            let sum = sum_for(pick_answer(&mut rng), level, &mut rng);
            let file = draw(sum, level, Style::default(), rand::random());
            sizes.push(file.len());
            if index < 12 {
                std::fs::write(folder.join(format!("{level:?}-{index:02}.png")), file)?;
            }
        }
        sizes.sort_unstable();
        eprintln!("{level:?}: {:?} a picture, {} .. {} bytes", start.elapsed() / 1000, sizes[0], sizes[999]);
    }
    Ok(())
}

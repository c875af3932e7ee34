//! Sample pictures and recordings, and timings: `cargo run --release -p captcha-picture --example sheet -- FOLDER`.

use std::{error::Error, path::PathBuf, time::Instant};

use captcha_picture::{ANSWERS, Language, Level, Style, draw, pick_answer, speak, sum_for};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    let mut rng = rand::rng();
    for level in [Level::L1, Level::L2, Level::L3] {
        for index in 0..12 {
            let sum = sum_for(pick_answer(&mut rng), level, &mut rng);
            std::fs::write(
                folder.join(format!("{level:?}-{index:02}.png")),
                draw(sum, level, Style::LARGE, rand::random()),
            )?;
            for (language, name) in [(Language::Ru, "ru"), (Language::En, "en")] {
                let file = folder.join(format!("{level:?}-{index:02}-{name}.wav"));
                std::fs::write(file, speak(sum, language, rand::random()))?;
            }
        }
        pace(level);
    }
    Ok(())
}

/// Prints the drawing time and its correlation with the answer.
fn pace(level: Level) {
    let mut rng = rand::rng();
    let mut samples = Vec::new();
    // All answers in turn, so that other load on the machine is shared among them.
    for _ in 0..40 {
        for answer in ANSWERS {
            let sum = sum_for(answer, level, &mut rng);
            let seed = rand::random();
            let start = Instant::now();
            let file = draw(sum, level, Style::LARGE, seed);
            samples.push((f64::from(answer), start.elapsed().as_secs_f64() * 1e6, file.len()));
        }
    }
    let mut times: Vec<f64> = samples.iter().map(|sample| sample.1).collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[(times.len() as f64 * share) as usize];
    // Only the faster nine in ten count, to exclude other load on the machine.
    let calm: Vec<_> = samples.iter().filter(|sample| sample.1 <= at(0.9)).collect();
    let mean = |of: &dyn Fn(usize) -> f64| (0..calm.len()).map(of).sum::<f64>() / calm.len() as f64;
    let (x, y) = (mean(&|index| calm[index].0), mean(&|index| calm[index].1));
    let covariance = mean(&|index| (calm[index].0 - x) * (calm[index].1 - y));
    let spreads = mean(&|index| (calm[index].0 - x).powi(2)).sqrt() * mean(&|index| (calm[index].1 - y).powi(2)).sqrt();
    let longest = samples.iter().map(|sample| sample.2).max().unwrap_or(0);
    eprintln!(
        "{level:?}: median {:.0} us, 9 in 10 within {:.0} us, correlation with the answer {:.3}, {longest} bytes",
        at(0.5),
        at(0.9),
        covariance / spreads
    );
}

//! Draws, prepares, reads and counts.

use std::{path::Path, thread};

use captcha_picture::{Level, Style, Sum, draw, pick_answer, sum_for};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

use crate::{
    Outcome,
    bitmap::Bitmap,
    control::Font,
    engines::{ENGINES, Engine},
    parse,
    prepare::PREPARATIONS,
};

/// Engines that run concurrently.
const READERS: usize = 2;

/// Preparations that read the pictures that count; the best of them is reported.
const FINALISTS: usize = 2;

/// Result of one engine at one level (`None`: the control).
pub struct Row {
    pub level: Option<Level>,
    pub engine: Engine,
    pub preparation: &'static str,
    pub solved: usize,
    pub answered: usize,
    pub pictures: usize,
}

struct Case {
    answer: u8,
    picture: Bitmap,
}

/// Runs the whole attack.
pub fn run(pictures: usize, seed: u64, font: &Font, work: &Path) -> Outcome<Vec<Row>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut rows = Vec::new();
    for level in [None, Some(Level::L1), Some(Level::L2), Some(Level::L3)] {
        let choosing = cases(level, (pictures / 10).max(50), font, &mut rng)?;
        // The control only shows that engines and preparations work; a quarter is enough for that.
        let pictures = if level.is_none() { pictures.div_ceil(4) } else { pictures };
        let counting = cases(level, pictures, font, &mut rng)?;
        for engine in ENGINES {
            let mut scores = Vec::new();
            for (index, preparation) in PREPARATIONS.iter().enumerate() {
                let (solved, answered) = attempt(engine, level, &choosing, preparation.run, work)?;
                // If next to nothing is solved, text that looks like a sum is the better indicator.
                scores.push((20 * solved + answered, index));
            }
            scores.sort_unstable_by(|a, b| b.cmp(a));
            let mut best: Option<Row> = None;
            for &(_, index) in scores.iter().take(FINALISTS) {
                let preparation = &PREPARATIONS[index];
                let (solved, answered) = attempt(engine, level, &counting, preparation.run, work)?;
                if best.as_ref().is_none_or(|best| (best.solved, best.answered) < (solved, answered)) {
                    best = Some(Row { level, engine, preparation: preparation.name, solved, answered, pictures });
                }
            }
            if let Some(row) = best {
                eprintln!("{:?} {}: {} of {pictures} ({})", row.level, engine.name(), row.solved, row.preparation);
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

fn cases(level: Option<Level>, count: usize, font: &Font, rng: &mut StdRng) -> Outcome<Vec<Case>> {
    (0..count)
        .map(|_| {
            let answer = pick_answer(rng);
            let sum: Sum = sum_for(answer, level.unwrap_or(Level::L2), rng);
            let picture = match level {
                None => font.write(sum),
                Some(level) => {
                    let mut seed = [0; 32];
                    rng.fill_bytes(&mut seed);
                    Bitmap::from_png(&draw(sum, level, Style::default(), seed))?
                }
            };
            Ok(Case { answer, picture })
        })
        .collect()
}

/// Number of solved cases, and of cases with an answer.
fn attempt(
    engine: Engine,
    level: Option<Level>,
    cases: &[Case],
    prepare: fn(&Bitmap) -> Bitmap,
    work: &Path,
) -> Outcome<(usize, usize)> {
    let share = cases.len().div_ceil(READERS);
    thread::scope(|scope| {
        let readers: Vec<_> = cases
            .chunks(share.max(1))
            .enumerate()
            .map(|(index, cases)| {
                scope.spawn(move || -> Outcome<(usize, usize)> {
                    let work = work.join(format!("reader-{index}"));
                    std::fs::create_dir_all(&work)?;
                    let files: Vec<Vec<u8>> =
                        cases.iter().map(|case| prepare(&case.picture).to_pbm()).collect::<Outcome<_>>()?;
                    let mut coins = StdRng::seed_from_u64(0);
                    let (mut solved, mut answered) = (0, 0);
                    for (text, case) in engine.read(&files, &work)?.iter().zip(cases) {
                        let answer = parse::answer(text, level, coins.random());
                        answered += usize::from(answer.is_some());
                        solved += usize::from(answer == Some(case.answer));
                    }
                    Ok((solved, answered))
                })
            })
            .collect();
        let mut total = (0, 0);
        for reader in readers {
            let (solved, answered) = reader.join().map_err(|_| "a reader panicked")??;
            total = (total.0 + solved, total.1 + answered);
        }
        Ok(total)
    })
}

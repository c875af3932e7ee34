//! The table, and its acceptance criteria.

use std::fmt::Write;

use captcha_picture::Level;

use crate::{Outcome, engines::ENGINES, trial::Row};

pub fn name(level: Option<Level>) -> &'static str {
    match level {
        None => "clean text",
        Some(Level::L1) => "level 1",
        Some(Level::L2) => "level 2",
        Some(Level::L3) => "level 3",
    }
}

pub fn percent(row: &Row) -> f64 {
    100.0 * row.solved as f64 / row.pictures.max(1) as f64
}

/// Shares of pictures that were solved, in Markdown.
pub fn table(rows: &[Row], pictures: usize) -> String {
    let versions: Vec<String> =
        ENGINES.iter().map(|engine| engine.version().unwrap_or_else(|_| engine.name().to_owned())).collect();
    let mut table =
        format!("{pictures} pictures a level, a quarter of that of clean text; {}.\n\n", versions.join(", "));
    let of = |engine| rows.iter().filter(move |row| row.engine == engine);
    let levels: Vec<_> = of(ENGINES[0]).map(|row| name(row.level)).collect();
    let _ = writeln!(table, "| reader | {} |\n|---{}|", levels.join(" | "), "|---".repeat(levels.len()));
    for engine in ENGINES {
        let shares: Vec<_> = of(engine).map(|row| format!("{:.2} %", percent(row))).collect();
        let _ = writeln!(table, "| {} | {} |", engine.name(), shares.join(" | "));
    }
    table + "\n"
}

/// Checks that the control was solved, and levels 2 and 3 were not.
pub fn verdict(rows: &[Row]) -> Outcome<()> {
    let best = |level| rows.iter().filter(|row| row.level == level).map(percent).fold(0.0, f64::max);
    if best(None) < 99.0 {
        return Err(format!("the best reader solved {:.1} % of clean text: it proves nothing", best(None)).into());
    }
    for level in [Some(Level::L2), Some(Level::L3)] {
        // Guessing reaches a hundredth; small runs may have bad luck of two pictures.
        let pictures = rows.first().map_or(1, |row| row.pictures.max(1));
        let allowed = f64::max(1.0, 200.0 / pictures as f64);
        if best(level) > allowed {
            return Err(format!("{}: {:.2} % solved, at most {allowed:.2} % may be", name(level), best(level)).into());
        }
    }
    Ok(())
}

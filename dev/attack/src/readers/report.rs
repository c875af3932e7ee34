//! The tables, and their acceptance criterion.

use std::fmt::{self, Display, Formatter, Write};

use captcha_service::domain::Level;

use crate::{
    Outcome,
    pictures::Training,
    quotas::{Modality, Reader},
    sound::CLIPS,
};

const LEVELS: [Level; 3] = [Level::One, Level::Two, Level::Three];

/// Share of a blind guess: answers are uniform over 10 to 99.
const GUESS: f64 = 1.0 / 90.0;

/// Solved sums.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    pub solved: usize,
    pub of: usize,
}

impl Share {
    fn value(self) -> f64 {
        self.solved as f64 / self.of.max(1) as f64
    }
}

impl Display for Share {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        write!(to, "{} of {}", self.solved, self.of)
    }
}

/// All that was measured, by level; sound in Russian, then in English.
pub struct Measured {
    pub training: Training,
    pub pictures: [Share; 3],
    pub sound: [[Share; 3]; 2],
}

/// Shares of the best reader of text at each level, from the table of attack-pictures.
pub fn best_of_text(table: &str) -> Option<[f64; 3]> {
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<f64> = line.split('|').filter_map(|cell| cell.trim().strip_suffix(" %")?.parse().ok()).collect();
        // Clean text stands before the levels.
        <[f64; 4]>::try_from(cells).ok().map(|[_, levels @ ..]| levels)
    });
    let best = rows.reduce(|a, b| [0, 1, 2].map(|level| f64::max(a[level], b[level])))?;
    Some(best.map(|percent| percent / 100.0))
}

type Row<'a> = (&'a str, Modality, [f64; 3]);

/// Both tables in Markdown.
pub fn tables(measured: &Measured, text: Option<[f64; 3]>) -> String {
    let [russian, english] = measured.sound.map(|shares| shares.map(Share::value));
    let mut rows: Vec<Row> = vec![("blind guess", Modality::Picture, [GUESS; 3])];
    rows.extend(text.map(|shares| ("best reader of text", Modality::Picture, shares)));
    rows.push(("trained network", Modality::Picture, measured.pictures.map(Share::value)));
    rows.push(("templates, Russian speech", Modality::Sound, russian));
    rows.push(("templates, English speech", Modality::Sound, english));
    let mut table = format!(
        "Trained in {:.0} s of one core on {} pictures of three levels, tried on {} unseen pictures a level; templates cut \
         from {CLIPS} spoken sums a language, tried on {} unseen ones a level.\n\n",
        measured.training.time.as_secs_f32(),
        measured.training.pictures,
        measured.pictures[0].of,
        measured.sound[0][0].of,
    );
    table += "| solved, of sums / sessions of a known device / of a new one | level 1 | level 2 | level 3 |\n|---|---|---|---|\n";
    for row in &rows {
        let cell = |reader: Reader| {
            let shares = [reader.share, reader.known_device().pass, reader.new_device().pass];
            shares.map(|share| format!("{:.2}", 100.0 * share)).join(" / ") + " %"
        };
        let _ = writeln!(table, "| {} | {} |", row.0, cells(row, cell));
    }
    table += "\n| passes a day, of one device / of a network | level 1 | level 2 | level 3 |\n|---|---|---|---|\n";
    for row in &rows {
        let cell = |reader: Reader| format!("{:.1} / **{:.1}**", reader.passes_of_device(), reader.passes_of_network());
        let _ = writeln!(table, "| {} | {} |", row.0, cells(row, cell));
    }
    table + "\n"
}

fn cells(&(_, modality, shares): &Row, cell: impl Fn(Reader) -> String) -> String {
    let readers = LEVELS.into_iter().zip(shares).map(|(level, share)| Reader { modality, level, share });
    readers.map(cell).collect::<Vec<_>>().join(" | ")
}

/// Checks that the readers work at all: otherwise their figures prove nothing.
pub fn verdict(measured: &Measured) -> Outcome<()> {
    for (name, share) in
        [("network", measured.pictures[0]), ("Russian", measured.sound[0][0]), ("English", measured.sound[1][0])]
    {
        if share.value() < 0.5 {
            return Err(format!("{name}: {share} of level 1 solved: this reader proves nothing").into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_reader_of_text_is_the_best_of_each_level() {
        let table = "2000 pictures a level.\n\n| reader | clean text | level 1 | level 2 | level 3 |\n|---|---|---|---|---|\n\
                     | tesseract | 98.60 % | 34.20 % | 0.20 % | 0.00 % |\n| gocr | 100.00 % | 2.30 % | 0.50 % | 0.00 % |\n";
        let best = best_of_text(table).unwrap();
        assert!(best.iter().zip([0.342, 0.005, 0.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{best:?}");
        assert_eq!(best_of_text("no table"), None);
    }

    #[test]
    fn readers_that_fail_at_level_1_fail_the_run() {
        let share = |solved| Share { solved, of: 100 };
        let mut measured =
            Measured { training: Training::default(), pictures: [share(80); 3], sound: [[share(90); 3]; 2] };
        assert!(verdict(&measured).is_ok());
        measured.sound[1][0] = share(49);
        assert!(verdict(&measured).unwrap_err().to_string().starts_with("English: 49 of 100"));
    }
}

//! The table of results.

use std::fmt::Write as _;

use crate::measure::{Cost, Job, Pair};

/// Aim of a figure.
#[derive(Debug, Clone, Copy)]
pub enum Aim {
    /// Maximum cost of the partitioned side as a multiple of the plain one.
    AtMost(f64),
    /// Minimum factor by which the partitioned side is cheaper.
    Cheaper(f64),
    /// Another aim in words, and `true` when it was met.
    Other(&'static str, bool),
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Row {
    /// The measured operation.
    pub subject: String,
    /// The figure of the plain side.
    pub plain: String,
    /// The figure of the partitioned side.
    pub partitioned: String,
    /// Partitioned to plain, where both have the same unit; below 1 partitions are cheaper.
    pub ratio: Option<f64>,
    /// Minimum and maximum of the rounds.
    pub spread: Option<(f64, f64)>,
    /// Its aim.
    pub aim: Option<Aim>,
}

impl Row {
    /// Processor time of a statement or a few.
    pub fn of_pair(subject: &str, pair: &Pair, aim: Option<Aim>) -> Self {
        Self {
            subject: subject.into(),
            plain: micros(pair.plain),
            partitioned: micros(pair.partitioned),
            ratio: Some(pair.ratio),
            spread: Some(pair.spread),
            aim,
        }
    }

    /// Wall time of long jobs: medians of the rounds, and the median of their ratios.
    pub fn of_jobs(subject: &str, jobs: &[(Job, Job)], aim: Option<Aim>) -> Self {
        let mut ratios: Vec<f64> = jobs.iter().map(|(plain, partitioned)| partitioned.wall / plain.wall).collect();
        let (ratio, spread) = crate::measure::median(&mut ratios);
        let side = |side: fn(&(Job, Job)) -> Job| {
            let mut side: Vec<Job> = jobs.iter().map(side).collect();
            side.sort_by(|one, other| one.wall.total_cmp(&other.wall));
            let written = |wal: f64| if wal > 0.0 { format!(", {} MiB WAL", short(wal)) } else { String::new() };
            let Job { wall, cpu, wal } = side[side.len() / 2];
            format!("{} ms ({} ms CPU{})", short(wall), short(cpu), written(wal))
        };
        Self {
            subject: subject.into(),
            plain: side(|jobs| jobs.0),
            partitioned: side(|jobs| jobs.1),
            ratio: Some(ratio),
            spread: Some(spread),
            aim,
        }
    }

    /// Two figures of one unit.
    pub fn of_figures(subject: &str, plain: f64, partitioned: f64, unit: &str, aim: Option<Aim>) -> Self {
        Self {
            subject: subject.into(),
            plain: format!("{} {unit}", short(plain)),
            partitioned: format!("{} {unit}", short(partitioned)),
            ratio: Some(partitioned / plain),
            spread: None,
            aim,
        }
    }

    fn verdict(&self) -> (String, &'static str) {
        let met = |met: bool| if met { "met" } else { "NOT met" };
        match (self.aim, self.ratio) {
            (Some(Aim::AtMost(times)), Some(ratio)) => (format!("at most {times} ×"), met(ratio <= times)),
            (Some(Aim::Cheaper(times)), Some(ratio)) => (format!("{times} × cheaper"), met(1.0 / ratio >= times)),
            (Some(Aim::Other(aim, held)), _) => (aim.to_owned(), met(held)),
            _ => ("–".into(), "–"),
        }
    }
}

/// Rows so far. Each is also printed at once, because the whole run takes long.
#[derive(Default)]
pub struct Report {
    /// In order.
    pub rows: Vec<Row>,
}

impl Report {
    /// Adds rows.
    pub fn add(&mut self, rows: Vec<Row>) {
        for row in &rows {
            let ratio = row.ratio.map_or_else(String::new, times);
            eprintln!("         {}: {} | {} | {ratio}", row.subject, row.plain, row.partitioned);
        }
        self.rows.extend(rows);
    }
}

/// All rows as a table in Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut text =
        String::from("| subject | plain | partitioned | ratio | spread | aim | |\n|---|---|---|---|---|---|---|\n");
    for row in rows {
        let Row { subject, plain, partitioned, .. } = row;
        let ratio = row.ratio.map_or_else(|| "–".to_owned(), times);
        let spread = row.spread.map_or_else(|| "–".to_owned(), |(least, most)| spread(least, most));
        let (aim, met) = row.verdict();
        let _ = writeln!(text, "| {subject} | {plain} | {partitioned} | {ratio} | {spread} | {aim} | {met} |");
    }
    text
}

/// The same, with aligned columns.
pub fn aligned(table: &str) -> String {
    let cells: Vec<Vec<&str>> =
        table.lines().map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect();
    let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let rule = |cell: &str| !cell.is_empty() && cell.chars().all(|c| c == '-');
    let line = |row: &Vec<&str>| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| match rule(cell) {
            true => "-".repeat(*width),
            false => format!("{cell:<width$}"),
        });
        format!("| {} |\n", padded.collect::<Vec<_>>().join(" | "))
    };
    cells.iter().map(line).collect()
}

/// The rows in which partitions are slower.
pub fn slower(rows: &[Row]) -> Vec<String> {
    let dearer = rows.iter().filter_map(|row| row.ratio.filter(|ratio| *ratio > 1.05).map(|ratio| (row, ratio)));
    dearer.map(|(row, ratio)| format!("{}: {}", row.subject, times(ratio))).collect()
}

/// "1.6 × dearer" or "12 × cheaper".
pub fn times(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 1.0 => format!("{} × dearer", short(ratio)),
        ratio => format!("{} × cheaper", short(1.0 / ratio)),
    }
}

fn spread(least: f64, most: f64) -> String {
    let sided = |ratio: f64| if most < 1.0 { 1.0 / ratio } else { ratio };
    let (one, other) = (sided(least), sided(most));
    format!("{}–{}", short(one.min(other)), short(one.max(other)))
}

fn micros(cost: Cost) -> String {
    let Cost { cpu, p50, p99 } = cost;
    format!("{} µs CPU (wall p50 {}, p99 {})", short(cpu), short(p50), short(p99))
}

/// Three significant digits.
pub fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

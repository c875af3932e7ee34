//! Markdown tables, and the median of several rounds.

/// The median; of an even number of values the upper one.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Begins a table.
pub fn head(title: &str, load: &str, columns: &[&str]) {
    print_line(&format!("\n### {title}\n\n{load}\n"));
    print_line(&format!("| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len())));
}

/// One row of it.
pub fn row(name: &str, cells: &[String]) {
    print_line(&format!("| {name} | {} |", cells.join(" | ")));
}

/// A number with at most two decimals, fewer the larger it is.
pub fn number(value: f64) -> String {
    match value {
        value if value.is_nan() => "–".to_owned(),
        value if value.abs() >= 1_000.0 => {
            let digits = format!("{value:.0}");
            let cut = digits.len() % 3;
            let groups = digits.as_bytes()[cut..].chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
            let first = (cut > 0).then(|| digits[..cut].to_owned());
            first.into_iter().chain(groups).collect::<Vec<_>>().join(",")
        }
        value if value.abs() >= 100.0 => format!("{value:.0}"),
        value if value.abs() >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[expect(clippy::print_stdout, reason = "the tables are what this program is for")]
pub fn print_line(line: &str) {
    println!("{line}");
}

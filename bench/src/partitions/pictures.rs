//! The three pictures of the documentation.

use std::path::Path;

use crate::picture::{Bar, Colour, Picture};
use crate::planning::{self, Planning};
use crate::report::{Row, short, times};
use crate::stalls::Stall;

/// Writes them into `folder`.
pub fn write(folder: &Path, caption: &str, rows: &[Row], stalls: &[Stall], figures: &[Planning]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, picture) in [
        ("partitions-ratios.svg", ratios(caption, rows)),
        ("partitions-stalls.svg", of_stalls(caption, stalls)),
        ("partitions-planning.svg", of_planning(caption, figures)),
    ] {
        std::fs::write(folder.join(name), picture.svg())?;
    }
    Ok(())
}

fn ratios(caption: &str, rows: &[Row]) -> Picture {
    let bar = |row: &Row| {
        let ratio = row.ratio?;
        let colour = match ratio {
            _ if row.subject.contains("forbidden") => Colour::Red,
            ratio if ratio > 1.0 => Colour::Orange,
            _ => Colour::Green,
        };
        let whole = row.subject.starts_with("export");
        let label =
            if whole { &row.subject } else { row.subject.split([':', '(', ',']).next().unwrap_or_default().trim() };
        Some(Bar { label: label.to_owned(), value: ratio, text: times(ratio), colour })
    };
    Picture {
        title: "What partitions cost and gain".into(),
        subtitle: format!("partitioned to plain, logarithmic; left of the line partitions are cheaper. {caption}"),
        from: 1.0,
        aim: None,
        bars: rows.iter().filter_map(bar).collect(),
    }
}

fn of_stalls(caption: &str, stalls: &[Stall]) -> Picture {
    let bar = |stall: &Stall| Bar {
        label: stall.command.to_owned(),
        value: stall.worst,
        text: format!("{} ms", short(stall.worst)),
        colour: if stall.own { Colour::Green } else { Colour::Red },
    };
    Picture {
        title: "The longest wait of an insert while partitions come and go".into(),
        subtitle: format!(
            "three clients insert, a report is open for 4 s; green is what we do; logarithmic. {caption}"
        ),
        from: 1.0,
        aim: Some((50.0, "50 ms".into())),
        bars: stalls.iter().map(bar).collect(),
    }
}

fn of_planning(caption: &str, figures: &[Planning]) -> Picture {
    let bars = figures.iter().flat_map(|one| {
        let leaves = if one.leaves == 1 { "no partitions".to_owned() } else { format!("{} leaves", one.leaves) };
        let bar = move |what: &str, value: f64, colour| Bar {
            label: format!("{leaves}, {what}"),
            value,
            text: planning::label(value),
            colour,
        };
        [
            bar("key given", one.custom, Colour::Green),
            bar("key given, generic plan", one.generic, Colour::Orange),
            bar("id alone", one.id_alone, Colour::Red),
        ]
    });
    Picture {
        title: "A statement against the number of partitions".into(),
        subtitle: format!("processor time of the server for one execution, logarithmic. {caption}"),
        from: 10.0,
        aim: None,
        bars: bars.collect(),
    }
}

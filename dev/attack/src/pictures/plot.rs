//! Plot: one group of bars per level, one bar per engine.

use std::fmt::Write;

use crate::{
    engines::ENGINES,
    report::{name, percent},
    trial::Row,
};

const COLOURS: [&str; 3] = ["#4477aa", "#ee6677", "#228833"];
const HEIGHT: f64 = 220.0;

pub fn svg(rows: &[Row]) -> String {
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 300\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"640\" height=\"300\" fill=\"#fff\"/>\n",
    );
    for step in 0..=4 {
        let y = 30.0 + HEIGHT - HEIGHT * f64::from(step) / 4.0;
        let _ = writeln!(
            svg,
            "<path d=\"M50 {y:.0}H620\" stroke=\"#ddd\"/><text x=\"44\" y=\"{:.0}\" text-anchor=\"end\">{} %</text>",
            y + 4.0,
            step * 25
        );
    }
    for (index, row) in rows.iter().enumerate() {
        let group = index / ENGINES.len();
        let place = ENGINES.iter().position(|engine| *engine == row.engine).unwrap_or(0);
        let x = 70.0 + 140.0 * group as f64 + 40.0 * place as f64;
        let height = f64::max(HEIGHT * percent(row) / 100.0, 0.5);
        let top = 30.0 + HEIGHT - height;
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.0}\" y=\"{top:.1}\" width=\"34\" height=\"{height:.1}\" fill=\"{}\"/><text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\" font-size=\"11\">{:.1}</text>",
            COLOURS[place],
            x + 17.0,
            top - 4.0,
            percent(row)
        );
        if place == 1 {
            let _ = writeln!(
                svg,
                "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
                x + 17.0,
                30.0 + HEIGHT + 18.0,
                name(row.level)
            );
        }
    }
    for (place, engine) in ENGINES.iter().enumerate() {
        let x = 200 + 110 * place;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"280\" width=\"12\" height=\"12\" fill=\"{}\"/><text x=\"{}\" y=\"290\">{}</text>",
            COLOURS[place],
            x + 17,
            engine.name()
        );
    }
    svg + "</svg>\n"
}

//! Smooth lines through points, and the outline of a pen stroke along them.

use tiny_skia::{LineCap, LineJoin, Path, PathBuilder, Stroke};

/// A point in a picture of 800 × 280.
pub(crate) type Point = (f32, f32);

/// Steps between two points. Fixed, so that the work depends only on the number of points.
const STEPS: usize = 4;

/// A smooth line through all points (Catmull-Rom). A repeated point is a corner, equal ends close the line.
pub(crate) fn smooth(points: &[Point]) -> Vec<Point> {
    let Some((&first, &last)) = points.first().zip(points.last()) else { return Vec::new() };
    let closed = points.len() > 2 && first == last;
    let before = if closed { points[points.len() - 2] } else { first };
    let after = if closed { points[1] } else { last };
    let mut line = Vec::with_capacity(points.len() * STEPS + 1);
    line.push(first);
    for (index, pair) in points.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        if from == to {
            continue; // a corner
        }
        let previous = if index == 0 { before } else { points[index - 1] };
        let next = points.get(index + 2).copied().unwrap_or(after);
        for step in 1..=STEPS {
            let t = step as f32 / STEPS as f32;
            line.push((
                catmull_rom(t, previous.0, from.0, to.0, next.0),
                catmull_rom(t, previous.1, from.1, to.1, next.1),
            ));
        }
    }
    line
}

fn catmull_rom(t: f32, before: f32, from: f32, to: f32, after: f32) -> f32 {
    // At a corner the neighbour is the point itself: half a tangent then, which keeps straight lines straight.
    let leaving = (to - before) / 2.0;
    let arriving = (after - from) / 2.0;
    let (t2, t3) = (t * t, t * t * t);
    (2.0 * t3 - 3.0 * t2 + 1.0) * from
        + (t3 - 2.0 * t2 + t) * leaving
        + (3.0 * t2 - 2.0 * t3) * to
        + (t3 - t2) * arriving
}

/// The outline of pen strokes of this width along the lines. `None` if it is empty.
pub(crate) fn outline(lines: &[Vec<Point>], width: f32) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for line in lines {
        let mut points = line.iter();
        let Some(&(x, y)) = points.next() else { continue };
        builder.move_to(x, y);
        for &(x, y) in points {
            builder.line_to(x, y);
        }
    }
    let pen =
        Stroke { width, miter_limit: 2.0, line_cap: LineCap::Round, line_join: LineJoin::Miter, ..Stroke::default() };
    builder.finish()?.stroke(&pen, 1.0)
}

/// The area that a line encloses.
pub(crate) fn area(line: &[Point]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (index, &(x, y)) in line.iter().enumerate() {
        if index == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
    }
    builder.close();
    builder.finish()
}

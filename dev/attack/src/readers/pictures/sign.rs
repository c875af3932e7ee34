//! The sign: a disc with a rim of background that everything else is drawn under, so that it is found first.

use std::f32::consts::TAU;

use captcha_picture::Op;

use super::grid::{Grid, offset};

/// Radii of the edge of a disc in cells; a warped disc has several.
const RADII: [f32; 5] = [7.2, 7.8, 8.4, 9.0, 9.6];

/// Half length and half width of the bars of a sign, in cells.
const ARM: f32 = 5.2;
const PEN: f32 = 1.5;

/// Places that are looked at closely.
const FINALISTS: usize = 6;

/// Sectors of a disc.
const SECTORS: usize = 12;

/// Position of the disc's middle in cells, and its operator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sign {
    pub x: isize,
    pub y: isize,
    pub op: Op,
}

/// Cells with their weights: ink is expected where it is positive, background where it is negative.
type Template = Vec<(isize, f32)>;

fn contrast(ink: Vec<(isize, isize)>, background: Vec<(isize, isize)>) -> Template {
    let weighted = |cells: Vec<(isize, isize)>, sign: f32| {
        let weight = sign / cells.len().max(1) as f32;
        cells.into_iter().map(move |(x, y)| (offset(x, y), weight))
    };
    weighted(ink, 1.0).chain(weighted(background, -1.0)).collect()
}

fn around(reach: isize) -> impl Iterator<Item = (isize, isize)> {
    (-reach..=reach).flat_map(move |y| (-reach..=reach).map(move |x| (x, y)))
}

/// The bars of a sign at this angle, cut out of the disc.
fn bars(op: Op, angle: f32) -> Template {
    let (sin, cos) = angle.sin_cos();
    let disc = around(6).filter(|(x, y)| x * x + y * y <= 38);
    let (bars, disc) = disc.partition(|&(x, y)| {
        let (along, across) = (x as f32 * cos + y as f32 * sin, y as f32 * cos - x as f32 * sin);
        let bar = |along: f32, across: f32| along.abs() < ARM && across.abs() < PEN;
        bar(along, across) || (op == Op::Plus && bar(across, along))
    });
    contrast(disc, bars)
}

/// Cells of a sector just within and just outside of an edge of this radius.
fn edge(radius: f32, sector: usize) -> Template {
    let here = around(radius as isize + 2).filter(|&(x, y)| {
        let turn = (y as f32).atan2(x as f32) / TAU + 0.5;
        (turn * SECTORS as f32) as usize % SECTORS == sector
    });
    let off = |(x, y): &(isize, isize)| ((x * x + y * y) as f32).sqrt() - radius;
    let edge = here.filter(|cell| (-2.0..1.2).contains(&off(cell)) && !(-0.4..0.2).contains(&off(cell)));
    let (within, outside) = edge.partition(|cell| off(cell) < 0.0);
    contrast(within, outside)
}

/// Finds discs; made once.
pub struct SignFinder {
    /// For each sector, its edges of all radii.
    sectors: Vec<Vec<Template>>,
    /// Signs at several angles.
    signs: Vec<(Op, Template)>,
}

impl SignFinder {
    pub fn new() -> Self {
        let angles = (-3..=3).map(|step| step as f32 * 0.12);
        let signs = angles.flat_map(|angle| [Op::Plus, Op::Minus].map(|op| (op, bars(op, angle))));
        Self {
            sectors: (0..SECTORS).map(|sector| RADII.map(|radius| edge(radius, sector)).into()).collect(),
            signs: signs.collect(),
        }
    }

    /// Likeness to a disc of the given place, and the sign in it.
    fn score(&self, grid: &Grid, x: isize, y: isize) -> (f32, Op) {
        let best = |edges: &Vec<Template>| {
            edges.iter().map(|edge| grid.weighted(x, y, edge)).fold(f32::NEG_INFINITY, f32::max)
        };
        let edge = self.sectors.iter().map(best).sum::<f32>() / SECTORS as f32;
        let signs = self.signs.iter().map(|(op, sign)| (grid.weighted(x, y, sign), *op));
        let (sign, op) = signs.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, Op::Plus));
        (edge + sign, op)
    }

    /// The most disc-like place of the middle of the picture.
    pub fn find(&self, grid: &Grid) -> Sign {
        let (width, height) = (grid.width as isize, grid.height as isize);
        let scored = |(x, y)| (self.score(grid, x, y), x, y);
        let rows = (height * 7 / 20..=height * 13 / 20).step_by(2);
        let places = rows.flat_map(|y| (width * 3 / 8..=width * 7 / 10).step_by(2).map(move |x| (x, y)));
        let mut coarse: Vec<_> = places.map(scored).collect();
        coarse.sort_unstable_by(|a, b| b.0.0.total_cmp(&a.0.0));
        let fine = coarse.iter().take(FINALISTS).flat_map(|&(_, x, y)| around(1).map(move |(dx, dy)| (x + dx, y + dy)));
        let best = fine.map(scored).max_by(|a, b| a.0.0.total_cmp(&b.0.0));
        let ((_, op), x, y) = best.unwrap_or(((0.0, Op::Plus), width / 2, height / 2));
        Sign { x, y, op }
    }
}

#[cfg(test)]
mod tests {
    use captcha_picture::{Level, Style, draw, pick_answer, sum_for};
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn signs_are_read_on_every_level() {
        let (finder, mut rng) = (SignFinder::new(), StdRng::seed_from_u64(5));
        for level in [Level::L1, Level::L2, Level::L3] {
            let right = (0..200).filter(|_| {
                let sum = sum_for(pick_answer(&mut rng), level, &mut rng);
                let grid = Grid::from_png(&draw(sum, level, Style::default(), rng.random())).unwrap();
                finder.find(&grid).op == sum.op
            });
            let right = right.count();
            assert!(right >= 192, "{level:?}: {right} of 200");
        }
    }
}

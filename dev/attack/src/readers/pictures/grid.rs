//! A picture, scaled down to shares of ink.

use crate::Outcome;

/// Pixels of the picture for each cell, in both directions.
const SCALE: usize = 5;

/// Cells of background around the picture.
const MARGIN: usize = 20;

/// Cells of a row, margins included.
const STRIDE: usize = 200;

/// Shares of ink, 0 to 1, of a picture of at most 800 pixels in width; black on white.
pub struct Grid {
    pub width: usize,
    pub height: usize,
    cells: Vec<f32>,
}

/// Distance between two cells of any grid, in the order in which they are stored.
pub fn offset(dx: isize, dy: isize) -> isize {
    dy * STRIDE as isize + dx
}

impl Grid {
    /// Decodes a greyscale PNG. Pixels beyond a multiple of the scale are left out.
    pub fn from_png(file: &[u8]) -> Outcome<Self> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info()?;
        let mut bytes = vec![0; reader.output_buffer_size().ok_or("a picture too large")?];
        let frame = reader.next_frame(&mut bytes)?;
        let (width, height) = (frame.width as usize / SCALE, frame.height as usize / SCALE);
        if width + 2 * MARGIN > STRIDE {
            return Err(format!("a picture of {} pixels in width", frame.width).into());
        }
        let mut cells = vec![0.0; STRIDE * (height + 2 * MARGIN)];
        for (y, row) in bytes.chunks_exact(frame.line_size).take(height * SCALE).enumerate() {
            let cells = &mut cells[(y / SCALE + MARGIN) * STRIDE + MARGIN..][..width];
            for (cell, pixels) in cells.iter_mut().zip(row.chunks_exact(SCALE)) {
                let ink: u8 = pixels.iter().map(|&pixel| u8::from(pixel < 128)).sum();
                *cell += f32::from(ink) / (SCALE * SCALE) as f32;
            }
        }
        Ok(Self { width, height, cells })
    }

    fn index(&self, x: isize, y: isize) -> usize {
        let margin = MARGIN as isize;
        offset(x + margin, y + margin).try_into().unwrap_or(usize::MAX)
    }

    /// Sum of the cells around a place, each by its [`offset`] and with its weight. None too far outside.
    pub fn weighted(&self, x: isize, y: isize, around: &[(isize, f32)]) -> f32 {
        let here = self.index(x, y);
        let ink = |offset: isize| self.cells.get(here.wrapping_add_signed(offset)).copied().unwrap_or(0.0);
        around.iter().map(|(offset, weight)| weight * ink(*offset)).sum()
    }

    /// Cells of a row from `x` on. The margin bounds how far outside of the picture they may lie.
    pub fn row(&self, x: isize, y: isize, width: usize) -> &[f32] {
        self.cells.get(self.index(x, y)..).and_then(|cells| cells.get(..width)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use captcha_picture::{Level, Op, Style, Sum, draw};

    use super::*;

    #[test]
    fn a_grid_holds_the_shares_of_ink_of_its_picture() {
        let file = draw(Sum { left: 42, op: Op::Plus, right: 17 }, Level::L2, Style::default(), [7; 32]);
        let grid = Grid::from_png(&file).unwrap();
        assert_eq!((grid.width, grid.height), (160, 56));
        let rows = (0..56).flat_map(|y| grid.row(0, y, 160));
        let mean = rows.clone().sum::<f32>() / (160.0 * 56.0);
        assert!((0.1..0.4).contains(&mean), "{mean}");
        assert!(rows.into_iter().all(|ink| (0.0..=1.0).contains(ink)));
        assert!(grid.row(-20, 30, 20).iter().chain(grid.row(160, 30, 20)).all(|ink| *ink == 0.0));
        assert!((grid.weighted(30, 20, &[(offset(1, 2), 0.5)]) - 0.5 * grid.row(31, 22, 1)[0]).abs() < 1e-6);
    }

    #[test]
    fn the_first_cell_is_behind_the_margins() {
        let (width, height) = (3, 2);
        let mut cells = vec![0.0; STRIDE * (height + 2 * MARGIN)];
        cells[STRIDE * MARGIN + MARGIN] = 0.25;
        cells[STRIDE * (MARGIN + 1) + MARGIN + 2] = 1.0;
        let grid = Grid { width, height, cells };
        assert_eq!([grid.row(0, 0, 3), grid.row(0, 1, 3)], [[0.25, 0.0, 0.0], [0.0, 0.0, 1.0]]);
        assert!(grid.row(-21, -20, 3).is_empty() && grid.row(0, 1000, 3).is_empty());
    }
}

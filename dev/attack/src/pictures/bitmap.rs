//! Bitmaps, and the usual image processing before OCR.

use std::io::Write;

use crate::Outcome;

/// Pixels, `true` for ink.
#[derive(Clone)]
pub struct Bitmap {
    pub width: usize,
    pub height: usize,
    pub ink: Vec<bool>,
}

impl Bitmap {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, ink: vec![false; width * height] }
    }

    /// Decodes a greyscale PNG; everything darker than the middle is ink.
    pub fn from_png(file: &[u8]) -> Outcome<Self> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info()?;
        let mut bytes = vec![0; reader.output_buffer_size().ok_or("a picture too large")?];
        let frame = reader.next_frame(&mut bytes)?;
        let samples = frame.color_type.samples();
        let ink = bytes[..frame.buffer_size()].chunks_exact(samples).map(|pixel| pixel[0] < 128).collect();
        Ok(Self { width: frame.width as usize, height: frame.height as usize, ink })
    }

    /// Encodes as PBM of eight pixels per byte.
    pub fn to_pbm(&self) -> Outcome<Vec<u8>> {
        let mut file = Vec::new();
        write!(file, "P4\n{} {}\n", self.width, self.height)?;
        for row in self.ink.chunks(self.width) {
            file.extend(row.chunks(8).map(|pixels| {
                pixels.iter().enumerate().fold(0u8, |byte, (bit, &ink)| byte | (u8::from(ink) << (7 - bit)))
            }));
        }
        Ok(file)
    }

    /// Per pixel, the ink within `reach` to all sides, and the number of pixels there.
    fn neighbours(&self, reach: usize) -> impl Iterator<Item = (u32, u32)> + '_ {
        let stride = self.width + 1;
        let mut sums = vec![0u32; stride * (self.height + 1)];
        for y in 0..self.height {
            let mut row = 0;
            for x in 0..self.width {
                row += u32::from(self.ink[y * self.width + x]);
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
            }
        }
        (0..self.width * self.height).map(move |index| {
            let (x, y) = (index % self.width, index / self.width);
            let (left, top) = (x.saturating_sub(reach), y.saturating_sub(reach));
            let (right, bottom) = ((x + reach + 1).min(self.width), (y + reach + 1).min(self.height));
            let ink = sums[bottom * stride + right] + sums[top * stride + left]
                - sums[top * stride + right]
                - sums[bottom * stride + left];
            (ink, ((right - left) * (bottom - top)) as u32)
        })
    }

    fn map(&self, reach: usize, rule: impl Fn(u32, u32) -> bool) -> Self {
        Self { ink: self.neighbours(reach).map(|(ink, all)| rule(ink, all)).collect(), ..*self }
    }

    /// Ink where most neighbours are ink.
    pub fn median(&self, reach: usize) -> Self {
        self.map(reach, |ink, all| ink * 2 > all)
    }

    /// Ink grows by `reach`.
    pub fn dilate(&self, reach: usize) -> Self {
        self.map(reach, |ink, _| ink > 0)
    }

    /// Ink shrinks by `reach`.
    pub fn erode(&self, reach: usize) -> Self {
        self.map(reach, |ink, all| ink == all)
    }

    /// Fills cuts up to twice `reach` wide.
    pub fn close(&self, reach: usize) -> Self {
        self.dilate(reach).erode(reach)
    }

    /// Removes lines up to twice `reach` wide.
    pub fn open(&self, reach: usize) -> Self {
        self.erode(reach).dilate(reach)
    }

    /// Half width and height.
    pub fn half(&self) -> Self {
        let mut half = Self::new(self.width / 2, self.height / 2);
        for y in 0..half.height {
            for x in 0..half.width {
                let at = 2 * y * self.width + 2 * x;
                let ink = [at, at + 1, at + self.width, at + self.width + 1].iter().filter(|&&at| self.ink[at]).count();
                half.ink[y * half.width + x] = ink >= 2;
            }
        }
        half
    }

    /// Moves each row by `lean` pixels per row of distance from the middle.
    pub fn shear(&self, lean: f32) -> Self {
        let mut moved = Self::new(self.width, self.height);
        for y in 0..self.height {
            let by = ((y as f32 - self.height as f32 / 2.0) * lean).round() as isize;
            for x in 0..self.width {
                let to = x as isize + by;
                if self.ink[y * self.width + x] && (0..self.width as isize).contains(&to) {
                    moved.ink[y * self.width + to as usize] = true;
                }
            }
        }
        moved
    }

    /// Ink per column.
    pub fn columns(&self) -> Vec<u32> {
        let mut columns = vec![0; self.width];
        for (index, _) in self.ink.iter().enumerate().filter(|(_, ink)| **ink) {
            columns[index % self.width] += 1;
        }
        columns
    }

    /// Connected components of ink, each as the indices of its pixels.
    pub fn components(&self) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.ink.len()];
        let mut components = Vec::new();
        for start in 0..self.ink.len() {
            if !self.ink[start] || seen[start] {
                continue;
            }
            seen[start] = true;
            let (mut component, mut next) = (vec![start], 0);
            while let Some(&at) = component.get(next) {
                next += 1;
                let (x, y) = (at % self.width, at / self.width);
                for (near, inside) in [
                    (at.wrapping_sub(1), x > 0),
                    (at + 1, x + 1 < self.width),
                    (at.wrapping_sub(self.width), y > 0),
                    (at + self.width, y + 1 < self.height),
                ] {
                    if inside && self.ink[near] && !seen[near] {
                        seen[near] = true;
                        component.push(near);
                    }
                }
            }
            components.push(component);
        }
        components
    }

    /// Fills a rectangle with ink or background, clipped to the picture.
    pub fn fill(&mut self, (left, top): (isize, isize), (right, bottom): (isize, isize), ink: bool) {
        for y in top.max(0)..bottom.min(self.height as isize) {
            for x in left.max(0)..right.min(self.width as isize) {
                self.ink[y as usize * self.width + x as usize] = ink;
            }
        }
    }
}

//! Spectra of a clip: energies of mel bands (Davis and Mermelstein, 1980), a hundred times a second.

use std::{f32::consts::TAU, ops::Range};

use ndarray::{Array2, ArrayView1, Axis};

/// Length of the header of a WAV file of the product.
const HEADER: usize = 44;
const RATE: f32 = 8_000.0;
const WINDOW: usize = 256;
const HOP: usize = 80;
const BANDS: usize = 26;
/// Power of a band that counts as silence. Between the words that are asked for and those played backwards.
const FLOOR: f32 = 0.3;

/// Frames of a clip, a row each.
pub type Frames = Array2<f32>;

/// Turns clips into spectra; made once.
pub struct Spectrum {
    /// Cosines, then sines, of every frequency, below a Hann window.
    waves: Array2<f32>,
    /// Triangles over the frequencies.
    bands: Array2<f32>,
}

fn mel(frequency: f32) -> f32 {
    (1.0 + frequency / 700.0).ln()
}

impl Spectrum {
    pub fn new() -> Self {
        let frequencies = WINDOW / 2;
        let waves = Array2::from_shape_fn((WINDOW, 2 * frequencies), |(at, wave)| {
            let window = 0.5 - 0.5 * (TAU * at as f32 / WINDOW as f32).cos();
            let phase = TAU * (at * (wave % frequencies)) as f32 / WINDOW as f32;
            window * if wave < frequencies { phase.cos() } else { phase.sin() }
        });
        let (low, high) = (mel(80.0), mel(RATE / 2.0));
        let bands = Array2::from_shape_fn((frequencies, BANDS), |(frequency, band)| {
            let at = (mel(frequency as f32 * RATE / WINDOW as f32) - low) / (high - low) * (BANDS + 1) as f32;
            (1.0 - (at - (band + 1) as f32).abs()).max(0.0)
        });
        Self { waves, bands }
    }

    /// Frames of a sound: logarithms of the energies above silence.
    pub fn frames(&self, samples: &[f32]) -> Frames {
        let count = (samples.len() + HOP).saturating_sub(WINDOW) / HOP;
        let windows = Array2::from_shape_fn((count, WINDOW), |(frame, at)| samples[frame * HOP + at]);
        let waves = windows.dot(&self.waves).mapv_into(|part| part * part);
        let (cosines, sines) = waves.view().split_at(Axis(1), WINDOW / 2);
        (&cosines + &sines).dot(&self.bands).mapv_into(|power| (1.0 + power / FLOOR).ln())
    }
}

/// Samples of a WAV file of 8,000 a second and 8 bits, from -1 to 1.
pub fn samples(file: &[u8]) -> Vec<f32> {
    file.get(HEADER..).unwrap_or_default().iter().map(|&byte| (f32::from(byte) - 127.5) / 127.0).collect()
}

/// Samples of these frames.
pub fn span(frames: Range<usize>) -> Range<usize> {
    frames.start * HOP..(frames.end.max(1) - 1) * HOP + WINDOW
}

/// Loudness of a frame, 0 in silence.
pub fn loudness(frame: ArrayView1<f32>) -> f32 {
    frame.sum() / BANDS as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn higher_tones_are_in_higher_bands() {
        let spectrum = Spectrum::new();
        let loudest = |frequency: f32| {
            let tone: Vec<f32> = (0..800).map(|at| (TAU * frequency * at as f32 / RATE).sin()).collect();
            let frames = spectrum.frames(&tone);
            assert_eq!(frames.dim(), ((800 + HOP - WINDOW) / HOP, BANDS));
            (0..BANDS).max_by(|a, b| frames[(3, *a)].total_cmp(&frames[(3, *b)])).unwrap()
        };
        let bands = [300.0, 600.0, 1200.0, 2400.0].map(loudest);
        assert!(bands.is_sorted_by(|a, b| a < b), "{bands:?}");
    }

    #[test]
    fn nothing_is_silence() {
        assert_eq!(Spectrum::new().frames(&samples(&[])).nrows(), 0);
        let frames = Spectrum::new().frames(&[0.0; 400]);
        assert!(frames.rows().into_iter().all(|frame| loudness(frame) == 0.0));
    }

    #[test]
    fn the_samples_of_frames_have_these_frames() {
        let range = span(4..9);
        assert_eq!(Spectrum::new().frames(&vec![0.1; range.len()]).nrows(), 5);
        assert_eq!(range.start, 320);
    }
}

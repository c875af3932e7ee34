//! Mixing of sounds into a WAV file.

use rand::{Rng, RngExt};

/// Samples per file.
pub(super) const SAMPLES: usize = 44_000;

/// Length of the WAV header in bytes.
pub(super) const HEADER: usize = 44;

const RATE: u32 = 8_000;

/// A mix in progress.
pub(super) struct Mix {
    samples: Vec<f32>,
}

impl Mix {
    /// Starts with soft noise, so that silence does not reveal the start of words.
    pub(super) fn new(rng: &mut impl Rng) -> Self {
        let mut before = 0.0;
        let samples = (0..SAMPLES).map(|_| {
            before = 0.5 * before + rng.random_range(-0.03..0.03);
            before
        });
        Self { samples: samples.collect() }
    }

    /// Adds a sound at a sample; truncates it at the end.
    pub(super) fn add(&mut self, sound: &[f32], from: usize, loudness: f32) {
        for (sample, add) in self.samples.iter_mut().skip(from).zip(sound) {
            *sample += add * loudness;
        }
    }

    /// Encodes as a WAV file of 8 bits per sample.
    pub(super) fn into_wav(self) -> Vec<u8> {
        let mut file = Vec::with_capacity(HEADER + SAMPLES);
        file.extend_from_slice(b"RIFF");
        file.extend_from_slice(&((HEADER + SAMPLES - 8) as u32).to_le_bytes());
        file.extend_from_slice(b"WAVEfmt ");
        file.extend_from_slice(&16u32.to_le_bytes());
        // PCM, one channel, as many bytes as samples per second, one byte and eight bits each.
        for number in [1u16, 1] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend_from_slice(&RATE.to_le_bytes());
        file.extend_from_slice(&RATE.to_le_bytes());
        for number in [1u16, 8] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend_from_slice(b"data");
        file.extend_from_slice(&(SAMPLES as u32).to_le_bytes());
        // `as` saturates at 0 and 255.
        file.extend(self.samples.iter().map(|sample| (sample * 127.0 + 128.0) as u8));
        file
    }
}

/// Resamples: `pace` times as fast, and as high.
pub(super) fn at_pace(sound: &[f32], pace: f32) -> Vec<f32> {
    let length = (sound.len() as f32 / pace) as usize;
    (0..length)
        .map(|index| {
            let at = index as f32 * pace;
            let (whole, part) = (at as usize, at.fract());
            let here = sound.get(whole).copied().unwrap_or(0.0);
            let next = sound.get(whole + 1).copied().unwrap_or(here);
            here + (next - here) * part
        })
        .collect()
}

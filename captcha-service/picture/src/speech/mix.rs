//! Puts sounds over each other and makes a file of them.

use rand::{Rng, RngExt};

/// Samples in a file.
pub(super) const SAMPLES: usize = 44_000;

/// Bytes before them.
pub(super) const HEADER: usize = 44;

const RATE: u32 = 8_000;

/// A sound in the making.
pub(super) struct Mix {
    samples: Vec<f32>,
}

impl Mix {
    /// Begins with a soft hiss, so that no silence tells where words begin.
    pub(super) fn new(rng: &mut impl Rng) -> Self {
        let mut before = 0.0;
        let samples = (0..SAMPLES).map(|_| {
            before = 0.5 * before + rng.random_range(-0.03..0.03);
            before
        });
        Self { samples: samples.collect() }
    }

    /// Adds a sound from a sample on; what would be after the end is left out.
    pub(super) fn add(&mut self, sound: &[f32], from: usize, loudness: f32) {
        for (sample, add) in self.samples.iter_mut().skip(from).zip(sound) {
            *sample += add * loudness;
        }
    }

    /// As a WAV file of 8 bits a sample.
    pub(super) fn into_wav(self) -> Vec<u8> {
        let mut file = Vec::with_capacity(HEADER + SAMPLES);
        file.extend_from_slice(b"RIFF");
        file.extend_from_slice(&((HEADER + SAMPLES - 8) as u32).to_le_bytes());
        file.extend_from_slice(b"WAVEfmt ");
        file.extend_from_slice(&16u32.to_le_bytes());
        // Uncompressed, one channel, as many bytes as samples a second, one byte and eight bits each.
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
        // `as` holds at 0 and 255 what is too loud.
        file.extend(self.samples.iter().map(|sample| (sample * 127.0 + 128.0) as u8));
        file
    }
}

/// The sound, so many times as fast, and as high.
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

//! Decoder of IMA ADPCM (Interactive Multimedia Association, 1992): four bits per sample, no headers, high nibble
//! first.

const STEPS: [i32; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
    118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
    1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
    6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
    32767,
];
const CHANGES: [isize; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];

/// Two samples of -1 to 1 per byte.
pub(super) fn decode(bytes: &[u8]) -> Vec<f32> {
    let (mut index, mut sample) = (0usize, 0i32);
    let mut samples = Vec::with_capacity(bytes.len() * 2);
    for code in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        let size = usize::from(code & 7);
        let change = (STEPS[index] * (2 * i32::from(code & 7) + 1)) >> 3;
        sample = (if code & 8 == 0 { sample + change } else { sample - change }).clamp(-32768, 32767);
        index = index.saturating_add_signed(CHANGES[size]).min(STEPS.len() - 1);
        samples.push(sample as f32 / 32768.0);
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rising_tone_is_read_as_it_was_written() {
        // Largest steps upwards, then as many down again.
        let samples = decode(&[0x77, 0x77, 0xff, 0xff]);
        assert_eq!(samples.len(), 8);
        assert!(samples.windows(2).take(3).all(|pair| pair[0] < pair[1]), "{samples:?}");
        assert!(samples.windows(2).skip(4).all(|pair| pair[0] > pair[1]), "{samples:?}");
        // 7 * 15 / 8 of 32768.
        assert!((samples[0] - 13.0 / 32768.0).abs() < f32::EPSILON);
    }

    #[test]
    fn any_bytes_are_sound() {
        for byte in 0..=255 {
            assert!(decode(&[byte; 300]).iter().all(|sample| (-1.0..=1.0).contains(sample)));
        }
    }
}

//! PNG files of one bit per pixel, of a length that reveals nothing.
//!
//! The four chunks are written here: the `png` crate would bring a second `miniz_oxide` into every binary, and would
//! only add metadata that must not be there.

use std::io::Write;

use flate2::{Compression, Crc, write::ZlibEncoder};
use rand::Rng;

/// Length of every file, or a larger multiple if needed: 6 KiB suffice for 800 × 280.
pub const BUCKET: usize = 6 * 1024;

/// Overhead of a chunk: length, name and checksum.
const CHUNK: usize = 12;

/// Encodes a picture. `bits` holds eight pixels per byte, rows padded to bytes.
///
/// Padding is random and in a private ancillary chunk, which decoders skip: a compressed transport would shrink zeros,
/// and the length would reveal again how much was drawn.
pub(crate) fn encode(width: u32, height: u32, bits: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut file = Vec::with_capacity(BUCKET);
    file.extend_from_slice(b"\x89PNG\r\n\x1a\n");
    let [w, h] = [width.to_be_bytes(), height.to_be_bytes()];
    // Greyscale, bit depth 1, deflate, adaptive filters, not interlaced.
    let header = [w[0], w[1], w[2], w[3], h[0], h[1], h[2], h[3], 1, 0, 0, 0, 0];
    chunk(&mut file, *b"IHDR", &header);
    let row = (width.div_ceil(8) as usize).max(1);
    let mut pixels = compress(&up_filtered(bits, row), Compression::new(2));
    if file.len() + pixels.len() + 3 * CHUNK > BUCKET {
        // One picture in some hundreds: three times the work, a fifth less to send.
        pixels = compress(&unfiltered(bits, row), Compression::new(6));
    }
    chunk(&mut file, *b"IDAT", &pixels);
    let length = (file.len() + 2 * CHUNK).next_multiple_of(BUCKET);
    let mut padding = vec![0; length - file.len() - 2 * CHUNK];
    rng.fill_bytes(&mut padding);
    chunk(&mut file, *b"paDd", &padding);
    chunk(&mut file, *b"IEND", &[]);
    file
}

/// Rows with filter 2 (Up), each byte as the difference to the one above: fast to compress.
fn up_filtered(bits: &[u8], row: usize) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bits.len() + bits.len() / row + 1);
    for start in (0..bits.len()).step_by(row) {
        lines.push(2);
        let line = &bits[start..(start + row).min(bits.len())];
        match start.checked_sub(row) {
            Some(above) => lines.extend(line.iter().zip(&bits[above..]).map(|(byte, above)| byte.wrapping_sub(*above))),
            None => lines.extend_from_slice(line),
        }
    }
    lines
}

/// Rows with filter 0 (None).
fn unfiltered(bits: &[u8], row: usize) -> Vec<u8> {
    bits.chunks(row).flat_map(|line| [0].into_iter().chain(line.iter().copied())).collect()
}

fn compress(lines: &[u8], effort: Compression) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(Vec::with_capacity(BUCKET), effort);
    // Writing to memory cannot fail.
    let _ = zlib.write_all(lines);
    zlib.finish().unwrap_or_default()
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    // Chunks are far below the 2 GiB that PNG allows.
    file.extend_from_slice(&(content.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend_from_slice(&name);
    file.extend_from_slice(content);
    let mut crc = Crc::new();
    crc.update(&file[start..]);
    file.extend_from_slice(&crc.sum().to_be_bytes());
}

//! PNG files of one bit a pixel, whose length tells nothing.
//!
//! The four chunks are written here: the `png` crate would bring a second `miniz_oxide` into every binary, and the only
//! thing that it could add are the metadata that must not be there.

use std::io::Write;

use flate2::{Compression, Crc, write::ZlibEncoder};
use rand::Rng;

/// Files shorter than this are filled up to it.
pub const FLOOR: usize = 5 * 1024;

/// Longer files are filled up to the next multiple of this.
pub const BUCKET: usize = 1024;

/// Where more effort begins to cost more time than it saves bytes.
const EFFORT: Compression = Compression::new(3);

/// What every chunk has besides its content: length, name and checksum.
const CHUNK: usize = 12;

/// One picture as a file. `bits` holds eight pixels to a byte, every row on its own.
///
/// The length is a bucket's. Filling is random and sits in a private chunk that every reader must skip: zeros would be
/// squeezed away by a compressed transport, and the length would tell again how much was drawn.
pub(crate) fn encode(width: u32, height: u32, bits: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut file = Vec::with_capacity(FLOOR + BUCKET);
    file.extend_from_slice(b"\x89PNG\r\n\x1a\n");
    let [w, h] = [width.to_be_bytes(), height.to_be_bytes()];
    // One bit of grey, deflate, the usual filters, not interlaced.
    let header = [w[0], w[1], w[2], w[3], h[0], h[1], h[2], h[3], 1, 0, 0, 0, 0];
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &squeeze(bits, width.div_ceil(8) as usize));
    let length = (file.len() + 2 * CHUNK).next_multiple_of(BUCKET).max(FLOOR);
    let mut filling = vec![0; length - file.len() - 2 * CHUNK];
    rng.fill_bytes(&mut filling);
    chunk(&mut file, *b"paDd", &filling);
    chunk(&mut file, *b"IEND", &[]);
    file
}

/// Filters and deflates rows of this many bytes.
fn squeeze(bits: &[u8], row: usize) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bits.len() + bits.len() / row.max(1) + 1);
    for start in (0..bits.len()).step_by(row.max(1)) {
        // Filter 2: every byte as the difference to the one above; the first row has nothing above it.
        lines.push(2);
        let line = &bits[start..(start + row).min(bits.len())];
        match start.checked_sub(row) {
            Some(above) => lines.extend(line.iter().zip(&bits[above..]).map(|(byte, above)| byte.wrapping_sub(*above))),
            None => lines.extend_from_slice(line),
        }
    }
    let mut zlib = ZlibEncoder::new(Vec::with_capacity(FLOOR), EFFORT);
    // Writing to memory cannot fail.
    let _ = zlib.write_all(&lines);
    zlib.finish().unwrap_or_default()
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    // No chunk comes near the 2 GiB that PNG allows.
    file.extend_from_slice(&(content.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend_from_slice(&name);
    file.extend_from_slice(content);
    let mut crc = Crc::new();
    crc.update(&file[start..]);
    file.extend_from_slice(&crc.sum().to_be_bytes());
}

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

/// What every chunk has besides its content: length, name and checksum.
const CHUNK: usize = 12;

/// One picture as a file. `rows` holds `width` pixels each, eight to a byte.
///
/// The length is a bucket's. Filling is random and sits in a private chunk that every reader must skip: zeros would be
/// squeezed away by a compressed transport, and the length would tell again how much was drawn.
pub(crate) fn encode(width: u32, height: u32, rows: impl Iterator<Item = Vec<u8>>, rng: &mut impl Rng) -> Vec<u8> {
    let mut file = Vec::with_capacity(FLOOR + BUCKET);
    file.extend_from_slice(b"\x89PNG\r\n\x1a\n");
    let [w, h] = [width.to_be_bytes(), height.to_be_bytes()];
    // One bit of grey, deflate, the usual filters, not interlaced.
    let header = [w[0], w[1], w[2], w[3], h[0], h[1], h[2], h[3], 1, 0, 0, 0, 0];
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &squeeze(rows));
    let length = (file.len() + 2 * CHUNK).next_multiple_of(BUCKET).max(FLOOR);
    let mut filling = vec![0; length - file.len() - 2 * CHUNK];
    rng.fill_bytes(&mut filling);
    chunk(&mut file, *b"paDd", &filling);
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn squeeze(rows: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(Vec::with_capacity(FLOOR), Compression::new(4));
    let mut above: Vec<u8> = Vec::new();
    for row in rows {
        above.resize(row.len(), 0);
        // Filter 2: every byte as the difference to the one above. Writing to memory cannot fail.
        let mut line = Vec::with_capacity(row.len() + 1);
        line.push(2);
        line.extend(row.iter().zip(&above).map(|(byte, above)| byte.wrapping_sub(*above)));
        let _ = zlib.write_all(&line);
        above = row;
    }
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

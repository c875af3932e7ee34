//! Fingerprints that distinguish sources without reading them completely.

use std::io::{self, Read, Seek, SeekFrom};

use aws_lc_rs::digest::{Context, SHA256};

use super::lines::hex;

/// Bytes that are hashed at each end.
const END: u64 = 1 << 20;

/// Digest of the length, the first and the last MiB.
///
/// It finds the checkpoint of an interrupted import and need not be exact. A file that was edited in its middle can
/// match the old one, so the checkpoint also holds a digest of the imported lines, which resuming compares while it
/// reads over them. A file that has grown is another source: it is read from its start, and unchanged records are
/// recognised line by line. Files that were imported to their end are always read again.
pub fn fingerprint(file: &mut (impl Read + Seek), bytes: u64) -> io::Result<String> {
    let mut digest = Context::new(&SHA256);
    digest.update(&bytes.to_be_bytes());
    for start in [0, bytes.saturating_sub(END)] {
        file.seek(SeekFrom::Start(start))?;
        let mut end = Vec::new();
        file.take(END).read_to_end(&mut end)?;
        digest.update(&end);
    }
    Ok(hex(digest.finish().as_ref()))
}

/// The same for a pipe, of which only the first bytes are available. Imports of pipes are never resumed.
pub fn fingerprint_of_pipe(head: &[u8]) -> String {
    let mut digest = Context::new(&SHA256);
    digest.update(b"pipe");
    digest.update(head);
    hex(digest.finish().as_ref())
}

/// One fingerprint for several files.
pub fn joined<'a>(fingerprints: impl Iterator<Item = &'a str>) -> String {
    let mut digest = Context::new(&SHA256);
    for fingerprint in fingerprints {
        digest.update(fingerprint.as_bytes());
    }
    hex(digest.finish().as_ref())
}

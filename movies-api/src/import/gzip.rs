//! Decompression of gzip files (RFC 1952) as by gzip(1): several members in sequence, and trailing zeros, with which
//! tapes and some tools pad a block.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::bufread::GzDecoder;

/// The decompressed text of all members.
pub struct Members<R> {
    member: Option<GzDecoder<R>>,
    garbage: Arc<AtomicBool>,
}

impl<R: BufRead> Members<R> {
    /// `garbage` becomes `true` when anything but zeros and members follows a complete member; reading ends there.
    pub fn new(packed: R, garbage: Arc<AtomicBool>) -> Self {
        Self { member: Some(GzDecoder::new(packed)), garbage }
    }

    /// The member after this one.
    fn next_of(&self, member: GzDecoder<R>) -> io::Result<Option<GzDecoder<R>>> {
        let mut rest = member.into_inner();
        loop {
            let chunk = match rest.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let zeros = chunk.iter().take_while(|byte| **byte == 0).count();
            match chunk.get(zeros) {
                Some(0x1f) => {
                    rest.consume(zeros);
                    return Ok(Some(GzDecoder::new(rest)));
                }
                Some(_) => {
                    self.garbage.store(true, Ordering::Relaxed);
                    return Ok(None);
                }
                None if chunk.is_empty() => return Ok(None),
                None => rest.consume(zeros),
            }
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.member = match self.member.take() {
                Some(member) => self.next_of(member)?,
                None => None,
            };
        }
        Ok(0)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
mod tests {
    use std::io::{BufReader, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// The text and the garbage flag, read through a buffer of `buffer` bytes.
    fn unpacked(bytes: &[u8], buffer: usize) -> io::Result<(Vec<u8>, bool)> {
        let garbage = Arc::<AtomicBool>::default();
        let mut text = Vec::new();
        Members::new(BufReader::with_capacity(buffer, bytes), Arc::clone(&garbage)).read_to_end(&mut text)?;
        Ok((text, garbage.load(Ordering::Relaxed)))
    }

    #[test]
    fn members_and_zeros_between_and_behind_them_do_not_depend_on_the_buffer() {
        let bytes = [packed(b"one "), packed(b""), vec![0; 700], packed(b"two"), vec![0; 513]].concat();
        for buffer in [1, 2, 3, 17, 512, 8192] {
            assert_eq!(unpacked(&bytes, buffer).unwrap(), (b"one two".to_vec(), false), "{buffer}");
        }
    }

    #[test]
    fn garbage_behind_a_member_is_seen_and_half_a_member_is_an_error() {
        let one = packed(b"one");
        assert_eq!(unpacked(&[&one[..], b"\0\0garbage"].concat(), 8).unwrap(), (b"one".to_vec(), true));
        assert!(unpacked(&one[..one.len() - 1], 8).is_err());
        assert!(unpacked(&[&one[..], &one[..7]].concat(), 8).is_err());
        assert!(unpacked(b"\x1f\x8bnothing of the kind", 8).is_err());
    }
}

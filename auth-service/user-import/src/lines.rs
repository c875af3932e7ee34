//! Lines of bounded length. A longer one is skipped without being held in memory.

use std::io::{self, BufRead};

/// Maximum length of a line in bytes. An account needs less than a kilobyte.
pub const MAX_LINE_BYTES: usize = 16 * 1024;

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Its bytes, without the line break.
    Bytes(Vec<u8>),
    /// It is longer than [`MAX_LINE_BYTES`].
    TooLong,
}

/// Reads lines, counting bytes.
pub(crate) struct Lines<R> {
    reader: R,
    /// Offset of the next line.
    pub(crate) offset: u64,
}

impl<R: BufRead> Lines<R> {
    /// Lines of a reader that stands at `offset`.
    pub(crate) fn new(reader: R, offset: u64) -> Self {
        Self { reader, offset }
    }

    /// The next line; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        let (mut line, mut too_long, mut any) = (Vec::new(), false, false);
        loop {
            let available = match self.reader.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                break;
            }
            any = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let text = &available[..end.unwrap_or(available.len())];
            too_long = too_long || line.len() + text.len() > MAX_LINE_BYTES;
            if too_long {
                line = Vec::new();
            } else {
                line.extend_from_slice(text);
            }
            let consumed = end.map_or(available.len(), |end| end + 1);
            self.reader.consume(consumed);
            self.offset += consumed as u64;
            if end.is_some() {
                break;
            }
        }
        Ok(any.then_some(if too_long { Line::TooLong } else { Line::Bytes(line) }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::*;

    fn all(text: &[u8], buffer: usize) -> Vec<Line> {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, text), 0);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(line);
        }
        assert_eq!(lines.offset, text.len() as u64);
        found
    }

    fn bytes(text: &str) -> Line {
        Line::Bytes(text.as_bytes().to_vec())
    }

    #[test]
    fn lines_end_at_line_breaks_whatever_the_buffer() {
        for buffer in [1, 3, 4096] {
            assert_eq!(all(b"one\ntwo\n\nlast", buffer), [bytes("one"), bytes("two"), bytes(""), bytes("last")]);
            assert_eq!(all(b"one\n", buffer), [bytes("one")]);
            assert!(all(b"", buffer).is_empty());
        }
    }

    #[test]
    fn a_line_of_a_gigabyte_is_skipped_and_the_next_one_is_read() {
        let endless = io::repeat(b'x').take(1 << 30).chain(&b"\nnext\n"[..]);
        let mut lines = Lines::new(BufReader::with_capacity(1 << 20, endless), 0);
        assert_eq!(lines.next().unwrap(), Some(Line::TooLong));
        assert_eq!(lines.next().unwrap(), Some(bytes("next")));
        assert_eq!(lines.next().unwrap(), None);
    }

    #[test]
    fn the_longest_line_is_read() {
        let longest = "x".repeat(MAX_LINE_BYTES);
        assert_eq!(
            all(format!("{longest}\n{longest}y\nz").as_bytes(), 100),
            [bytes(&longest), Line::TooLong, bytes("z")]
        );
    }
}

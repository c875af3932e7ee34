//! End of a chunked body (RFC 9112 §7.1), found without buffering.

/// Maximum length of a chunk-size line with its extensions, and of all trailer fields together, in bytes.
const MAX_LINE: u32 = 4096;

/// Incremental scanner of one chunked body.
#[derive(Debug, Default)]
pub(super) struct ChunkScanner {
    state: State,
    size: u64,
    line: u32,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    FirstDigit,
    Digits,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// At the beginning of a trailer field, or of the empty line that ends the body.
    LineStart,
    Trailer,
    TrailerLf,
    EndLf,
}

/// Result of a scan.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// All bytes belong to the body, which continues.
    Continues,
    /// The body ends after this many bytes.
    Ends(usize),
    /// The bytes are no chunked body.
    Malformed,
}

impl ChunkScanner {
    /// Scans the next bytes of the body.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Scan {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.state == State::Data {
                let step = usize::try_from(self.size).unwrap_or(usize::MAX).min(bytes.len() - at);
                self.size -= step as u64;
                at += step;
                if self.size == 0 {
                    self.state = State::DataCr;
                }
                continue;
            }
            at += 1;
            if self.state == State::EndLf && byte == b'\n' {
                return Scan::Ends(at);
            }
            let Some(next) = self.step(byte) else { return Scan::Malformed };
            self.state = next;
        }
        Scan::Continues
    }

    fn step(&mut self, byte: u8) -> Option<State> {
        self.line += 1;
        let next = match (self.state, byte) {
            (State::FirstDigit, _) => {
                self.size = u64::from(char::from(byte).to_digit(16)?);
                State::Digits
            }
            (State::Digits | State::Extension, b'\r') => State::SizeLf,
            (State::Digits, b';') => State::Extension,
            (State::Digits, _) => {
                let digit = char::from(byte).to_digit(16)?;
                self.size = self.size.checked_mul(16)? + u64::from(digit);
                State::Digits
            }
            (State::Extension, 0x00..=0x08 | 0x0a..=0x1f | 0x7f) => return None,
            (State::Extension, _) => State::Extension,
            (State::SizeLf, b'\n') if self.size == 0 => State::LineStart,
            (State::SizeLf, b'\n') => State::Data,
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::FirstDigit,
            (State::LineStart, b'\r') => State::EndLf,
            (State::LineStart, _) => State::Trailer,
            (State::Trailer, b'\r') => State::TrailerLf,
            (State::Trailer, _) => State::Trailer,
            (State::TrailerLf, b'\n') => State::LineStart,
            _ => return None,
        };
        match next {
            State::Data | State::FirstDigit => self.line = 0,
            _ if self.line > MAX_LINE => return None,
            _ => {}
        }
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scans `bytes` in pieces of this size.
    fn scan(bytes: &[u8], piece: usize) -> Scan {
        let mut scanner = ChunkScanner::default();
        for (index, part) in bytes.chunks(piece).enumerate() {
            match scanner.scan(part) {
                Scan::Continues => {}
                Scan::Ends(len) => return Scan::Ends(index * piece + len),
                Scan::Malformed => return Scan::Malformed,
            }
        }
        Scan::Continues
    }

    #[test]
    fn a_body_ends_with_its_last_chunk_in_pieces_of_any_size() {
        for body in ["0\r\n\r\n", "4\r\nWiki\r\n6;a=b\r\npedia \r\n0\r\n\r\n", "1\r\na\r\n000\r\nx: y\r\nz:\r\n\r\n"] {
            let bytes = format!("{body}GET / HTTP/1.1\r\n");
            for piece in 1..=bytes.len() {
                assert_eq!(scan(bytes.as_bytes(), piece), Scan::Ends(body.len()), "{body:?} by {piece}");
            }
            assert_eq!(scan(&bytes.as_bytes()[..body.len() - 1], 100), Scan::Continues);
        }
    }

    #[test]
    fn anything_else_is_malformed() {
        let long = format!("1;{}\r\n", "a".repeat(5000));
        for body in ["\r\n", "x\r\n", "-1\r\n", "1\nA", "1\r\nAB", "1\r\nA\n", "11111111111111111\r\n", "1 ;\n", &long]
        {
            assert_eq!(scan(body.as_bytes(), 7), Scan::Malformed, "{body:?}");
        }
    }
}

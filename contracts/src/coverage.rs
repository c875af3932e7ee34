//! Coverage of the catalogue of codes by the tests of one run.
//!
//! Test clients note what they see in a folder: files of lines `OPERATION STATUS CODE`, where the operation is
//! `service/id`, or `-` for a response of no documented operation, and the code of a success is `-`.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use contracts::codes;
use contracts::documents::SERVICES;
use contracts::problem::Code;

/// Operations and codes that were seen together.
#[derive(Debug, Default)]
pub struct Coverage {
    seen: BTreeSet<(String, String)>,
}

impl Coverage {
    /// Reads all files of `folder`.
    ///
    /// # Errors
    /// When one cannot be read, or a line is malformed.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut coverage = Self::default();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let text = std::fs::read_to_string(&path)?;
            for line in text.lines() {
                coverage.add(line).ok_or_else(|| io::Error::other(format!("{}: {line:?}", path.display())))?;
            }
        }
        Ok(coverage)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let [operation, _status, code] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        self.seen.insert((operation.to_owned(), code.to_owned()));
        Some(())
    }

    /// Codes that no test has provoked. A code that operations declare counts only where one of them answered it: the
    /// tests of service-kit have endpoints of their own.
    pub fn missing(&self) -> Vec<&'static str> {
        let declared: BTreeSet<(String, &str)> = declared().into_iter().collect();
        let provoked = |code: &Code| {
            let mut own = declared.iter().filter(|(_, known)| *known == code.code).peekable();
            match own.peek() {
                Some(_) => own.any(|(operation, _)| self.has(operation, code.code)),
                None => self.seen.iter().any(|(_, seen)| seen == code.code),
            }
        };
        codes::ALL.iter().filter(|code| !provoked(code)).map(|code| code.code).collect()
    }

    /// Declared codes of each operation that it never answered, as `service/operation: codes`.
    pub fn unseen_pairs(&self) -> Vec<String> {
        let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
        for (operation, code) in declared().into_iter().filter(|(operation, code)| !self.has(operation, code)) {
            match lines.last_mut() {
                Some((last, codes)) if *last == operation => codes.push(code),
                _ => lines.push((operation, vec![code])),
            }
        }
        lines.into_iter().map(|(operation, codes)| format!("{operation}: {}", codes.join(" "))).collect()
    }

    fn has(&self, operation: &str, code: &str) -> bool {
        self.seen.contains(&(operation.to_owned(), code.to_owned()))
    }
}

/// Operations with the codes that they declare, beside those that any endpoint may answer.
fn declared() -> Vec<(String, &'static str)> {
    let mut pairs = Vec::new();
    for service in SERVICES {
        for operation in service.operations {
            let info = &operation.info;
            let codes = info.errors.iter().chain(codes::of_auth(info.auth));
            pairs.extend(codes.map(|code| (format!("{}/{}", service.name, info.id), code.code)));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(lines: &[String]) -> Coverage {
        let mut coverage = Coverage::default();
        lines.iter().for_each(|line| coverage.add(line).expect("a line"));
        coverage
    }

    /// Every code, where it is declared or anywhere.
    fn all() -> Vec<String> {
        let lines = codes::ALL.iter().map(|code| {
            let operation = declared().into_iter().find(|(_, known)| *known == code.code);
            format!("{} {} {}", operation.map_or("-".into(), |(operation, _)| operation), code.status, code.code)
        });
        lines.collect()
    }

    #[test]
    fn nothing_is_missing_when_every_code_was_seen() {
        assert_eq!(coverage(&all()).missing(), [""; 0]);
    }

    #[test]
    fn each_code_that_was_not_seen_is_missing() {
        for left_out in all() {
            let rest: Vec<_> = all().into_iter().filter(|line| *line != left_out).collect();
            assert_eq!(coverage(&rest).missing(), [left_out.rsplit(' ').next().expect("a code")]);
        }
    }

    #[test]
    fn a_declared_code_counts_only_at_an_operation_that_declares_it() {
        let moved: Vec<_> = all().iter().map(|line| line.replace("auth/log_in 401", "auth/sign_up 401")).collect();
        assert_eq!(coverage(&moved).missing(), ["auth.wrong_credentials"]);
    }

    #[test]
    fn pairs_that_were_not_seen_are_listed_by_operation() {
        let pairs = coverage(&["auth/log_in 503 auth.busy".to_owned()]).unseen_pairs();
        let log_in = pairs.iter().find(|line| line.starts_with("auth/log_in: ")).expect("a line");
        assert!(log_in.contains("auth.wrong_credentials") && !log_in.contains("auth.busy"), "{log_in}");
    }

    #[test]
    fn a_malformed_line_is_no_line() {
        assert_eq!(Coverage::default().add("auth/log_in 503"), None);
    }
}

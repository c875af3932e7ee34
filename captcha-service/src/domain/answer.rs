//! Answer of a challenge: two digits, all values equally likely.

use std::fmt;

use rand::RngExt;
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

/// Maximum input length in bytes: two full-width digits take six.
const MAX_TEXT: usize = 8;

/// A number from 10 to 99. `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Answer(u8);

impl Answer {
    /// Uniform over the 90 values, from the operating system's randomness by way of ChaCha (`rand::rng`). The answer
    /// is drawn first and a sum is made for it, because sums drawn first have favourite answers.
    pub fn random() -> Self {
        Self(rand::rng().random_range(10..=99))
    }

    /// A number from 10 to 99.
    pub fn new(number: u8) -> Option<Self> {
        (10..=99).contains(&number).then_some(Self(number))
    }

    /// Parses exactly two digits; full-width ones too, since some keyboards produce them.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let mut typed = text.nfkc();
        let (Some(tens), Some(ones), None) = (typed.next(), typed.next(), typed.next()) else { return None };
        let digit = |letter: char| letter.is_ascii_digit().then(|| letter as u8 - b'0');
        Self::new(digit(tens)? * 10 + digit(ones)?)
    }

    /// The number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Compares in constant time.
    pub fn is(self, given: Option<Self>) -> bool {
        // An invalid answer is compared as 0, which is never right.
        let given = given.map_or(0, |given| given.0);
        self.0.ct_eq(&given).into()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_an_answer_and_nothing_else_is() {
        for (text, number) in [("10", 10), ("42", 42), ("99", 99), ("４２", 42)] {
            assert_eq!(Answer::parse(text).map(Answer::number), Some(number), "{text}");
        }
        let long = "4".repeat(1_000_000);
        for text in [
            "",
            "4",
            "042",
            "+42",
            "-42",
            "4 2",
            "42\n",
            " 42",
            "٤٢",
            "0x2A",
            "42.0",
            "1e1",
            "09",
            "00",
            "४२",
            "4\u{301}2",
            "NaN",
            &long,
        ] {
            assert_eq!(Answer::parse(text), None, "{text:.20}");
        }
    }

    #[test]
    fn an_answer_is_compared_and_never_shown() {
        let answer = Answer::new(42).unwrap();
        assert!(answer.is(Answer::parse("42")) && !answer.is(Answer::parse("43")) && !answer.is(None));
        assert!(!format!("{answer:?}").contains("42"));
        assert!(Answer::new(9).is_none() && Answer::new(100).is_none());
    }

    /// χ² with 89 degrees of freedom is above 148.0 once in ten thousand times.
    #[test]
    fn a_million_answers_are_spread_evenly() {
        let mut counts = [0_f64; 100];
        for _ in 0..1_000_000 {
            counts[usize::from(Answer::random().number())] += 1.0;
        }
        let expected = 1_000_000.0 / 90.0;
        assert!(counts[..10].iter().all(|count| *count == 0.0));
        let squared: f64 = counts[10..].iter().map(|count| (count - expected).powi(2) / expected).sum();
        assert!(squared < 148.0, "χ² is {squared}");
    }
}

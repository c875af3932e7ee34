//! Answers from the output of OCR engines, with the usual confusions corrected.

use captcha_picture::{ANSWERS, Level};

/// Answer of an attacker, if the text looks like a sum of this level (`None`: of any level). `coin` decides between
/// the signs if none was recognised.
pub fn answer(text: &str, level: Option<Level>, coin: bool) -> Option<u8> {
    let mut numbers = [String::new(), String::new()];
    let (mut sign, mut second) = (None, false);
    for letter in text.chars() {
        if let Some(digit) = digit(letter) {
            // A space between digits is no sign; the second number starts after the sign.
            numbers[usize::from(second)].push(digit);
        } else if let Some(plus) = plus(letter).filter(|_| !second && !numbers[0].is_empty()) {
            (sign, second) = (Some(plus), true);
        }
    }
    let lengths: &[(usize, usize)] = match level {
        Some(Level::L1) => &[(2, 1)],
        Some(_) => &[(2, 2)],
        None => &[(2, 1), (2, 2)],
    };
    if !second {
        // Without a sign, a text with the right number of digits can still be split.
        let digits = std::mem::take(&mut numbers[0]);
        let &(left, _) = lengths.iter().find(|(left, right)| left + right == digits.len())?;
        let (left, right) = digits.split_at(left);
        numbers = [left.to_owned(), right.to_owned()];
    }
    if !lengths.contains(&(numbers[0].len(), numbers[1].len())) {
        return None;
    }
    let (left, right): (u8, u8) = (numbers[0].parse().ok()?, numbers[1].parse().ok()?);
    let sums = [left.checked_add(right), left.checked_sub(right)].map(|sum| sum.filter(|sum| ANSWERS.contains(sum)));
    match (sign, sums) {
        (Some(true), [sum, _]) | (Some(false), [_, sum]) => sum,
        (None, [Some(sum), None] | [None, Some(sum)]) => Some(sum),
        (None, [sum, difference]) => {
            if coin {
                sum
            } else {
                difference
            }
        }
    }
}

fn digit(letter: char) -> Option<char> {
    Some(match letter {
        '0'..='9' => letter,
        'O' | 'o' | 'D' | 'Q' | 'U' | '°' => '0',
        'l' | 'I' | '|' | 'i' | '!' | 'j' | ']' | '[' | 'J' => '1',
        'Z' | 'z' => '2',
        'A' | 'h' | 'L' | 'y' | 'Y' => '4',
        'S' | 's' | '$' => '5',
        'G' | 'b' | 'C' => '6',
        'T' | '?' | 'F' => '7',
        'B' | '&' | 'R' => '8',
        'g' | 'q' | 'P' => '9',
        _ => return None,
    })
}

fn plus(letter: char) -> Option<bool> {
    match letter {
        '+' | 't' | 'f' | '†' | '*' => Some(true),
        '-' | '–' | '—' | '−' | '_' | '~' | '=' | '©' | 'e' | '@' => Some(false),
        _ => None,
    }
}

//! The two numbers of a picture: windows to both sides of the sign, and the digits in them.

use captcha_picture::Sum;

use super::{grid::Grid, sign::Sign};
use crate::network::Shape;

/// One number: as wide as two digits, without the margins above and below.
pub const CROP: Shape = Shape { channels: 1, height: 48, width: 52 };

/// Classes of the first and of the second digit; the last one of the second is "none".
pub const CLASSES: [usize; 2] = [10, 11];

/// Class of a second digit that is not there.
pub const NONE: u8 = 10;

/// From the middle of the sign to the numbers, in cells.
const DISC: isize = 9;

/// Digits of a number below 100, as classes.
pub fn digits(number: u8) -> [u8; 2] {
    if number < 10 { [number, NONE] } else { [number / 10, number % 10] }
}

/// Digits of both numbers.
pub fn labels(sum: Sum) -> [[u8; 2]; 2] {
    [digits(sum.left), digits(sum.right)]
}

/// Cells of both numbers, from -0.5 to 0.5, row by row.
pub fn crops(grid: &Grid, sign: Sign) -> [Vec<f32>; 2] {
    let top = (grid.height - CROP.height) as isize / 2;
    [sign.x - DISC - CROP.width as isize, sign.x + DISC].map(|left| {
        let rows = (top..top + CROP.height as isize).map(|y| grid.row(left, y, CROP.width));
        rows.flatten().map(|ink| ink - 0.5).collect()
    })
}

#[cfg(test)]
mod tests {
    use captcha_picture::Op;

    use super::*;

    #[test]
    fn labels_are_the_digits_from_left_to_right() {
        assert_eq!(labels(Sum { left: 40, op: Op::Minus, right: 7 }), [[4, 0], [7, NONE]]);
        assert_eq!(labels(Sum { left: 99, op: Op::Plus, right: 10 }), [[9, 9], [1, 0]]);
    }

    #[test]
    fn classes_of_every_number_are_within_their_groups() {
        for number in 0..100 {
            let [first, second] = digits(number).map(usize::from);
            assert!(first < CLASSES[0] && second < CLASSES[1], "{number}");
        }
    }
}

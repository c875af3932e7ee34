//! Preparations: image processing of an attacker before OCR.

use crate::bitmap::Bitmap;

/// A preparation.
pub struct Preparation {
    pub name: &'static str,
    pub run: fn(&Bitmap) -> Bitmap,
}

/// All preparations. The last three exploit the construction of the pictures: the sign is read separately and put back
/// as plain text.
pub const PREPARATIONS: [Preparation; 11] = [
    Preparation { name: "as it is", run: Bitmap::clone },
    Preparation { name: "half size", run: Bitmap::half },
    Preparation { name: "median", run: |picture| picture.median(4).half() },
    Preparation { name: "closing", run: |picture| picture.close(4).half() },
    Preparation { name: "closing, median", run: |picture| picture.close(4).median(5).half() },
    Preparation { name: "opening", run: |picture| picture.open(5).half() },
    Preparation { name: "opening, closing", run: |picture| picture.open(5).close(6).half() },
    Preparation { name: "pieces, upright", run: |picture| upright(&components(&picture.open(5).close(4))).half() },
    Preparation { name: "sign apart", run: |picture| sign_apart(picture, |rest| rest.clone()).half() },
    Preparation {
        name: "sign apart, opening",
        run: |picture| sign_apart(picture, |rest| rest.open(5).close(6)).half(),
    },
    Preparation {
        name: "sign apart, closing, opening, upright",
        run: |picture| sign_apart(picture, |rest| upright(&components(&rest.close(3).open(6)))).half(),
    },
];

/// Keeps components of the size of a digit: no specks, and nothing from edge to edge.
fn components(picture: &Bitmap) -> Bitmap {
    let mut kept = Bitmap::new(picture.width, picture.height);
    for component in picture.components() {
        let columns = component.iter().map(|at| at % picture.width);
        let (left, right) = (columns.clone().min().unwrap_or(0), columns.max().unwrap_or(0));
        if component.len() > 400 && right - left < picture.width * 3 / 4 {
            component.into_iter().for_each(|at| kept.ink[at] = true);
        }
    }
    kept
}

/// Shears the picture to maximise the variance of its columns, so that digits stand upright.
fn upright(picture: &Bitmap) -> Bitmap {
    let unequal = |picture: &Bitmap| picture.columns().iter().map(|&ink| u64::from(ink).pow(2)).sum::<u64>();
    (-6..=6).map(|step| picture.shear(step as f32 * 0.05)).max_by_key(unequal).unwrap_or_else(|| picture.clone())
}

/// Finds the disc, distinguishes plus from minus by the ink above and below its middle, and replaces it with a plain
/// sign.
fn sign_apart(picture: &Bitmap, then: fn(&Bitmap) -> Bitmap) -> Bitmap {
    // Only a disc survives a closing of its sign and an opening wider than any pen.
    let discs = picture.close(9).open(24).components();
    let round = |component: &Vec<usize>| {
        let rows = component.iter().map(|at| at / picture.width);
        let columns = component.iter().map(|at| at % picture.width);
        let (top, bottom) = (rows.clone().min().unwrap_or(0), rows.max().unwrap_or(0));
        let (left, right) = (columns.clone().min().unwrap_or(0), columns.max().unwrap_or(0));
        ((right - left).abs_diff(80) + (bottom - top).abs_diff(80), (left + right) / 2, (top + bottom) / 2)
    };
    let Some((_, x, y)) = discs.iter().map(round).min().filter(|(off, ..)| *off < 60) else { return then(picture) };
    let hole = |dy: isize| {
        let at = (y as isize + dy).clamp(0, picture.height as isize - 1) as usize * picture.width + x;
        !picture.ink[at.saturating_sub(5)..(at + 6).min(picture.ink.len())].iter().all(|ink| *ink)
    };
    let plus = hole(-18) && hole(18);
    let (x, y) = (x as isize, y as isize);
    let mut rest = picture.clone();
    rest.fill((x - 50, 0), (x + 50, picture.height as isize), false);
    let mut result = then(&rest);
    result.fill((x - 32, y - 7), (x + 32, y + 7), true);
    if plus {
        result.fill((x - 7, y - 32), (x + 7, y + 32), true);
    }
    result
}

//! Connected words in a clip: matched filters for every word and pace, joined along a grammar (Sakoe, 1979: two-level
//! dynamic programming).

use ndarray::{ArrayView1, Axis};

use super::{
    grammar::{Arc, NODES, SHORT_CUTS, Word},
    spectrum::{Frames, Spectrum},
    templates::Templates,
};

/// Paces at which templates are tried, relative to their own: 0.76 to 1.3.
const PACES: usize = 13;
const PACE_STEP: f32 = 0.045;
const SLOWEST: f32 = 0.76;
/// Most words of a sum.
const WORDS: usize = 5;

/// A word at a pace.
struct Template {
    word: Word,
    frames: Frames,
}

/// Every word at every pace.
pub struct Recogniser {
    templates: Vec<Template>,
}

/// Cost so far, and the words that led here.
#[derive(Clone, Copy)]
struct Token {
    cost: f32,
    words: [Word; WORDS],
    count: usize,
}

const NOWHERE: Token = Token { cost: f32::INFINITY, words: [0; WORDS], count: 0 };

impl Token {
    fn with(mut self, word: Word) -> Self {
        if let Some(place) = self.words.get_mut(self.count) {
            (*place, self.count) = (word, self.count + 1);
        }
        self
    }
}

/// Resamples: `pace` times as fast, and as high.
fn at_pace(samples: &[f32], pace: f32) -> Vec<f32> {
    let length = (samples.len() as f32 / pace) as usize;
    let sample = |at: usize| samples.get(at).copied().unwrap_or(0.0);
    (0..length)
        .map(|index| {
            let at = index as f32 * pace;
            let (whole, part) = (at as usize, at.fract());
            sample(whole) * (1.0 - part) + sample(whole + 1) * part
        })
        .collect()
}

impl Recogniser {
    pub fn new(templates: &Templates, spectrum: &Spectrum) -> Self {
        let words = templates.by_word.iter().flat_map(|(word, cuts)| cuts.iter().map(|cut| (*word, &cut.samples)));
        let paces = (0..PACES).map(|step| SLOWEST + PACE_STEP * step as f32);
        let templates = words.flat_map(|(word, samples)| {
            paces.clone().map(move |pace| Template { word, frames: spectrum.frames(&at_pace(samples, pace)) })
        });
        Self { templates: templates.collect() }
    }

    /// The likeliest words; `arcs` are sorted by the nodes that they come from.
    pub fn read(&self, clip: &Frames, arcs: &[Arc]) -> Vec<Word> {
        let matches: Vec<(&Template, Vec<f32>)> =
            self.templates.iter().map(|template| (template, template.distances(clip))).collect();
        let silence = silence(clip);
        let costs: Vec<f32> = clip
            .rows()
            .into_iter()
            .map(|frame| frame.iter().zip(&silence).map(|(a, b)| (a - b) * (a - b)).sum())
            .collect();
        let mut nodes = [NOWHERE; NODES].map(|token| vec![token; clip.nrows() + 1]);
        nodes[0][0].cost = 0.0;
        for node in 0..NODES {
            for (frame, cost) in costs.iter().enumerate() {
                let waited = nodes[node][frame].cost + cost;
                if waited < nodes[node][frame + 1].cost {
                    nodes[node][frame + 1] = Token { cost: waited, ..nodes[node][frame] };
                }
            }
            let from = nodes[node].clone();
            if let Some((_, to)) = SHORT_CUTS.iter().find(|(short, _)| *short == node) {
                join(&mut nodes[*to], from.iter().copied().enumerate());
            }
            for arc in arcs.iter().filter(|arc| arc.from == node) {
                for (template, matches) in matches.iter().filter(|(template, _)| template.word == arc.word) {
                    let words = from.iter().zip(matches).enumerate().map(|(frame, (token, cost))| {
                        (frame + template.frames.nrows(), Token { cost: token.cost + cost, ..*token })
                    });
                    join(&mut nodes[arc.to], words.map(|(frame, token)| (frame, token.with(arc.word))));
                }
            }
        }
        nodes[NODES - 1].last().map(|end| end.words[..end.count].to_vec()).unwrap_or_default()
    }
}

/// Keeps the cheaper token of each frame.
fn join(node: &mut [Token], tokens: impl Iterator<Item = (usize, Token)>) {
    for (frame, token) in tokens {
        if let Some(kept) = node.get_mut(frame).filter(|kept| token.cost < kept.cost) {
            *kept = token;
        }
    }
}

impl Template {
    /// Squared distance from the clip, laid over it from every frame on.
    fn distances(&self, clip: &Frames) -> Vec<f32> {
        let squares = |frames: &Frames| frames.map_axis(Axis(1), |frame| frame.dot(&frame)).to_vec();
        let (own, other, products) = (squares(&self.frames), squares(clip), self.frames.dot(&clip.t()));
        let starts = (other.len() + 1).saturating_sub(own.len());
        let mut sums = vec![own.iter().sum(); starts];
        for (index, products) in products.rows().into_iter().enumerate() {
            let pairs = other.iter().zip(products).skip(index);
            sums.iter_mut().zip(pairs).for_each(|(sum, (square, product))| *sum += square - 2.0 * product);
        }
        sums
    }
}

/// Most of a clip is silence: the median of each band.
fn silence(clip: &Frames) -> Vec<f32> {
    let median = |band: ArrayView1<f32>| {
        let mut values = band.to_vec();
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    clip.columns().into_iter().map(median).collect()
}

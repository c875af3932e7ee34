//! Softmax and its cross entropy, over several groups of classes beside each other.

use ndarray::Array2;

/// Turns logits into probabilities, in place.
pub fn softmax(logits: &mut [f32]) {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|logit| *logit = (*logit - most).exp());
    let sum: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|logit| *logit /= sum);
}

/// Mean loss of a batch in nats, and its gradient by the outputs. `groups` are the numbers of classes; a sample has one
/// label in each group.
pub fn cross_entropy<const N: usize>(
    mut outputs: Array2<f32>,
    groups: [usize; N],
    labels: &[[u8; N]],
) -> (f32, Array2<f32>) {
    let share = 1.0 / labels.len().max(1) as f32;
    let mut loss = 0.0;
    for (mut row, labels) in outputs.rows_mut().into_iter().zip(labels) {
        let mut start = 0;
        for (classes, &label) in groups.iter().zip(labels) {
            let group = &mut row.as_slice_mut().expect("standard layout")[start..start + classes];
            softmax(group);
            loss -= group[usize::from(label)].max(f32::MIN_POSITIVE).ln() * share;
            group[usize::from(label)] -= 1.0;
            group.iter_mut().for_each(|gradient| *gradient *= share);
            start += classes;
        }
    }
    (loss, outputs)
}

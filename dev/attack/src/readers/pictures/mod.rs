//! Labelled pictures of the product's own drawing, cut into what the network reads.

mod answer;
mod crops;
mod grid;
mod reader;
mod sign;

pub use reader::{PictureReader, Training};

//! Whole-stack stories over real processes of the built programs.

mod cinema;
mod outage;

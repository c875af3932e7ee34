//! Whole-stack stories over real processes of the built programs.

mod cinema;
mod limits;
mod load;
mod outage;
mod traces;

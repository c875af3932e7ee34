//! Whole-stack stories over real processes of the built programs.

mod captcha;
mod cinema;
mod collector;
mod house;
mod limits;
mod load;
mod outage;
mod secrets;
mod traces;

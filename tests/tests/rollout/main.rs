//! The services behind nginx: replaced one by one under load, absent, and what the proxy lets through. A program of its own,
//! because its processes would slow down other stories.

mod absent;
mod load;
mod names;
mod replacing;
mod routing;
mod town;

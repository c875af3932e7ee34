//! Disks that are full, read-only or pulled away under real processes: what was acknowledged is there afterwards.

mod schedules;
mod small_disk;
mod starts;
mod stores;

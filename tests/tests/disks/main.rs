//! Full, read-only and lost disks under real processes: acknowledged writes are durable.

mod schedules;
mod shared_index;
mod small_disk;
mod starts;
mod stores;

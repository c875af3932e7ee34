//! The store in this process: a table of fixed size, without locks for keys it knows, without a sweep.
//!
//! A slot is 16 bytes, a fingerprint of the key (under its policy) and the TAT; the table never grows. A key may lie in
//! eight slots, two neighbouring lines of memory. A new key takes an empty slot or that of an idle key, which loses
//! nothing; when all eight are active, [`Overflow`](crate::Overflow) of the new key's policy decides. Active keys of a
//! policy that refuses then are never forgotten, whoever comes. With twice as many slots as active keys less than 1 % of
//! new ones find all eight active, so count 32 bytes for each.
//!
//! # Why it never admits too much
//!
//! Every change of a TAT is a compare-exchange from the value that the decision was made from, so the decisions on one
//! slot form a line, each made from the outcome of the one before. What remains is that slots change hands.
//!
//! * *One key, one slot.* Slots are given away only under the lock of their pair of lines, by a writer that has looked
//!   through all eight and not found the key.
//! * *Giving away.* The writer reads the TAT, stores `CLAIMED` as fingerprint and reads the TAT again;
//!   a call exchanges the TAT and reads the fingerprint again. All four are sequentially consistent, so of a call and a
//!   writer that meet, at least one sees the other (Dekker). Sees the writer a new TAT, it gives the slot back and
//!   chooses anew. Sees the call another fingerprint, it does not count as decided and starts again. Both may see each
//!   other: then the key has paid twice for one call. No admission gets lost with a slot that was taken for idle.
//! * *A late exchange.* A call that slept while its slot was given away may still exchange the TAT of the new key, if
//!   that is by chance the very number. It starts again, since the fingerprint has changed. Without the lock a TAT is
//!   only ever raised (`Slot::raise`), so the new key is admitted later than it might, never earlier. Refunds and
//!   corrections, which lower TATs, hold the lock, under which the slot is the key's.
//! * *By whose time?* A call reads the clock after the TAT: else one that slept in between would take a TAT that others
//!   have pushed on since for that of a clock that stepped back, and pull it back. A new key is decided on by a time read
//!   under the lock, so that one that lost its slot when it was idle does not start again at a time before. A call that
//!   sleeps after it has read the clock decides as of then, from a TAT that the exchange finds unchanged.
//! * *A key that comes back.* A call may sleep between its exchange and the second look, and in the meantime the slot may
//!   be given away and back to the same key. That key then gets the units of that call for nothing; its slot has been
//!   taken twice, which takes a table full of active keys or a call that slept longer than another key was active.
//!
//! Several limits: those that enforce are looked at first. If all conform, their units are taken one after another, and
//! given back when one refuses after all because another call came in between. What is given back is reduced by the time
//! that it was held: for so long the key may have been idle. So a call is all or nothing up to calls in flight, which may
//! be refused for units that are about to be given back; no limit ever admits more than its quota.

mod all_or_nothing;
mod share;
mod slot_address;
mod store;
mod table;

pub use store::{DEFAULT_CAPACITY, MAX_CAPACITY, MemoryStore};

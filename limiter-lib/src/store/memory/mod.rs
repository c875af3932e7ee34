//! The in-process store: a table of fixed size, lock-free for known keys, without a sweep.
//!
//! A slot is 16 bytes, a fingerprint of the key (under its policy) and the TAT; the table never grows. A key may occupy
//! any of eight slots, in two adjacent cache lines. A new key takes an empty slot or that of an idle key, which loses
//! nothing; when all eight are active, [`Overflow`](crate::Overflow) of the new key's policy decides. Active keys of a
//! policy with `Overflow::Refuse` are never evicted. With twice as many slots as active keys less than 1 % of new ones
//! find all eight active, so count 32 bytes for each.
//!
//! # Proof that it never over-admits
//!
//! Every change of a TAT is a compare-exchange from the value that the decision was based on, so the decisions on one
//! slot are totally ordered, each based on the outcome of the previous one. The remaining hazard is reuse of slots.
//!
//! * *One key, one slot.* Slots are reassigned only under the lock of their pair of lines, by a writer that has
//!   searched all eight and not found the key.
//! * *Reassignment.* The writer reads the TAT, stores `CLAIMED` as fingerprint and reads the TAT again; a call
//!   exchanges the TAT and reads the fingerprint again. All four are sequentially consistent, so of a concurrent call
//!   and writer at least one sees the other (Dekker). A writer that sees a new TAT releases the slot and chooses again.
//!   A call that sees another fingerprint discards its decision and starts again. Both may see each other: then the key
//!   has paid twice for one call. No admission gets lost with a slot that was considered idle.
//! * *A late exchange.* A call that was suspended while its slot was reassigned may still exchange the TAT of the new
//!   key, if that happens to be the same number. It starts again, since the fingerprint has changed. Without the lock a
//!   TAT is only ever raised (`Slot::raise`), so the new key is admitted later than it might be, never earlier. Refunds
//!   and corrections, which lower TATs, hold the lock, under which the slot cannot be reassigned.
//! * *Order of clock and TAT.* A call reads the clock after the TAT: otherwise one that was suspended in between would
//!   mistake a TAT that others have raised since for that of a clock that stepped back, and lower it. A new key is
//!   decided on by a time read under the lock, so that one that lost its slot when it was idle does not start again at
//!   an earlier time. A call that is suspended after it has read the clock decides as of then, from a TAT that the
//!   exchange finds unchanged.
//! * *A returning key (ABA).* A call may be suspended between its exchange and the second read, and in the meantime the
//!   slot may be reassigned and come back to the same key. That key then gets the units of that call for free; two
//!   reassignments need a table full of active keys or a call suspended for longer than another key was active.
//!
//! Several limits: those that enforce are peeked at first. If all conform, their units are taken one after another, and
//! refunded when one refuses after all because another call interfered. The refund is reduced by the time that the
//! units were held: for so long the key may have been idle. So a call is all or nothing up to calls in flight, which
//! may be refused for units that are about to be refunded; no limit ever admits more than its quota.

mod all_or_nothing;
mod share;
mod slot_address;
mod store;
mod table;

pub use store::{DEFAULT_CAPACITY, MAX_CAPACITY, MemoryStore};

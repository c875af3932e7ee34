//! Bounds on open connections: of the server, and of each address.
//!
//! A new connection over a bound evicts the one that has waited longest for its client (idle, slow reader, missing head
//! or body): of the same address, or of all when the server is full. So a client that holds connections open only
//! evicts its own. The new one is rejected only when all others have a request in progress.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

use futures_util::task::AtomicWaker;
use limiter_lib::actix::Networks;
use metrics::{counter, gauge};

use super::rejection::RequestRejection;

/// Sample size for eviction: enough to find an old connection, small enough under a flood.
const SAMPLE: usize = 64;

/// Origin of the milliseconds below.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The connections of one server.
#[derive(Debug, Clone)]
pub(crate) struct Connections(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    max: usize,
    per_address: usize,
    /// Maximum number of rejected connections that still get a response.
    max_rejected: usize,
    /// Proxies, exempt from the bound per address: their connections belong to many clients.
    exempt: Networks,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    exempt: usize,
    rejected: usize,
    bounded: Group,
    addresses: HashMap<IpAddr, Group>,
}

type Group = Vec<Arc<Entry>>;

#[derive(Debug)]
struct Entry {
    address: IpAddr,
    /// Start of the wait for its client, in ms; 0 while a request is in progress.
    waiting_since: AtomicU64,
    evicted: AtomicBool,
    waker: AtomicWaker,
}

/// Slot of one open connection, freed on drop.
#[derive(Debug)]
pub(crate) struct Slot {
    connections: Connections,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Bounded(Arc<Entry>),
    Exempt,
    Rejected,
}

impl Connections {
    pub(crate) fn new(max: usize, per_address: usize, max_rejected: usize, exempt: Networks) -> Self {
        Self(Arc::new(Inner { max, per_address, max_rejected, exempt, state: Mutex::default() }))
    }

    /// Admits a connection: a slot, with the reason if it is to be rejected; `None` when it is to be closed at once.
    pub(crate) fn admit(&self, peer: IpAddr) -> Option<(Slot, Option<RequestRejection>)> {
        let address = peer.to_canonical();
        let mut state = self.lock();
        let (kind, rejection) = match self.insert(&mut state, address) {
            Ok(kind) => (kind, None),
            Err(_) if state.rejected == self.0.max_rejected => return None,
            Err(rejection) => {
                state.rejected += 1;
                (Kind::Rejected, Some(rejection))
            }
        };
        drop(state);
        gauge!("http.server.open_connections").increment(1);
        Some((Slot { connections: self.clone(), kind }, rejection))
    }

    fn insert(&self, state: &mut State, address: IpAddr) -> Result<Kind, RequestRejection> {
        let exempt = self.0.exempt.contains(address);
        let address = network(address);
        if !exempt && state.addresses.get(&address).is_some_and(|group| group.len() >= self.0.per_address) {
            state.evict(Some(address)).ok_or(RequestRejection::AddressConnections)?;
        }
        if state.exempt + state.bounded.len() >= self.0.max {
            state.evict(None).ok_or(RequestRejection::Connections)?;
        }
        if exempt {
            state.exempt += 1;
            return Ok(Kind::Exempt);
        }
        let (waiting_since, evicted) = (AtomicU64::new(now()), AtomicBool::new(false));
        let entry = Arc::new(Entry { address, waiting_since, evicted, waker: AtomicWaker::new() });
        state.bounded.push(Arc::clone(&entry));
        state.addresses.entry(address).or_default().push(Arc::clone(&entry));
        Ok(Kind::Bounded(entry))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner) // no step of a change can panic
    }
}

impl State {
    /// Evicts the connection that has waited longest for its client, of an address or of all.
    fn evict(&mut self, address: Option<IpAddr>) -> Option<()> {
        let group = match address {
            Some(address) => self.addresses.get(&address)?,
            None => &self.bounded,
        };
        let skip = if group.len() <= SAMPLE { 0 } else { rand::random_range(0..group.len()) };
        let sample = group.iter().cycle().skip(skip).take(SAMPLE.min(group.len()));
        let waiting = sample.filter(|entry| entry.waiting_since.load(Ordering::Relaxed) > 0);
        let oldest = Arc::clone(waiting.min_by_key(|entry| entry.waiting_since.load(Ordering::Relaxed))?);
        self.remove(&oldest);
        oldest.evicted.store(true, Ordering::Release);
        oldest.waker.wake();
        counter!("http.server.evicted_connections").increment(1);
        Some(())
    }

    /// Removes a connection; no effect if it is removed already.
    fn remove(&mut self, entry: &Arc<Entry>) {
        let is_same = |other: &Arc<Entry>| Arc::ptr_eq(entry, other);
        if let Some(group) = self.addresses.get_mut(&entry.address) {
            group.iter().position(is_same).map(|at| group.swap_remove(at));
            if group.is_empty() {
                self.addresses.remove(&entry.address);
            }
        }
        self.bounded.iter().position(is_same).map(|at| self.bounded.swap_remove(at));
    }
}

impl Slot {
    /// Records that the connection waits for its client; `waker` is woken on eviction.
    pub(crate) fn wait_for_client(&self, waker: &Waker) {
        if let Kind::Bounded(entry) = &self.kind {
            if entry.waiting_since.load(Ordering::Relaxed) == 0 {
                entry.waiting_since.store(now(), Ordering::Relaxed);
            }
            entry.waker.register(waker);
        }
    }

    /// Records that the server is processing a request.
    pub(crate) fn serve(&self) {
        if let Kind::Bounded(entry) = &self.kind {
            entry.waiting_since.store(0, Ordering::Relaxed);
        }
    }

    /// `true` when the connection was evicted and must be closed.
    pub(crate) fn is_evicted(&self) -> bool {
        matches!(&self.kind, Kind::Bounded(entry) if entry.evicted.load(Ordering::Acquire))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.connections.lock();
        match &self.kind {
            Kind::Bounded(entry) => state.remove(entry),
            Kind::Exempt => state.exempt -= 1,
            Kind::Rejected => state.rejected -= 1,
        }
        drop(state);
        gauge!("http.server.open_connections").decrement(1);
    }
}

/// Network of one customer: an IPv4 address, or the first 64 bits of an IPv6 address.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

/// Milliseconds since the first call, never 0.
fn now() -> u64 {
    u64::try_from(EPOCH.elapsed().as_millis()).map_or(u64::MAX, |millis| millis.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// The slot of a connection, and its rejection.
    fn admit(connections: &Connections, last: u8) -> (Slot, Option<RequestRejection>) {
        connections.admit(address(last)).expect("it gets a response at least")
    }

    #[test]
    fn an_address_over_its_bound_evicts_its_own_connection() {
        let connections = Connections::new(10, 2, 1, Networks::default());
        let (other, _) = admit(&connections, 9);
        let (first, _) = admit(&connections, 1);
        let (second, _) = admit(&connections, 1);
        first.serve();
        let (third, rejection) = admit(&connections, 1);
        assert_eq!(rejection, None);
        assert_eq!([&other, &first, &second, &third].map(Slot::is_evicted), [false, false, true, false]);
    }

    #[test]
    fn connections_with_a_request_in_progress_stay_and_the_new_one_is_rejected() {
        let connections = Connections::new(3, 2, 1, Networks::default());
        let busy: Vec<_> = [1, 1, 2].map(|last| admit(&connections, last).0).into_iter().inspect(Slot::serve).collect();
        let (rejected, rejection) = admit(&connections, 1);
        assert_eq!(rejection, Some(RequestRejection::AddressConnections));
        assert!(connections.admit(address(3)).is_none(), "there is room for one rejection at a time");
        drop(rejected);
        assert_eq!(admit(&connections, 3).1, Some(RequestRejection::Connections));
        drop(busy);
        assert_eq!(admit(&connections, 1).1, None);
        let state = connections.lock();
        assert_eq!((state.bounded.len(), state.addresses.len(), state.rejected, state.exempt), (0, 0, 0, 0));
    }

    #[test]
    fn a_full_server_evicts_the_longest_waiting_connection_and_never_one_of_a_proxy() {
        let connections = Connections::new(3, 3, 1, "192.0.2.100/32".parse().expect("a network"));
        let (proxy, _) = admit(&connections, 100);
        let (first, _) = admit(&connections, 1);
        let (second, _) = admit(&connections, 2);
        if let Kind::Bounded(entry) = &second.kind {
            entry.waiting_since.store(1 << 40, Ordering::Relaxed);
        }
        let (third, rejection) = admit(&connections, 3);
        assert_eq!(rejection, None);
        assert_eq!([&proxy, &first, &second, &third].map(Slot::is_evicted), [false, true, false, false]);
    }

    #[test]
    fn one_customer_is_one_address_of_ipv4_or_64_bits_of_ipv6() {
        let customer = |text: &str| network(text.parse::<IpAddr>().expect("an address").to_canonical());
        assert_eq!(customer("2001:db8:1:2:3:4:5:6"), customer("2001:db8:1:2::1"));
        assert_ne!(customer("2001:db8:1:2::1"), customer("2001:db8:1:3::1"));
        assert_eq!(customer("::ffff:192.0.2.1"), address(1));
    }
}

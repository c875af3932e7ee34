//! What a handler may know of the limits it passed, and do about them.

use std::{
    cell::{Cell, RefCell},
    convert::Infallible,
    future::{Ready, ready},
    rc::Rc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use smallvec::SmallVec;

use crate::{
    decision::{Decision, Decisions, Outcome},
    limiter::{CheckError, Limiter},
    store::{Action, LimitRequest},
};

/// An extractor: the decisions on this request, and the way to take more units or give them back.
///
/// Empty for a request that no limit was asked about: an exempt one, or one that passed while the store was out. The
/// response tells of the state after what the handler did.
///
/// ```
/// # use actix_web::HttpResponse;
/// # use limiter_lib::actix::RateLimitStatus;
/// async fn search(limits: RateLimitStatus) -> HttpResponse {
///     let found_in_cache = true;
///     if found_in_cache {
///         // A failure to give back is no reason to fail.
///         let _ = limits.refund().await;
///     }
///     HttpResponse::Ok().finish()
/// }
/// # let _ = search;
/// ```
#[derive(Debug, Clone, Default)]
pub struct RateLimitStatus {
    layers: SmallVec<[Rc<Admitted>; 1]>,
}

/// What one layer decided on one request.
#[derive(Debug)]
pub(crate) struct Admitted {
    limiter: Limiter,
    asks: SmallVec<[LimitRequest; 2]>,
    /// As many as asks.
    decisions: RefCell<SmallVec<[Decision; 2]>>,
    refunded: Cell<bool>,
}

impl RateLimitStatus {
    /// The decisions of all layers, the outermost first.
    pub fn decisions(&self) -> Vec<Decision> {
        self.layers.iter().flat_map(|layer| layer.decisions.borrow().to_vec()).collect()
    }

    /// The decision of one policy.
    pub fn decision(&self, policy: &str) -> Option<Decision> {
        self.decisions().into_iter().find(|decision| decision.policy.name() == policy)
    }

    /// Takes more units of every policy, down to an empty bucket: the request turned out to cost more.
    ///
    /// # Errors
    /// [`CheckError::Store`]; policies of outer layers may be charged then.
    pub async fn charge(&self, units: u32) -> Result<(), CheckError> {
        for layer in &self.layers {
            layer.act(|_, _| Some(Action::Charge(units))).await?;
        }
        Ok(())
    }

    /// Takes more units of one policy.
    ///
    /// # Errors
    /// [`CheckError::Store`].
    pub async fn charge_policy(&self, policy: &str, units: u32) -> Result<(), CheckError> {
        for layer in &self.layers {
            layer.act(|ask, _| (ask.policy.name() == policy).then_some(Action::Charge(units))).await?;
        }
        Ok(())
    }

    /// Gives back what the request took on its way in: it turned out to be cheap. Only the first time does anything.
    ///
    /// # Errors
    /// [`CheckError::Store`].
    pub async fn refund(&self) -> Result<(), CheckError> {
        for layer in &self.layers {
            layer.refund().await?;
        }
        Ok(())
    }
}

impl Admitted {
    pub(crate) fn new(limiter: Limiter, asks: SmallVec<[LimitRequest; 2]>, verdict: Decisions) -> Rc<Self> {
        let decisions = RefCell::new(verdict.decisions);
        Rc::new(Self { limiter, asks, decisions, refunded: Cell::new(false) })
    }

    /// Lets handlers see this.
    pub(crate) fn show(self: &Rc<Self>, request: &impl HttpMessage) {
        let mut extensions = request.extensions_mut();
        match extensions.get_mut::<RateLimitStatus>() {
            Some(status) => status.layers.push(Rc::clone(self)),
            None => {
                extensions.insert(RateLimitStatus { layers: smallvec::smallvec![Rc::clone(self)] });
            }
        }
    }

    pub(crate) fn with_decisions<T>(&self, read: impl FnOnce(&[Decision]) -> T) -> T {
        read(&self.decisions.borrow())
    }

    /// Gives back what was taken; a limit in shadow that would have refused took nothing.
    pub(crate) async fn refund(&self) -> Result<(), CheckError> {
        if self.refunded.replace(true) {
            return Ok(());
        }
        let refund = |ask: &LimitRequest, decision: &Decision| match (ask.action, decision.outcome) {
            (_, Outcome::Deny { .. }) | (Action::Take(0), _) => None,
            (Action::Take(cost), _) => Some(Action::Refund(cost)),
            _ => None,
        };
        self.act(refund).await
    }

    /// Does something to some of the keys and remembers where they stand now.
    async fn act(&self, action: impl Fn(&LimitRequest, &Decision) -> Option<Action>) -> Result<(), CheckError> {
        let mut places: SmallVec<[usize; 2]> = SmallVec::new();
        let mut asks: SmallVec<[LimitRequest; 2]> = SmallVec::new();
        for (place, (ask, decision)) in self.asks.iter().zip(self.decisions.borrow().iter()).enumerate() {
            if let Some(action) = action(ask, decision) {
                places.push(place);
                asks.push(LimitRequest { policy: ask.policy.clone(), key: ask.key, action });
            }
        }
        if asks.is_empty() {
            return Ok(());
        }
        let verdict = self.limiter.check_all(&asks).await?;
        let mut decisions = self.decisions.borrow_mut();
        for (place, decision) in places.into_iter().zip(verdict.decisions) {
            if let Some(known) = decisions.get_mut(place) {
                *known = decision;
            }
        }
        Ok(())
    }
}

impl FromRequest for RateLimitStatus {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request.extensions().get::<Self>().cloned().unwrap_or_default()))
    }
}

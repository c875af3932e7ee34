//! The decisions on a request, for its handler, with charges and refunds.

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

/// An extractor: the decisions on this request, and methods to charge or refund units.
///
/// Empty for a request that was not checked: an exempt one, or one that passed while the store was unavailable. The
/// header fields of the response show the state after charges and refunds of the handler.
///
/// ```
/// # use actix_web::HttpResponse;
/// # use limiter_lib::actix::RateLimitStatus;
/// async fn search(limits: RateLimitStatus) -> HttpResponse {
///     let found_in_cache = true;
///     if found_in_cache {
///         // A failed refund is no reason to fail.
///         let _ = limits.refund().await;
///     }
///     HttpResponse::Ok().finish()
/// }
/// # let _ = search;
/// ```
#[derive(Debug, Clone, Default)]
pub struct RateLimitStatus {
    layers: SmallVec<[Rc<AdmittedRequest>; 1]>,
}

/// The decisions of one layer on one admitted request.
#[derive(Debug)]
pub(crate) struct AdmittedRequest {
    limiter: Limiter,
    requests: SmallVec<[LimitRequest; 2]>,
    /// One for each request.
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

    /// Charges more units of every policy, down to an empty bucket: the request turned out to cost more.
    ///
    /// # Errors
    /// [`CheckError::Store`]; policies of outer layers may be charged then.
    pub async fn charge(&self, units: u32) -> Result<(), CheckError> {
        for layer in &self.layers {
            layer.act(|_, _| Some(Action::Charge(units))).await?;
        }
        Ok(())
    }

    /// Charges more units of one policy.
    ///
    /// # Errors
    /// [`CheckError::Store`].
    pub async fn charge_policy(&self, policy: &str, units: u32) -> Result<(), CheckError> {
        for layer in &self.layers {
            layer.act(|limit, _| (limit.policy.name() == policy).then_some(Action::Charge(units))).await?;
        }
        Ok(())
    }

    /// Refunds the units that the request took at admission. Only the first call has an effect.
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

impl AdmittedRequest {
    pub(crate) fn new(limiter: Limiter, requests: SmallVec<[LimitRequest; 2]>, decisions: Decisions) -> Rc<Self> {
        let decisions = RefCell::new(decisions.decisions);
        Rc::new(Self { limiter, requests, decisions, refunded: Cell::new(false) })
    }

    /// Makes the decisions available to handlers.
    pub(crate) fn attach_to(self: &Rc<Self>, request: &impl HttpMessage) {
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

    /// Refunds the units taken; a limit in shadow that would have refused took nothing.
    pub(crate) async fn refund(&self) -> Result<(), CheckError> {
        if self.refunded.replace(true) {
            return Ok(());
        }
        let refund = |limit: &LimitRequest, decision: &Decision| match (limit.action, decision.outcome) {
            (_, Outcome::Deny { .. }) | (Action::Take(0), _) => None,
            (Action::Take(cost), _) => Some(Action::Refund(cost)),
            _ => None,
        };
        self.act(refund).await
    }

    /// Executes an action on some of the keys and stores the new decisions.
    async fn act(&self, action: impl Fn(&LimitRequest, &Decision) -> Option<Action>) -> Result<(), CheckError> {
        let mut indices: SmallVec<[usize; 2]> = SmallVec::new();
        let mut requests: SmallVec<[LimitRequest; 2]> = SmallVec::new();
        for (index, (limit, decision)) in self.requests.iter().zip(self.decisions.borrow().iter()).enumerate() {
            if let Some(action) = action(limit, decision) {
                indices.push(index);
                requests.push(LimitRequest { policy: limit.policy.clone(), key: limit.key, action });
            }
        }
        if requests.is_empty() {
            return Ok(());
        }
        let updated = self.limiter.check_all(&requests).await?;
        let mut decisions = self.decisions.borrow_mut();
        for (index, decision) in indices.into_iter().zip(updated.decisions) {
            if let Some(current) = decisions.get_mut(index) {
                *current = decision;
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

//! Arguments of a handler, extracted one after another.
//!
//! actix polls the extractors of a handler concurrently, and the first to fail responds. So a caller with a bad token
//! and a bad body would get either error by chance, and a token check in progress would be dropped. Here each argument
//! is complete before the next begins, in the order of the handler's signature: permission before body.

use std::any::TypeId;
use std::future::Future;
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};
use contracts::endpoint::{Cache, Endpoint, Method, Nothing};
use futures_util::future::LocalBoxFuture;

use super::read;
use crate::server::mounted::Mounted;
use crate::server::preconditions::{Current, Preconditions};

/// Arguments of a handler: a tuple of extractors.
pub trait Arguments: Sized + 'static {
    /// Extracts them in order; the first failure is the response.
    fn extract(request: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<Self, Error>>;
}

macro_rules! arguments {
    ($($extractor:ident)*) => {
        impl<$($extractor: FromRequest + 'static),*> Arguments for ($($extractor,)*) {
            #[allow(unused_variables, reason = "a handler without arguments asks for nothing")]
            async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, Error> {
                Ok(($($extractor::from_request(request, payload).await.map_err(Into::into)?,)*))
            }
        }
    };
}

arguments! {}
arguments! { A }
arguments! { A B }
arguments! { A B C }
arguments! { A B C D }
arguments! { A B C D E }
arguments! { A B C D E F }
arguments! { A B C D E F G }
arguments! { A B C D E F G H }

/// Arguments of a page.
pub(in crate::server) struct InOrder<A>(pub A);

impl<A: Arguments> FromRequest for InOrder<A> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move { A::extract(&request, &mut payload).await.map(Self) })
    }
}

/// Arguments of a handler of endpoint `E`, after the checks common to all handlers: no query where `E` takes none, and
/// no failing precondition where the handler does not check them itself.
pub(in crate::server) struct Admitted<E, A> {
    pub arguments: A,
    endpoint: PhantomData<E>,
}

impl<E: Endpoint, A: Arguments> FromRequest for Admitted<E, A> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let arguments = A::extract(&request, &mut payload).await?;
            if TypeId::of::<E::Query>() == TypeId::of::<Nothing>() {
                read::query::<Nothing>(request.query_string())?;
            }
            // After permission and body: a request that fails anyway fails with that error (RFC 9110 §13.2.1).
            if E::METHOD != Method::Get && !E::CONDITIONAL {
                Preconditions::of(request.headers()).check_current(current(&request))?;
            }
            Ok(Self { arguments, endpoint: PhantomData })
        })
    }
}

/// Representation of the resource that a request changes: that of GET at the same path.
fn current(request: &HttpRequest) -> Current {
    match Mounted::sibling(request, Method::Get).map(|endpoint| endpoint.cache) {
        None => Current::Missing,
        Some(Cache::NoStore) => Current::Untagged,
        Some(Cache::Private | Cache::Public { .. }) => Current::Tagged,
    }
}

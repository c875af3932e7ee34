//! The layer as an actix service, and its effects on responses.

use std::{
    future::{Ready, ready},
    rc::Rc,
};

use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    http::StatusCode,
};
use futures_util::future::LocalBoxFuture;

use super::{
    admission::{Admission, Layer},
    builder::RateLimit,
};
use crate::actix::status::AdmittedRequest;

/// The service that [`RateLimit`] wraps around another.
pub struct RateLimitService<S> {
    service: Rc<S>,
    layer: Rc<Layer>,
}

impl<S, B> Transform<S, ServiceRequest> for RateLimit
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = RateLimitService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(RateLimitService { service: Rc::new(service), layer: Rc::new(Layer::new(self.clone())) }))
    }
}

impl<S, B> Service<ServiceRequest> for RateLimitService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (service, layer) = (Rc::clone(&self.service), Rc::clone(&self.layer));
        Box::pin(async move {
            match layer.admit(&mut request).await {
                Admission::Unchecked => Ok(service.call(request).await?.map_into_left_body()),
                Admission::Refused(response) => Ok(request.into_response(response).map_into_right_body()),
                Admission::Admitted(admitted) => {
                    let response = service.call(request).await;
                    finish_response(&layer, &admitted, response).await.map(ServiceResponse::map_into_left_body)
                }
            }
        })
    }
}

/// Refunds if the status requires it, and adds the fields to the response. An error is no response yet: it carries the
/// fields until it becomes one.
async fn finish_response<B>(
    layer: &Rc<Layer>,
    admitted: &Rc<AdmittedRequest>,
    outcome: Result<ServiceResponse<B>, Error>,
) -> Result<ServiceResponse<B>, Error> {
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    if layer.settings.refund_on.as_ref().is_some_and(|refund| refund(status))
        // On the heap: it is rare, and the future of every request would reserve space for it.
        && let Err(error) = Box::pin(admitted.refund()).await
    {
        tracing::debug!(%error, "units stay taken");
    }
    if layer.settings.only_when_refused || !may_carry_fields(status) {
        return outcome;
    }
    match outcome {
        Ok(mut response) => {
            admitted.with_decisions(|decisions| layer.fields.write(decisions, response.headers_mut()));
            Ok(response)
        }
        Err(mut error) => {
            let (layer, admitted) = (Rc::clone(layer), Rc::clone(admitted));
            error.add_response_mapper(move |mut response| {
                admitted.with_decisions(|decisions| layer.fields.write(decisions, response.headers_mut()));
                response
            });
            Err(error)
        }
    }
}

/// `false` for redirections, as the draft advises: a client without remaining units would wait before it follows. Also
/// for 304, since a cache would store the fields and serve them to other clients.
fn may_carry_fields(status: StatusCode) -> bool {
    !status.is_redirection()
}

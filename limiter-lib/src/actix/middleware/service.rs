//! The layer as actix sees it, and what it does to responses.

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
use crate::actix::status::Admitted;

/// The service inside the layer, and the layer; what [`RateLimit`] makes of a service.
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
                Admission::Free => Ok(service.call(request).await?.map_into_left_body()),
                Admission::Refused(response) => Ok(request.into_response(response).map_into_right_body()),
                Admission::Admitted(admitted) => {
                    let response = service.call(request).await;
                    finish_response(&layer, &admitted, response).await.map(ServiceResponse::map_into_left_body)
                }
            }
        })
    }
}

/// Gives back what is to be given back, and puts the fields on the response. An error is no response yet: it carries the
/// fields along until it is made one.
async fn finish_response<B>(
    layer: &Rc<Layer>,
    admitted: &Rc<Admitted>,
    outcome: Result<ServiceResponse<B>, Error>,
) -> Result<ServiceResponse<B>, Error> {
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    if layer.settings.refund_on.as_ref().is_some_and(|refund| refund(status))
        // On the heap: it is rare, and every request would have to carry room for it.
        && let Err(error) = Box::pin(admitted.refund()).await
    {
        tracing::debug!(%error, "units stay taken");
    }
    if layer.settings.only_when_refused || !may_speak(status) {
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

/// Not on redirections, as the draft advises: a client that sees nothing left would wait before it follows. Nor on 304,
/// whose fields a cache would keep and show to others later.
fn may_speak(status: StatusCode) -> bool {
    !status.is_redirection()
}

//! Services, authenticated by HTTP Basic (RFC 7617, RFC 6749 §2.3.1).

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use futures_util::future::LocalBoxFuture;

use super::basic::{OptionalBasic, client_rejected};
use super::service_clients::ServiceClients;
use crate::base::error::ApiError;
use crate::client::breaker::probe;
use crate::server::limits::SubjectLimits;

/// A registered service. The routes need [`ServiceClients`] as [data](crate::Routes::data).
#[derive(Debug, Clone)]
pub struct ServiceCaller {
    /// Registered client id.
    pub id: String,
}

impl FromRequest for ServiceCaller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = authenticate(request, payload);
        if caller.is_ok() {
            probe::recognize(request);
        }
        let limits = SubjectLimits::of(request);
        Box::pin(async move {
            let caller = caller?;
            drop(limits.client(&caller.id).await?);
            Ok(caller)
        })
    }
}

fn authenticate(request: &HttpRequest, payload: &mut Payload) -> Result<ServiceCaller, ApiError> {
    let clients = request.app_data::<web::Data<ServiceClients>>();
    let clients = clients.ok_or_else(|| ApiError::internal("the routes were mounted without their service clients"))?;
    let presented = OptionalBasic::from_request(request, payload).into_inner()?.0.ok_or_else(client_rejected)?;
    let [plain, decoded] = presented.readings().map(|(id, secret)| clients.find(id, secret));
    plain.or(decoded).map(|id| ServiceCaller { id: id.to_owned() }).ok_or_else(client_rejected)
}

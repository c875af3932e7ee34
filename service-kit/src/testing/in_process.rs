//! A service without sockets: a request is a future, which a test may drop at any point. To everything behind the
//! service a drop is a crash at that point.

use std::net::SocketAddr;
use std::rc::Rc;

use actix_http::Request;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service};
use actix_web::{HttpResponse, web};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::client::TestReply;
use crate::server::readiness::Readiness;
use crate::server::{AllowedOrigins, RequestRules, application};

/// The address from which all requests come.
const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4711);

/// A service that is called in the thread of the test.
pub struct InProcessService {
    serve: Box<dyn Fn(Request) -> LocalBoxFuture<'static, TestReply>>,
}

/// A request to it.
#[derive(Debug, Clone, Copy)]
pub struct InProcessRequest<'a> {
    /// Method, in capitals.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// Body; empty for none.
    pub body: &'a [u8],
}

impl InProcessService {
    /// Builds what `configure` sets up, inside the request middleware.
    pub async fn build<F>(readiness: Readiness, configure: F) -> Self
    where
        F: FnOnce(&mut web::ServiceConfig) + 'static,
    {
        let (readiness, rules) = (web::Data::new(readiness), RequestRules::default());
        let app = application(readiness, rules, AllowedOrigins::default(), configure);
        let service = Rc::new(init_service(app).await);
        let serve = move |request| {
            let reply = service.call(request);
            async { reply_of(reply.await).await }.boxed_local()
        };
        Self { serve: Box::new(serve) }
    }

    /// Begins a request. It is served while the future is polled.
    ///
    /// # Panics
    /// When the method is none.
    pub fn call(&self, request: InProcessRequest<'_>) -> LocalBoxFuture<'static, TestReply> {
        let method = Method::from_bytes(request.method.as_bytes()).expect("a method");
        let begun = TestRequest::default().method(method).uri(request.target).peer_addr(PEER);
        let begun = request.headers.iter().fold(begun, |begun, (name, value)| begun.insert_header((*name, *value)));
        let begun = if request.body.is_empty() { begun } else { begun.set_payload(request.body.to_vec()) };
        (self.serve)(begun.to_request())
    }
}

async fn reply_of<B: MessageBody>(served: Result<ServiceResponse<B>, actix_web::Error>) -> TestReply {
    match served {
        Ok(served) => read(served.into_parts().1).await,
        Err(error) => read(error.error_response()).await,
    }
}

async fn read<B: MessageBody>(reply: HttpResponse<B>) -> TestReply {
    let status = StatusCode::from_u16(reply.status().as_u16()).expect("a status");
    let mut headers = HeaderMap::new();
    for (name, value) in reply.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("a name");
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
    }
    let body = to_bytes(reply.into_body()).await.unwrap_or_else(|_| panic!("a body in memory cannot be read"));
    TestReply { status, headers, body: body.to_vec() }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::Routes;

    fn get(target: &str) -> InProcessRequest<'_> {
        InProcessRequest { method: "GET", target, headers: &[], body: b"" }
    }

    #[actix_web::test]
    async fn requests_pass_the_middleware_of_a_server() {
        let readiness = Readiness::builder("in-process", "1").build();
        let service = InProcessService::build(readiness, |app| Routes::new().configure(app)).await;
        let alive = service.call(get("/livez")).await.assert_status(200);
        assert_eq!(alive["service"], "in-process");
        service.call(get("/nowhere")).await.assert_problem(404, "request.no_such_route");
    }

    #[actix_web::test]
    async fn a_dropped_request_goes_no_further() {
        let served = Rc::new(Cell::new(0));
        let counted = Rc::clone(&served);
        let slow = move || {
            let counted = Rc::clone(&counted);
            async move {
                for _ in 0..3 {
                    counted.set(counted.get() + 1);
                    tokio::task::yield_now().await;
                }
                "done"
            }
        };
        let readiness = Readiness::builder("in-process", "1").build();
        let configure = move |app: &mut web::ServiceConfig| {
            app.route("/slow", web::get().to(slow));
        };
        let service = InProcessService::build(readiness, configure).await;
        let mut dropped = service.call(get("/slow"));
        assert!((&mut dropped).now_or_never().is_none());
        drop(dropped);
        assert_eq!(served.get(), 1);
        assert_eq!(service.call(get("/slow")).await.text(), "done");
    }
}

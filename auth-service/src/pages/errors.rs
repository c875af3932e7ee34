//! Error pages.

use account_page_texts::Message;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use service_kit::server::pages::{ErrorContext, RequestHead};

use super::layout::{Layout, Page};
use super::page_context::PageContext;
use crate::page_table::ACCOUNT;

/// Page with the error and a link to go on.
#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    shell: Layout,
    status: u16,
    words: Message,
    wait: Option<String>,
    /// Target and label of the link.
    way_out: (&'static str, &'static str),
    request_id: &'a str,
}

impl Page for FailurePage<'_> {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// Renders an error page. Nothing of the request's input appears on it.
pub fn write(head: &RequestHead, failure: &ErrorContext<'_>) -> HttpResponse {
    // The request may be a form, and its URL may have no page of its own.
    let page = PageContext::of(&head.uri, &head.headers).at(ACCOUNT);
    let shell = Layout::open(&page);
    let texts = shell.t;
    let seconds = failure.retry_after.map(|after| after.as_millis().div_ceil(1000).max(1));
    let template = FailurePage {
        status: failure.code.status,
        words: texts.failures.of(failure.code),
        wait: seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(|seconds| texts.wait(seconds)),
        way_out: (ACCOUNT, texts.back_to_account),
        request_id: failure.request_id,
        shell,
    };
    let status = StatusCode::from_u16(failure.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    template.respond(status).unwrap_or_else(|error| error.error_response())
}

//! No value that a client sends is an internal error: hostile ones in every field and header of every operation, and in
//! every field of every page.

use std::collections::BTreeSet;

use auth_service::page_table::{PAGE_SIGN_OUT, PAGES, SIGN_IN};
use contracts::Method;
use contracts::endpoint::{Auth, EndpointInfo};
use service_kit::testing::{TestReply, hostile_requests, hostile_texts};

use crate::app::{CLIENT, SignedIn, TestApp};
use crate::pages::browser::{Browser, PageReply};

/// These end the session that sends them.
const ENDING: [&str; 3] = ["delete_me", "log_out", "log_out_others"];

async fn guest(app: &TestApp) -> SignedIn {
    app.signed_in(&app.user().await).await
}

#[tokio::test]
async fn no_value_in_any_field_or_header_is_an_internal_error() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let mut leaving = guest(&app).await;
    let requests = hostile_requests("auth");
    let mut complaints = Vec::new();
    for request in &requests {
        let is_ending = ENDING.contains(&request.operation.as_str());
        if is_ending && !app.is_active(&leaving.access).await {
            leaving = guest(&app).await;
        }
        let begun = request.begin(&app);
        let reply = match request.operation.as_str() {
            "introspect" => begun.basic(CLIENT.0, CLIENT.1).send().await,
            _ => begun.bearer(if is_ending { &leaving.access } else { &admin.access }).send().await,
        };
        complaints.extend(request.complaint(&reply));
    }
    assert!(requests.len() > 4_000, "{} requests", requests.len());
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), requests.len(), complaints.join("\n"));
    assert!(app.is_active(&admin.access).await, "all were sent as an administrator");
}

/// Names of the fields of a page.
fn fields(page: &TestReply) -> Vec<String> {
    let text = page.text();
    let names = text.split(" name=\"").skip(1).filter_map(|rest| rest.split('"').next());
    names.filter(|name| *name != "form_token").map(str::to_owned).collect()
}

/// Fills the parameters of a path with one segment.
fn filled(path: &str, segment: &str) -> String {
    let mut filled = path.to_owned();
    while let (Some(from), Some(to)) = (filled.find('{'), filled.find('}')) {
        filled.replace_range(from..=to, segment);
    }
    filled
}

/// A text as one segment of a path; `None` for those that cannot be one.
fn segment(text: &str) -> Option<String> {
    let encoded = text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    (!text.trim_matches('.').is_empty()).then_some(encoded)
}

struct Pages<'a> {
    member: Browser<'a>,
    member_token: String,
    visitor: Browser<'a>,
    visitor_token: String,
    fields: BTreeSet<String>,
    complaints: Vec<String>,
}

impl Pages<'_> {
    async fn send(&mut self, page: &EndpointInfo, path: &str, text: &str) {
        let (browser, token) = match page.auth {
            Auth::Public => (&mut self.visitor, &self.visitor_token),
            _ => (&mut self.member, &self.member_token),
        };
        let values: Vec<_> = self.fields.iter().map(|name| (name.as_str(), text)).collect();
        let reply = match page.method {
            Method::Get => {
                let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&values).finish();
                browser.get(&format!("{path}?{query}")).await
            }
            _ => browser.post(path, token, &values).await,
        };
        if reply.status.is_server_error() {
            self.complaints.push(format!("{} {text:.60?} -> {} {:.200}", page.id, reply.status, reply.text()));
        }
    }
}

#[tokio::test]
async fn no_value_in_any_field_of_a_page_is_an_internal_error() {
    let app = TestApp::start().await;
    let (admin, _) = app.admin().await;
    let (mut member, mut visitor) = (Browser::signed_in(&app, &admin).await, Browser::new(&app));
    let mut names =
        BTreeSet::from(["link", "reason", "code", "present_code", "cursor", "state", "error"].map(String::from));
    for page in PAGES.iter().filter(|page| page.method == Method::Get && !page.path.contains('{')) {
        names.extend(fields(&member.get(page.path).await));
        names.extend(fields(&visitor.get(page.path).await));
    }
    assert!(names.len() > 20, "{names:?}");
    let member_token = member.get("/account").await.form_token();
    let mut pages =
        Pages { member, member_token, visitor, visitor_token: String::new(), fields: names, complaints: Vec::new() };
    for page in PAGES.iter().filter(|page| page.id != PAGE_SIGN_OUT.id) {
        // Of its cookies a browser keeps the newest: each page gets a visitor of its own.
        pages.visitor = Browser::new(&app);
        pages.visitor_token = pages.visitor.get(SIGN_IN).await.form_token();
        for text in hostile_texts().iter().filter(|text| text.len() <= 400) {
            let segment = if page.path.contains('{') { segment(text) } else { Some(String::new()) };
            if let Some(segment) = segment {
                pages.send(page, &filled(page.path, &segment), text).await;
            }
        }
    }
    let Pages { complaints, mut member, .. } = pages;
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
    member.get("/account").await.assert_page(200);
}

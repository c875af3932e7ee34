//! The authorization endpoint: a page with a choice of accounts.

use crate::issuing::{Pairs, redirect_with_code, redirect_with_error, request_error};
use crate::kind::Endpoint;
use crate::request::{Reply, find};
use crate::state::State;

/// Parameter that the page adds to those of the request.
const CHOICE: &str = "stub_choice";

/// Shows the page, or redirects according to the choice.
pub(crate) fn authorize(state: &mut State, query: &Pairs) -> Reply {
    if let Some(error) = request_error(state, query) {
        return Reply::Page(400, page("Not like this", &format!("<p>{}</p>", escaped(&error))));
    }
    let request: Pairs = query.iter().filter(|(name, _)| name != CHOICE).cloned().collect();
    let choice = find(query, CHOICE);
    if choice == Some("cancel") {
        return Reply::Redirect(redirect_with_error(&request, "access_denied"));
    }
    let chosen = choice.and_then(|choice| choice.parse::<usize>().ok()).or(state.no_page.then_some(0));
    match chosen.and_then(|number| state.people.get(number).cloned()) {
        Some(person) => Reply::Redirect(redirect_with_code(state, &request, person)),
        None => Reply::Page(200, choices(state, &request)),
    }
}

fn choices(state: &State, request: &Pairs) -> String {
    let hidden: String = request
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escaped(name), escaped(value)))
        .collect();
    let button = |choice: &str, text: &str| {
        format!("<p><button name=\"{CHOICE}\" value=\"{choice}\">{}</button></p>", escaped(text))
    };
    let people: String = state
        .people
        .iter()
        .enumerate()
        .map(|(number, person)| {
            let address = person.email.as_deref().unwrap_or("no e-mail address");
            button(&number.to_string(), &format!("Sign in as {} ({address})", person.full_name()))
        })
        .collect();
    let action = state.kind.path(Endpoint::Authorize);
    let cancel = button("cancel", "Cancel");
    page(
        &format!("{} (stub)", state.kind.name()),
        &format!("<form method=\"get\" action=\"{action}\">{hidden}{people}{cancel}</form>"),
    )
}

fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><body><h1>{title}</h1>{body}</body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

//! Headers of every response, and the style sheet.

use reqwest::Method;

use super::browser::{Browser, PageReply, assert_protected};
use crate::app::TestApp;

/// Path of the style sheet of a page.
fn style(text: &str) -> String {
    let (_, rest) = text.split_once("rel=\"stylesheet\" href=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_style_sheet_and_the_icon_are_kept_for_ever_under_names_that_change_with_them() {
    let app = TestApp::start().await;
    let text = Browser::new(&app).get("/account/sign-in").await.assert_page(200);
    let path = style(&text);
    let sheet = app.get(&path).send().await;
    assert_eq!((sheet.status.as_u16(), sheet.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(sheet.header("cache-control"), "public, max-age=31536000, immutable");
    assert_protected(&sheet);
    assert!(!sheet.text().contains("url("), "nothing is loaded from anywhere");
    let (_, rest) = text.split_once("type=\"image/svg+xml\" href=\"").unwrap();
    let icon = app.get(rest.split('"').next().unwrap()).send().await;
    assert_eq!((icon.status.as_u16(), icon.header("content-type")), (200, "image/svg+xml"));
    for wrong in ["/account/assets/account.css", "/account/assets/..%2f..%2fCargo.toml", "/account/assets/"] {
        app.get(wrong).send().await.assert_page(404);
    }
}

#[tokio::test]
async fn pages_answer_head_requests() {
    let app = TestApp::start().await;
    let reply = app.request(Method::HEAD, "/account/sign-in").send().await;
    assert_eq!(reply.status.as_u16(), 200);
    assert!(reply.body.is_empty());
    assert_protected(&reply);
}

#[tokio::test]
async fn no_page_is_an_open_redirect() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for name in ["return_to", "next", "redirect", "url", "done", "lang", "cursor"] {
        let query = format!("?{name}=https://evil.test/%0d%0aX-Evil:1");
        let mut browser = Browser::new(&app);
        let text = browser.get(&format!("/account/sign-in{query}")).await.assert_page(200);
        assert!(!text.contains("evil"), "{text}");
        let fields =
            [("email", user.email.as_str()), ("password", user.password.as_str()), (name, "https://evil.test")];
        let token = text.rsplit_once("form_token\" value=\"").unwrap().1.split('"').next().unwrap();
        let reply = browser.post(&format!("/account/sign-in{query}"), token, &fields).await;
        reply.assert_goes_to("/account");
    }
    for path in ["/account//evil.test", "/account/%2f%2fevil.test", "//evil.test/account", "/account/..//evil.test"] {
        let reply = app.get(path).send().await;
        assert!(reply.header("location").is_empty(), "{path} leads to {}", reply.header("location"));
    }
}

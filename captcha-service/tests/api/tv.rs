//! `GET /tv` and its assets.

use crate::app::TestApp;

#[actix_web::test]
async fn the_page_and_its_assets_are_served_with_their_headers() {
    let app = TestApp::start_with(|config| config.tv_hosts = vec!["https://tv.example.org".parse().unwrap()]).await;
    let page = app.get("/tv").send().await;
    assert_eq!(page.status.as_u16(), 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").contains("frame-ancestors https://tv.example.org"));
    let html = page.text();
    let names: Vec<&str> = html.split('"').filter(|part| part.starts_with("tv/")).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    for name in names {
        let asset = app.get(&format!("/{name}")).send().await;
        assert_eq!(asset.status.as_u16(), 200);
        assert!(asset.header("cache-control").contains("immutable") && !asset.body.is_empty());
    }
    app.get("/tv/other.js").send().await.assert_problem(404, "request.no_such_route");
    app.get("/tv/../../etc/passwd").send().await.assert_problem(404, "request.no_such_route");
}

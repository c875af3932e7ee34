//! `GET /api/v1/films/changes`.

use serde_json::{Value, json};

use crate::app::TestApp;

const CHANGES: &str = "/api/v1/films/changes";

async fn changes(app: &TestApp, since: u64, page_size: u32) -> (Vec<Value>, u64) {
    let path = format!("{CHANGES}?since={since}&page_size={page_size}");
    let body = app.get(&path).bearer(&app.editor()).send().await.assert_status(200);
    let items = body["items"].as_array().expect("a list").clone();
    (items, body["next_since"].as_u64().expect("a number"))
}

/// Follows the feed to its end.
async fn follow(app: &TestApp, mut since: u64, page_size: u32) -> (Vec<Value>, u64) {
    let mut all = Vec::new();
    loop {
        let (items, next) = changes(app, since, page_size).await;
        assert!(items.len() <= page_size as usize);
        if items.is_empty() {
            return (all, next);
        }
        assert!(next > since, "the feed goes on");
        all.extend(items);
        since = next;
    }
}

fn seqs(items: &[Value]) -> Vec<u64> {
    items.iter().map(|item| item["seq"].as_u64().expect("a number")).collect()
}

#[tokio::test]
async fn the_feed_holds_every_film_once_in_order_for_every_page_size() {
    let app = TestApp::start().await;

    let (whole, end) = follow(&app, 0, 100).await;
    let (pages, end_of_pages) = follow(&app, 0, 7).await;

    assert_eq!(whole.len(), 60, "18+ films included");
    assert_eq!((&pages, end_of_pages), (&whole, end));
    assert!(seqs(&whole).is_sorted_by(|one, two| one < two));
    assert_eq!(changes(&app, end, 100).await, (Vec::new(), end));
    let status = app.body("/api/v1/status").await;
    assert_eq!(status["catalogue"]["seq"], end);
}

#[tokio::test]
async fn a_change_moves_its_film_to_the_end() {
    let app = TestApp::start().await;
    let (before, end) = follow(&app, 0, 100).await;
    let editor = app.editor();
    let (changed, deleted) = (before[3].clone(), before[5].clone());
    let path = |change: &Value| format!("/api/v1/films/{}", change["film_id"].as_str().expect("an id"));

    let draft = json!({"title": "New", "year": 2000});
    let made = app.post("/api/v1/films").bearer(&editor).json(&draft).send().await.assert_status(201);
    let update = json!({"version": changed["seq"], "film": draft});
    let updated = app.put(&path(&changed)).bearer(&editor).json(&update).send().await.assert_status(200);
    app.delete_film(deleted["film_id"].as_str().expect("an id")).await.assert_status(204);

    let (news, next) = changes(&app, end, 100).await;
    let of_film = |film: &Value| json!({"seq": film["version"], "film_id": film["id"], "deleted": false});
    assert_eq!(news[..2], [of_film(&made["film"]), of_film(&updated["film"])]);
    assert_eq!((&news[2]["film_id"], &news[2]["deleted"]), (&deleted["film_id"], &json!(true)));
    assert_eq!(seqs(&news).last(), Some(&next));
    let (after, _) = follow(&app, 0, 7).await;
    assert_eq!(after.len(), 61, "each film once");
    assert_eq!(after[58..], news[..]);
}

#[tokio::test]
async fn an_invalid_position_in_the_feed_is_named() {
    let app = TestApp::start().await;
    let editor = app.editor();

    for (query, status, code) in [
        ("since=-1", 422, "request.invalid_fields"),
        ("since=x", 422, "request.invalid_fields"),
        ("since=9007199254740992", 422, "request.invalid_fields"),
        ("since=18446744073709551616", 422, "request.invalid_fields"),
        ("page_size=0", 422, "request.invalid_fields"),
        ("limit=1", 400, "request.invalid_query"),
    ] {
        let reply = app.get(&format!("{CHANGES}?{query}")).bearer(&editor).send().await;
        let problem = reply.assert_problem(status, code);
        let name = query.split('=').next().expect("a name");
        assert_eq!(problem["errors"][0]["pointer"], format!("?{name}"));
    }
    let (items, next) = changes(&app, 9_007_199_254_740_991, 20).await;
    assert_eq!((items.len(), next), (0, 9_007_199_254_740_991));
}

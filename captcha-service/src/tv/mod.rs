//! Page for TVs: one HTML file, one style sheet and one script, embedded in the binary.
//!
//! `GET /tv` returns [`TvPage::html`] with [`TvPage::content_security_policy`]; `GET /tv/{name}` returns the asset of
//! that name, which can be cached forever: its name contains a hash of its content. The page calls `api/v1/captcha/…`
//! relative to itself. TV engines are old (Chromium 38 and newer), so the script is ECMAScript 5, and there is no
//! build step.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

mod host;

pub use host::{InvalidTvHost, TvHost};

const HTML: &str = include_str!("tv.html");
const STYLE: &str = include_str!("tv.css");
const SCRIPT: &str = concat!(
    include_str!("words.js"),
    include_str!("qr.js"),
    include_str!("keys.js"),
    include_str!("net.js"),
    include_str!("phone.js"),
    include_str!("host.js"),
    include_str!("sound.js"),
    include_str!("view.js"),
    include_str!("page.js"),
);

/// The rendered page.
#[derive(Debug)]
pub struct TvPage {
    /// Body of `GET /tv`, `text/html; charset=utf-8`. It names its assets, so it must not be cached: `no-cache`.
    pub html: String,
    /// Header `Content-Security-Policy` of that response.
    pub content_security_policy: String,
    /// Style sheet and script.
    pub assets: [TvAsset; 2],
}

/// A file of the page.
#[derive(Debug)]
pub struct TvAsset {
    /// Name below `/tv/`.
    pub name: String,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Content.
    pub text: String,
}

impl TvPage {
    /// Page for a service that lets these apps receive passes.
    pub fn new(hosts: &[TvHost]) -> Self {
        let assets = [
            TvAsset::new("css", "text/css; charset=utf-8", STYLE),
            TvAsset::new("js", "text/javascript; charset=utf-8", SCRIPT),
        ];
        let listed: Vec<&str> = hosts.iter().map(TvHost::as_str).collect();
        let html = minify(HTML)
            .replace("{{hosts}}", &listed.join(" "))
            .replace("{{style}}", &format!("tv/{}", assets[0].name))
            .replace("{{script}}", &format!("tv/{}", assets[1].name));
        Self { html, content_security_policy: content_security_policy(hosts), assets }
    }

    /// The asset with this name below `/tv/`.
    pub fn asset(&self, name: &str) -> Option<&TvAsset> {
        self.assets.iter().find(|asset| asset.name == name)
    }
}

impl TvAsset {
    fn new(ending: &str, content_type: &'static str, text: &str) -> Self {
        let text = minify(text);
        let hash = URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..12]);
        Self { name: format!("tv.{hash}.{ending}"), content_type, text }
    }
}

/// Allows own resources only: no inline script or style, pictures and sounds from the responses of the API, and frames
/// in listed apps. For engines without `frame-ancestors`, `host.js` withholds passes from unlisted apps.
fn content_security_policy(hosts: &[TvHost]) -> String {
    let mut ancestors: Vec<&str> = hosts.iter().filter_map(TvHost::as_ancestor).collect();
    if ancestors.is_empty() {
        ancestors.push("'none'");
    }
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; media-src data: blob:; \
         base-uri 'none'; form-action 'none'; frame-ancestors {}",
        ancestors.join(" ")
    )
}

/// Removes indents and comments: a quarter of the transfer. No string in these files spans several lines or contains
/// ` // `, and no line of code begins like a comment.
fn minify(text: &str) -> String {
    let mut minified = String::with_capacity(text.len());
    let mut comment = false;
    for line in text.lines().map(str::trim) {
        comment |= line.starts_with("/*");
        if !comment && !line.is_empty() && !line.starts_with("//") {
            minified.push_str(line.split(" // ").next().unwrap_or(line));
            minified.push('\n');
        }
        comment &= !line.ends_with("*/");
    }
    minified
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Vec<TvHost> {
        ["https://tv.example.org", "file://", "my-tv:"].map(|text| text.parse().unwrap()).to_vec()
    }

    #[test]
    fn every_placeholder_of_the_page_is_replaced() {
        let page = TvPage::new(&hosts());
        assert!(!page.html.contains("{{"));
        assert!(page.html.contains(r#"content="https://tv.example.org file:// my-tv:""#));
        for asset in &page.assets {
            assert!(page.html.contains(&format!("\"tv/{}\"", asset.name)));
            assert_eq!(page.asset(&asset.name).unwrap().text, asset.text);
        }
        assert!(page.asset("tv.js").is_none());
    }

    #[test]
    fn only_listed_apps_may_frame_the_page() {
        assert!(content_security_policy(&hosts()).ends_with("; frame-ancestors https://tv.example.org file:"));
        assert!(content_security_policy(&[]).ends_with("; frame-ancestors 'none'"));
    }

    #[test]
    fn nothing_is_inline() {
        for inline in [" style=", " onclick=", " onload=", "<style", "<script>", "javascript:"] {
            assert!(!HTML.contains(inline), "{inline}");
        }
    }

    #[test]
    fn comments_are_removed() {
        let script = minify(SCRIPT);
        assert!(!script.contains("/**") && !script.lines().any(|line| line.starts_with("//") || line.starts_with('*')));
        assert_eq!(minify("/* a\n  b */\n  c // d\n\n/** e */\nf"), "c\nf\n");
        for line in [SCRIPT, STYLE, HTML].iter().flat_map(|text| text.lines()) {
            let code = line.split(" // ").next().unwrap_or(line);
            let is_whole = code == line || code.matches('\'').count() % 2 == 0;
            assert!(is_whole, "a string contains what looks like a comment: {line}");
        }
    }
}

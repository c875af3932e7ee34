//! Page that shows an OpenAPI document, with search and a form to try each operation: Swagger UI (Apache-2.0) from the
//! package `utoipa-swagger-ui-vendored`, embedded. All its resources come from its own folder by relative addresses, so
//! it works at any path that ends in `/` and has `openapi.json` beside it.

/// Content security policy of the page. Swagger UI sets styles on elements, and its icons are `data:` images.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// One file of the page.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Name in its folder; empty for the page itself.
    pub name: &'static str,
    /// Media type.
    pub media_type: &'static str,
    /// Content.
    pub text: &'static str,
}

/// All files of the page.
pub const ASSETS: [Asset; 5] = [
    Asset { name: "", media_type: "text/html; charset=utf-8", text: include_str!("page/index.html") },
    Asset { name: "start.js", media_type: "text/javascript; charset=utf-8", text: include_str!("page/start.js") },
    Asset { name: "page.css", media_type: "text/css; charset=utf-8", text: include_str!("page/page.css") },
    Asset {
        name: "swagger-ui-bundle.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js")),
    },
    Asset {
        name: "swagger-ui.css",
        media_type: "text/css; charset=utf-8",
        text: include_str!(concat!(env!("OUT_DIR"), "/swagger-ui.css")),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> &'static str {
        ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.text)
    }

    #[test]
    fn the_page_names_only_files_beside_it() {
        let page = text("");
        for (index, _) in page.match_indices("src=\"").chain(page.match_indices("href=\"")) {
            let target = page[index..].split('"').nth(1).unwrap_or_default();
            let known = ASSETS.iter().any(|asset| asset.name == target && !target.is_empty());
            assert!(known || ["openapi.json", "data:,"].contains(&target) || target.starts_with("../"), "{target}");
        }
    }

    #[test]
    fn swagger_ui_calls_no_other_host() {
        assert!(text("start.js").contains("validatorUrl: null"));
        assert!(!text("swagger-ui.css").contains("url(http"));
        assert!(text("swagger-ui-bundle.js").len() > 1_000_000, "the bundle is there");
    }
}

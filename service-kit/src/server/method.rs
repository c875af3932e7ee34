//! Request methods as labels of metrics and spans.

/// Label of all unknown methods.
pub(super) const OTHER_METHOD: &str = "_OTHER";

/// Method as a label of metrics and spans; unknown ones share a label, so that clients cannot create new ones.
pub(super) fn method_label(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or(OTHER_METHOD)
}

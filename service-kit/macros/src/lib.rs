//! `#[trace]`: a span around any function. Use it as `service_kit::trace`, which explains it.
//!
//! It is `#[tracing::instrument]` with two things that nobody can forget any more: no argument is recorded unless it is
//! named, and an error that is returned marks the span.

use proc_macro::{Delimiter, TokenStream, TokenTree};

/// Puts a span around a function. See `service_kit::trace`.
#[proc_macro_attribute]
pub fn trace(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let mut options = String::new();
    for (name, text) in [("target", "target = \"trace\", "), ("skip_all", "skip_all, ")] {
        if !names(&arguments, name) {
            options.push_str(text);
        }
    }
    if !names(&arguments, "err") && gives_result(&function) {
        options.push_str("err, ");
    }
    let attribute = format!("#[::service_kit::__instrument({options}{arguments})]");
    let Ok(mut out) = attribute.parse::<TokenStream>() else {
        return "compile_error!(\"the arguments of #[trace] cannot be read\");".parse().unwrap_or_default();
    };
    out.extend(function);
    out
}

/// Whether one of the arguments is called `name`.
fn names(arguments: &TokenStream, name: &str) -> bool {
    arguments.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(ident) if ident.to_string() == name))
}

/// Whether the function returns a type whose name ends in `Result`: `Result<T, E>`, `io::Result<T>`, `LoginResult`.
fn gives_result(function: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = function.clone().into_iter().collect();
    let is = |token: &TokenTree, sign| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
    // The arrow of the function itself comes right behind its arguments; those inside of types do not.
    let arrow = tokens.windows(3).position(|three| {
        let arguments = matches!(&three[0], TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
        arguments && is(&three[1], '-') && is(&three[2], '>')
    });
    let Some(arrow) = arrow else { return false };
    let mut last = String::new();
    for token in &tokens[arrow + 3..] {
        match token {
            TokenTree::Ident(ident) => last = ident.to_string(),
            token if is(token, ':') => {}
            _ => break,
        }
    }
    last.ends_with("Result")
}

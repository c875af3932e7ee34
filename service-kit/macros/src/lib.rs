//! `#[trace]`: a span around any function. Use it as `service_kit::trace`, which documents it.
//!
//! It is `#[tracing::instrument]` with safe defaults: no argument is recorded unless it is named, and a returned
//! failure marks the span.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// Body of a function that returns a result: the original one, followed by a check of its result. The branch that is
/// never taken gives the compiler the type, which `?` in the original body needs.
const RECORDING: &str = "
    let __outcome = ASYNC_OR_CLOSURE;
    if let ::core::result::Result::Err(__error) = &__outcome {
        use ::service_kit::telemetry::outcome::{Classified as _, Unclassified as _};
        if (&::service_kit::telemetry::outcome::Returned(__error)).is_failure() {
            ::service_kit::telemetry::outcome::record(__error);
        }
    }
    __outcome";
const ASYNC: &str = "async move {
        #[allow(unreachable_code, clippy::all)]
        if false { let __never: RETURN_TYPE = loop {}; return __never; }
        BODY
    }.await";
const CLOSURE: &str = "(move || -> RETURN_TYPE { BODY })()";

/// Puts a span around a function. See `service_kit::trace`.
#[proc_macro_attribute]
pub fn trace(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let mut options = String::new();
    for (name, text) in [("target", "target = \"trace\", "), ("skip_all", "skip_all, ")] {
        if !names(&arguments, name) {
            options.push_str(text);
        }
    }
    let function = if names(&arguments, "err") { function } else { recording(function) };
    let attribute = format!("#[::service_kit::__instrument({options}{arguments})]");
    let Ok(mut out) = attribute.parse::<TokenStream>() else {
        return "compile_error!(\"the arguments of #[trace] cannot be read\");".parse().unwrap_or_default();
    };
    out.extend(function);
    out
}

/// `true` when one of the arguments is called `name`.
fn names(arguments: &TokenStream, name: &str) -> bool {
    arguments.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(ident) if ident.to_string() == name))
}

/// The function with a body that records failures, if the name of its return type ends in `Result`: `Result<T, E>`,
/// `io::Result<T>`, `LoginResult`.
fn recording(function: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = function.clone().into_iter().collect();
    let Some(return_type) = result_type(&tokens) else { return function };
    let Some(TokenTree::Group(body)) = tokens.pop().filter(is_block) else { return function };
    let is_async = tokens.iter().any(|token| matches!(token, TokenTree::Ident(ident) if ident.to_string() == "async"));
    let template = RECORDING.replace("ASYNC_OR_CLOSURE", if is_async { ASYNC } else { CLOSURE });
    let Ok(template) = template.parse::<TokenStream>() else { return function };
    let mut block = Group::new(Delimiter::Brace, filled(template, &return_type, &body));
    block.set_span(body.span());
    tokens.push(TokenTree::Group(block));
    tokens.into_iter().collect()
}

/// The template filled with the type and the original body, which keep their spans, so that compiler errors have the
/// right lines.
fn filled(template: TokenStream, return_type: &[TokenTree], body: &Group) -> TokenStream {
    let fill = |token: TokenTree| -> Vec<TokenTree> {
        match token {
            TokenTree::Group(group) => {
                vec![TokenTree::Group(Group::new(group.delimiter(), filled(group.stream(), return_type, body)))]
            }
            TokenTree::Ident(ident) if ident.to_string() == "RETURN_TYPE" => return_type.to_vec(),
            TokenTree::Ident(ident) if ident.to_string() == "BODY" => body.stream().into_iter().collect(),
            token => vec![token],
        }
    };
    template.into_iter().flat_map(fill).collect()
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// The tokens of the return type, if its name ends in `Result`.
fn result_type(tokens: &[TokenTree]) -> Option<Vec<TokenTree>> {
    let is = |token: &TokenTree, sign| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
    // The arrow of the function itself follows its arguments directly; those inside of types do not.
    let arrow = tokens.windows(3).position(|three| {
        let arguments = matches!(&three[0], TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
        arguments && is(&three[1], '-') && is(&three[2], '>')
    })?;
    let is_end =
        |token: &TokenTree| is_block(token) || matches!(token, TokenTree::Ident(ident) if ident.to_string() == "where");
    let return_type: Vec<_> = tokens[arrow + 3..].iter().take_while(|token| !is_end(token)).cloned().collect();
    let names = return_type.iter().map_while(|token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        token if is(token, ':') => Some(String::new()),
        _ => None,
    });
    names.filter(|name| !name.is_empty()).last().filter(|name| name.ends_with("Result")).map(|_| return_type)
}

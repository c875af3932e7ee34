//! `multipart/form-data` (RFC 7578), the encoding of `FormData`. Only text fields; the body was read within its bound
//! already.

use actix_web::web::BytesMut;
use contracts::codes;
use futures_util::stream;
use multer::Multipart;

use crate::base::error::ApiError;

/// Maximum number of fields.
const MAX_FIELDS: usize = 64;

/// The same fields as `application/x-www-form-urlencoded`, so that both are parsed and validated alike.
pub(super) async fn to_form(content_type: &str, body: BytesMut) -> Result<Vec<u8>, ApiError> {
    let malformed = |detail: &str| ApiError::new(codes::MALFORMED_FORM).detail(detail.to_owned());
    let boundary = multer::parse_boundary(content_type).map_err(|_| malformed("the content type has no boundary"))?;
    let whole = stream::once(async move { Ok::<_, std::io::Error>(body.freeze()) });
    let mut parts = Multipart::new(whole, boundary);
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    let broken = |_| malformed("the parts of the form cannot be read");
    let mut fields = 0;
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        fields += 1;
        if fields > MAX_FIELDS {
            return Err(malformed("the form has too many fields"));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let value = part.bytes().await.map_err(broken)?;
        let value = std::str::from_utf8(&value).map_err(|_| malformed("the form is not UTF-8"))?;
        form.append_pair(&name, value);
    }
    Ok(form.finish().into_bytes())
}

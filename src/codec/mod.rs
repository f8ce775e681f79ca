//! What a body is wrapped in. Only the names so far: the codecs follow.
use crate::diagnostic::Parsed;
use crate::text::Slice;
pub trait Codec: std::fmt::Debug + Sync {
    fn name(&self) -> &'static str;
}
#[derive(Debug)]
pub struct Base64;
impl Codec for Base64 {
    fn name(&self) -> &'static str {
        "base64"
    }
}
pub static BASE64: Base64 = Base64;
pub fn unwrap(raw: Slice, _declared: &[&'static dyn Codec], _ce: Option<&str>) -> Parsed<Slice> {
    raw.into()
}
pub fn charset(raw: Slice, _ct: Option<&str>) -> Parsed<Slice> {
    raw.into()
}

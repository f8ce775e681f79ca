//! The scanner: tags, anchors and aliases.

use super::super::Kind;
use super::super::tree::Properties;
use super::cursor::{Inline, is_blank_or_end};
use super::scan::{Scan, Scanner, Stop};

impl Scanner<'_> {
    /// Scans the properties on this line and moves to what follows them.
    pub(super) fn properties(&mut self) -> Scan<Properties> {
        let mut properties = Properties::default();
        while self.property(&mut properties, false)? {
            self.blanks();
        }
        Ok(properties)
    }

    /// Scans the property at the cursor, if there is one.
    pub(super) fn property(&mut self, properties: &mut Properties, flow: bool) -> Scan<bool> {
        let (end, taken) = match self.peek() {
            b'!' => {
                let end = tag_end(self.bytes, self.at).ok_or(Stop::Unsure)?;
                self.expect_end(end, if flow { b"," } else { b"" })?;
                (end, properties.tag.replace(self.at..end))
            }
            b'&' => {
                let end = name_end(self.bytes, self.at + 1).ok_or(Stop::Unsure)?;
                self.expect_end(end, if flow { b",]}" } else { b"" })?;
                (end, properties.anchor.replace(self.at + 1..end))
            }
            _ => return Ok(false),
        };
        self.advance(end - self.at);
        if taken.is_none() { Ok(true) } else { Err(Stop::Unsure) }
    }

    /// Returns the alias at the cursor.
    pub(super) fn alias(&self, flow: bool) -> Scan<Inline> {
        let end = name_end(self.bytes, self.at + 1).ok_or(Stop::Unsure)?;
        self.expect_end(end, if flow { b":,]}" } else { b":" })?;
        Ok(Inline { kind: Kind::Alias, end, line: self.line })
    }

    /// Expects a blank, a line end or one of `marks`.
    fn expect_end(&self, at: usize, marks: &[u8]) -> Scan<()> {
        if is_blank_or_end(self.bytes, at) || marks.contains(&self.bytes[at]) {
            Ok(())
        } else {
            Err(Stop::Unsure)
        }
    }
}

/// Returns the end of the name of an anchor or alias.
pub(super) fn name_end(bytes: &[u8], start: usize) -> Option<usize> {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = bytes[start..].iter().take_while(is_name).count();
    (length > 0).then_some(start + length)
}

/// Returns the end of the tag at an offset: `!`, `!name` or `!!name`. Verbatim tags, handles of one's own and
/// escapes are left to libyaml.
fn tag_end(bytes: &[u8], start: usize) -> Option<usize> {
    let name = if bytes[start..].starts_with(b"!!") { start + 2 } else { start + 1 };
    let is_tag = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-;/?:@&=+$.~*'()".contains(byte);
    let length = bytes[name..].iter().take_while(is_tag).count();
    let named = length > 0 || name == start + 1;
    let foreign = matches!(bytes.get(name + length), Some(b'!' | b'%' | b'<'));
    (named && !foreign).then_some(name + length)
}

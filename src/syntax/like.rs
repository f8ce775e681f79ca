//! Reading JSON that is like JSON read before: a stream sends the same object again and again, with other values.
//!
//! What is the same is told by comparing bytes, many at a time, and only scalars that differ are read. Where scalars
//! stand for scalars and every other byte is the same, the grammar is kept, so the tokens are the same, moved.

use super::{Kind, Token, json};

/// Returns the tokens of a JSON text that is as another one, but for some scalars, and whether all keys are the same;
/// nothing if more is different, or if it is no JSON. `tokens` are those of the other text.
pub(super) fn scan(text: &str, other: &str, tokens: &[Token]) -> Option<(Vec<Token>, bool)> {
    u32::try_from(text.len()).ok()?;
    let (new, old) = (text.as_bytes(), other.as_bytes());
    let mut scalars = Scalars::default();
    let (mut at, mut old_at) = (0, 0);
    let mut same_keys = true;
    loop {
        let same = common(&new[at..], &old[old_at..]);
        let place = old_at + same;
        if (at + same, place) == (new.len(), old.len()) {
            return Some((scalars.put_into(tokens), same_keys));
        }
        let index = tokens.partition_point(|token| token.start as usize <= place).checked_sub(1)?;
        let token = &tokens[index];
        let (start, end) = (token.start as usize, token.end as usize);
        // A number or a word may also go on where the other ends.
        let holds = match token.kind {
            Kind::Double => place < end,
            Kind::Plain => place <= end,
            _ => false,
        };
        if !holds || start < old_at {
            return None;
        }
        let scalar = json::scalar(new, at + start - old_at, token.key)?;
        same_keys &= !token.key;
        (at, old_at) = (scalar.end as usize, end);
        scalars.0.push((index, token.end, scalar));
    }
}

/// The scalars that differ: the index of each, its end in the other text, and what it is here.
#[derive(Default)]
struct Scalars(Vec<(usize, u32, Token)>);

impl Scalars {
    /// Returns the tokens of the other text with these in their places, and the rest moved.
    fn put_into(self, tokens: &[Token]) -> Vec<Token> {
        let mut moved = tokens.to_vec();
        // How far what stands behind the last of them has moved; back is far forth.
        let (mut next, mut by) = (0, 0_u32);
        for (index, old_end, scalar) in self.0 {
            shift(&mut moved[next..index], by);
            let now = scalar.end.wrapping_sub(old_end);
            let further = now.wrapping_sub(by);
            if further != 0 {
                let around = moved[..index].iter_mut().filter(|token| token.next as usize > index);
                around.for_each(|token| token.end = token.end.wrapping_add(further));
            }
            moved[index] = Token { next: moved[index].next, ..scalar };
            (next, by) = (index + 1, now);
        }
        shift(&mut moved[next..], by);
        moved
    }
}

fn shift(tokens: &mut [Token], by: u32) {
    if by == 0 {
        return;
    }
    for token in tokens {
        token.start = token.start.wrapping_add(by);
        token.end = token.end.wrapping_add(by);
        if token.body != 0 {
            token.body = token.body.wrapping_add(by);
        }
    }
}

/// Returns how many bytes two texts have in common at their beginning.
fn common(one: &[u8], other: &[u8]) -> usize {
    let mut at = 0;
    while let (Some(own), Some(its)) = (chunk::<32>(one, at), chunk::<32>(other, at))
        && own == its
    {
        at += 32;
    }
    while let (Some(own), Some(its)) = (chunk::<8>(one, at), chunk::<8>(other, at)) {
        let differ = u64::from_le_bytes(*own) ^ u64::from_le_bytes(*its);
        if differ != 0 {
            return at + differ.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = one[at..].iter().zip(&other[at..]);
    at + rest.take_while(|(own, its)| own == its).count()
}

fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..)?.first_chunk()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that a text is read like another one as it is read alone, or not at all. Returns whether it is.
    fn agree(text: &str, other: &str) -> bool {
        let tokens = json::scan(other).unwrap();
        let like = scan(text, other, &tokens);
        if let Some((like, same_keys)) = &like {
            assert_eq!(json::scan(text).as_ref(), Ok(like), "{text} like {other}");
            let keys = |text: &str, tokens: &[Token]| {
                let keys = tokens.iter().filter(|token| token.key);
                keys.map(|key| text[key.start as usize..key.end as usize].to_owned()).collect::<Vec<_>>()
            };
            assert_eq!(*same_keys, keys(text, like) == keys(other, &tokens), "{text} like {other}");
        }
        like.is_some()
    }

    #[test]
    fn other_values_are_read_like_the_ones_before() {
        let before =
            r#"{"id": "c", "n": 1, "choices": [{"delta": {"content": " High"}, "end": null}], "x": [{}]}"#;
        for (from, to) in [
            ("High", "tide"),
            ("High", ""),
            ("High", r#"\"High\" and higher"#),
            (" High", r"\ud83d\ude00"),
            ("null", r#""stop""#),
            ("null", "-1.5e3"),
            ("1", "12"),
            ("1", "true"),
            (r#""c""#, "null"),
            ("content", "refusal"),
            ("id", r"\u0069d"),
        ] {
            let after = before.replace(from, to);
            assert!(agree(&after, before), "{after}");
            assert!(agree(before, &after), "{after}");
        }
        assert!(agree(before, before));
        assert!(agree(&before.replace('c', "ccc").replace('1', "0").replace("null", "false"), before));
    }

    #[test]
    fn what_is_built_otherwise_or_broken_is_not_read() {
        let before = r#"{"a": "b", "n": 1, "c": [2, {}]}"#;
        for (from, to) in [
            ("1", "01"),
            ("1", "1 1"),
            ("1", "[1]"),
            ("1", "-"),
            ("2", "2, 2"),
            ("{}", "{\"d\": 1}"),
            ("{}", "null"),
            (": ", ":"),
            (r#""b""#, "b"),
            (r#""a""#, "1"),
            ("b", "\n"),
            ("b", "b\"b"),
            ("b", "b\\"),
            ("}]}", "}]} "),
            ("}]}", "}]"),
        ] {
            assert!(!agree(&before.replacen(from, to, 1), before), "{from} {to}");
        }
    }

    #[test]
    fn no_text_is_read_otherwise_than_alone() {
        let texts = [
            r#"{"a":"b","c":[1,-2.5e3,true,{"d":""}],"e":"\"x\\"}"#,
            r#"[{"a":""},{"a":"0123456789abcdefghijklmnopqrstuvwxyz0123456789"},12,"12",null]"#,
            "12",
            r#""\u00e9""#,
        ];
        // Every byte in the place of every other, and beside it, and without it.
        for text in texts {
            for (at, byte) in text.char_indices() {
                for new in "\"\\{}[]:,0-.eEtnu 1a\n".chars() {
                    let (before, behind) = (&text[..at], &text[at + byte.len_utf8()..]);
                    agree(&format!("{before}{new}{behind}"), text);
                    agree(&format!("{before}{new}{byte}{behind}"), text);
                    agree(&format!("{before}{behind}"), text);
                    agree(&text[..at], text);
                    let two = format!("{before}{new}{byte}{behind}").replacen('1', "777", 1);
                    agree(&two, text);
                }
            }
        }
    }
}

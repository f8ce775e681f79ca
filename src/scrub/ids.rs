//! Pseudonyms: another id of the same shape, derived from the old one, so that one id stays one id everywhere.

use std::collections::{HashMap, HashSet};

/// What ids are derived with.
#[derive(Clone, Debug, Default)]
pub struct Pseudonyms {
    salt: String,
}

/// So many characters at the end of a pseudonym tell that it is one.
const SEAL: usize = 5;

impl Pseudonyms {
    /// Returns pseudonyms that only who knows the salt can derive.
    #[must_use]
    pub fn new(salt: impl Into<String>) -> Self {
        Self { salt: salt.into() }
    }

    /// Returns a pseudonym for each id; ids that are one already, or have none, are left out. Different ids stay different.
    #[must_use]
    pub fn of<'i>(&self, ids: impl IntoIterator<Item = &'i str>) -> HashMap<String, String> {
        let mut taken = HashSet::new();
        let mut pseudonyms = HashMap::new();
        for id in ids.into_iter().filter(|id| !self.is_one(id)) {
            let free = (0..64)
                .map_while(|turn| self.derived(id, turn))
                .find(|new| new != id && !taken.contains(new));
            if let Some(new) = free {
                taken.insert(new.clone());
                pseudonyms.insert(id.to_owned(), new);
            }
        }
        pseudonyms
    }

    /// Returns whether an id is a pseudonym.
    #[must_use]
    pub fn is_one(&self, id: &str) -> bool {
        seal(id).is_some_and(|seal| self.respelled("seal", &id[..seal], 0, &id[seal..]) == id[seal..])
    }

    /// Returns another id of the same shape, if there is one: letters beyond ASCII have no other spelling, and what is
    /// as short as a seal could not be told from others.
    fn derived(&self, id: &str, turn: u8) -> Option<String> {
        let seal = seal(id)?;
        let head = parts(id).0;
        let start = format!("{head}{}", self.respelled("id", id, turn, &id[head.len()..seal]));
        let end = self.respelled("seal", &start, 0, &id[seal..]);
        Some(start + &end)
    }

    /// Returns a text with every letter and digit replaced by one of its kind.
    fn respelled(&self, purpose: &str, of: &str, turn: u8, shape: &str) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("cassette pseudonyms 2026");
        for part in [self.salt.as_str(), purpose, of] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update(&[turn]);
        let mut bytes = vec![0; shape.len() * 2];
        hasher.finalize_xof().fill(&mut bytes);
        let hex = shape
            .bytes()
            .all(|byte| !byte.is_ascii_alphabetic() || matches!(byte, b'a'..=b'f' | b'A'..=b'F'));
        let letters = if hex { 6 } else { 26 };
        let spelled = shape.chars().zip(bytes.chunks_exact(2)).map(|(c, random)| {
            let random = u16::from_le_bytes([random[0], random[1]]);
            let pick = |first: u8, of: u16| char::from(first + u8::try_from(random % of).unwrap_or_default());
            match c {
                '0'..='9' => pick(b'0', 10),
                'a'..='z' => pick(b'a', letters),
                'A'..='Z' => pick(b'A', letters),
                other => other,
            }
        });
        spelled.collect()
    }
}

/// Returns where the seal of an id begins: its last letters and digits, behind at least one that is none of the prefix.
fn seal(id: &str) -> Option<usize> {
    let (head, body) = parts(id);
    let plain = body.chars().all(|c| c.is_ascii() || !c.is_alphanumeric());
    let mut last = body.char_indices().rev().filter(|(_, c)| c.is_ascii_alphanumeric());
    let (at, _) = last.nth(SEAL - 1).filter(|_| plain)?;
    last.next().map(|_| head.len() + at)
}

/// Cuts an id behind its prefix: the words without a digit before the last `-` or `_` that follows one.
fn parts(id: &str) -> (&str, &str) {
    let mut start = 0;
    for (at, c) in id.char_indices() {
        match c {
            '-' | '_' if id.len() - at > 8 => start = at + 1,
            '0'..='9' => break,
            _ => {}
        }
    }
    id.split_at(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str) -> String {
        Pseudonyms::new("").of([id])[id].clone()
    }

    #[test]
    fn a_pseudonym_keeps_prefix_shape_and_length() {
        for id in [
            "chatcmpl-7hYt5Rw2Qp9Lm3Kj8",
            "toolu_bdrk_01Hg46Fd1Sa0Zx7Cv5Bn2Mq4",
            "0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9",
            "fp_0a1b2c3d4e",
        ] {
            let new = of(id);
            assert_ne!(new, id);
            let shape = |id: &str| -> String {
                id.chars()
                    .map(|c| match c {
                        '0'..='9' => '0',
                        'a'..='z' => 'a',
                        'A'..='Z' => 'A',
                        c => c,
                    })
                    .collect()
            };
            assert_eq!(shape(&new), shape(id));
        }
        assert!(of("chatcmpl-7hYt5Rw2Qp9Lm3Kj8").starts_with("chatcmpl-"));
        assert!(of("toolu_bdrk_01Hg46Fd1Sa0Zx7Cv5Bn2Mq4").starts_with("toolu_bdrk_"));
    }

    #[test]
    fn a_pseudonym_is_known_as_one_and_depends_on_the_salt() {
        let id = "call_7hYt5Rw2Qp9Lm3Kj8";
        let new = of(id);
        assert!(Pseudonyms::new("").is_one(&new));
        assert!(!Pseudonyms::new("").is_one(id));
        assert!(Pseudonyms::new("").of([new.as_str()]).is_empty());
        assert_ne!(Pseudonyms::new("pepper").of([id])[id], new);
    }

    #[test]
    fn an_id_ends_in_anything_and_what_has_no_pseudonym_gets_none() {
        for id in ["ada.lovelace.....", "7hYt5Rw2Qp9Lm==", "ada@lovelace.name", "ada (lovelace) – 1815"] {
            let new = of(id);
            assert!(new != id && Pseudonyms::new("").is_one(&new), "{id} {new}");
        }
        for id in ["Иван Петров", "Ada Lovelace-Byron 伯爵", "ada", "....", "", "……………", "éééééééééé"]
        {
            assert!(Pseudonyms::new("").of([id]).is_empty() && !Pseudonyms::new("").is_one(id), "{id}");
        }
    }

    #[test]
    fn different_ids_stay_different() {
        let ids: Vec<_> = (10..60).map(|n| format!("fp_abc{n}x")).collect();
        let pseudonyms = Pseudonyms::new("").of(ids.iter().map(String::as_str));
        let new: HashSet<_> = pseudonyms.values().collect();
        assert_eq!(new.len(), pseudonyms.len());
    }
}

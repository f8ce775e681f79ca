//! What is no credential any more, or never was: placeholders of people, recorders and this program.

use std::sync::LazyLock;

use super::words::Words;

/// What a credential becomes: ASCII and safe in an address.
pub const PLACEHOLDER: &str = "REDACTED";

/// Words that make a value a placeholder, as one of its words.
const WORDS: &[&str] = &[
    "redacted",
    "filtered",
    "placeholder",
    "scrubbed",
    "sanitized",
    "removed",
    "hidden",
    "masked",
    "dummy",
    "fake",
    "mock",
    "test",
    "tests",
    "testing",
    "example",
    "sample",
    "invalid",
    "none",
    "null",
    "undefined",
    "value",
    "unused",
    "anonymous",
    "xxx",
    "your",
    "changeme",
    "deleted",
    "omitted",
    "censored",
    "obfuscated",
];

/// Values that are the name of what should stand there.
const NAMES: &[&str] =
    &["secret", "token", "key", "api_key", "api-key", "apikey", "password", "bearer", "string"];

/// What stands before such a name where somebody made it up: `invalidpassword`, `my-secret-key`.
const MADE_UP: &[&str] = &[
    "a", "bad", "client", "oauth", "user", "dummy", "example", "fake", "foo", "invalid", "mock", "my", "new",
    "no", "not", "old", "other", "sample", "some", "super", "test", "the", "this", "without", "wrong",
    "your",
];

/// Words that tell the same in the middle of a token.
static INSIDE: LazyLock<Words> = LazyLock::new(|| {
    let words = [
        "EXAMPLE",
        "example",
        "REDACTED",
        "redacted",
        "PLACEHOLDER",
        "placeholder",
        "xxxxxx",
        "XXXXXX",
        "******",
    ];
    Words::new(words.map(|word| (word, false)))
});

/// Returns whether a value, known as a credential by its name, is a placeholder.
#[must_use]
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let enclosed = |open: &str, close: &str| value.starts_with(open) && value.ends_with(close);
    let bare = value.is_empty()
        || enclosed("<", ">")
        || enclosed("{{", "}}")
        || enclosed("${", "}")
        || enclosed("‹", "›")
        || enclosed("[", "]");
    let mut words = value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let named = NAMES.iter().any(|name| value.eq_ignore_ascii_case(name));
    let random = |word: &str| {
        let digit = word.bytes().any(|byte| byte.is_ascii_digit());
        let letter = word.bytes().any(|byte| byte.is_ascii_alphabetic());
        word.len() >= 12 && digit && letter && !is_dummy(word)
    };
    let told = words.clone().any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)));
    bare || named
        || is_dummy(value)
        || is_made_up(value)
        || is_variable(value)
        || (told && !words.any(random))
}

/// Returns whether a value is the name of what should stand there, behind words of somebody who made it up.
fn is_made_up(value: &str) -> bool {
    // As the names below end.
    let last = value.bytes().rfind(u8::is_ascii_alphabetic);
    if !last.is_some_and(|last| b"yntdeYNTDE".contains(&last)) {
        return false;
    }
    let mut rest: String = value.chars().filter(char::is_ascii_alphabetic).collect();
    rest.make_ascii_lowercase();
    let nouns = [
        "apikey",
        "accesskey",
        "accesstoken",
        "secretkey",
        "secret",
        "token",
        "key",
        "password",
        "passphrase",
    ];
    let mut named = false;
    while let Some(noun) = nouns.iter().find(|noun| rest.ends_with(**noun)) {
        rest.truncate(rest.len() - noun.len());
        named = true;
    }
    while let Some(word) = MADE_UP.iter().find(|word| rest.ends_with(**word)) {
        rest.truncate(rest.len() - word.len());
    }
    named && rest.is_empty() && value.chars().filter(char::is_ascii_digit).count() <= 4
}

/// Returns whether a value is the name of a variable that holds a credential: `GITHUB_MCP_TOKEN`, `$OPENAI_API_KEY`,
/// `%API_KEY%`, `openai_api_key`.
fn is_variable(value: &str) -> bool {
    let name = value.trim_matches(['$', '%', '{', '}', '(', ')']);
    // Words, or something as short as `S3` and `V2`.
    let is_word = |part: &str| {
        let letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let short = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        !part.is_empty() && part.len() <= 16 && (letters || short)
    };
    let one_case = !name.bytes().any(|byte| byte.is_ascii_lowercase())
        || !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let last = name.rsplit('_').next().unwrap_or_default();
    let ends = ["key", "keys", "token", "secret", "password", "credentials", "pat", "auth", "apikey"];
    one_case
        && name.contains('_')
        && ends.iter().any(|end| last.eq_ignore_ascii_case(end))
        && name.split('_').all(is_word)
}

/// Returns whether a value reads as words, as names of columns, files, licences and errors do: `createdAt`,
/// `rate_limit_exceeded`, `users/avatars/1.png`, `Apache-2.0`. What is random has digits among its letters, or capitals.
#[must_use]
pub(super) fn reads_as_words(value: &str) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let is_word = |part: &str| {
        let end = part.bytes().position(|byte| byte.is_ascii_digit()).unwrap_or(part.len());
        let (word, number) = part.split_at(end);
        let few = if word.is_empty() { 4 } else { 2 };
        number.len() <= few && number.bytes().all(|byte| byte.is_ascii_digit()) && humps(word)
    };
    value.bytes().filter(digit).count() <= 8
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && value.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).all(is_word)
}

/// Returns whether letters are words with a capital at most at the begin of each, or all in capitals.
fn humps(word: &str) -> bool {
    const LONGEST: usize = 16;
    let upper = |byte: &u8| byte.is_ascii_uppercase();
    if word.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return word.len() <= LONGEST;
    }
    let mut lengths = word.as_bytes().chunk_by(|_, next| !upper(next)).map(<[u8]>::len);
    word.len() == 1 || (lengths.all(|length| (2..=LONGEST).contains(&length)) && word.is_ascii())
}

/// Returns whether a value holds what nobody types: letters and digits, or both cases, that change time and again within
/// a word.
#[must_use]
pub(super) fn looks_random(value: &str) -> bool {
    const CHANGES: usize = 4;
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        _ => 2,
    };
    let words = value.as_bytes().split(|byte| !byte.is_ascii_alphanumeric());
    let changes = |word: &[u8]| word.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    value.bytes().any(|byte| byte.is_ascii_digit()) && words.map(changes).sum::<usize>() >= CHANGES
}

/// Returns whether digits count up, as those that people type do.
fn is_counting(value: &str) -> bool {
    let next = |pair: &[u8]| pair[1] == if pair[0] == b'9' { b'0' } else { pair[0] + 1 };
    value.len() >= 8
        && value.bytes().all(|byte| byte.is_ascii_digit())
        && value.as_bytes().windows(2).filter(|pair| !next(pair)).count() <= 1
}

/// Returns whether a value, known as a credential by its shape, is made up.
#[must_use]
pub fn is_dummy(value: &str) -> bool {
    let body = value.rsplit(['-', '_', ' ']).find(|part| part.len() >= 8).unwrap_or(value);
    let mut kinds = [0_u64; 4];
    for byte in body.bytes() {
        kinds[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
    let monotonous = kinds.into_iter().map(u64::count_ones).sum::<u32>() <= 3;
    monotonous || is_counting(value) || INSIDE.are_in(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_people_and_recorders_are_clean() {
        for value in [
            "",
            "<OPENAI_API_KEY>",
            "REDACTED",
            "**REDACTED**",
            "FILTERED",
            "[FILTERED]",
            "test_openai_api_key",
            "AUTHORIZATION-XXX",
            "{{token}}",
            "${API_KEY}",
            "your-api-key",
            "sk-test",
            "fake",
            "xxxxxxxxxxxx",
            "0000000000000000",
            "invalidpassword",
            "my-super-secret-key",
            "123456789012",
            "012345678901",
            "GITHUB_MCP_TOKEN",
            "OPENAI_API_KEY",
            "$OPENAI_API_KEY",
            "%OPENAI_API_KEY%",
            "$(S3_SECRET)",
            "openai_api_key",
            "no-key",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in [
            "hunter2-hunter3",
            "sk-Zq3vX9pLm2",
            "dGVzdA7x9Kq1",
            "monkeypassword",
            "482910573641",
            "sk-test-7hYt5Rw2Qp9Lm3Kj8",
            "GH_Q7RW2TPLM3KJHG4F_TOKEN",
            "monKey_Token",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn what_reads_as_words_is_told_from_what_is_random() {
        for value in [
            "createdAt",
            "rate_limit_exceeded",
            "introduction",
            "users/avatars/1.png",
            "Apache-2.0",
            "/home/ada/x",
            "name:asc",
            "2025-01-31",
        ] {
            assert!(!looks_random(value), "{value}");
            assert!(reads_as_words(value) || value.starts_with('2'), "{value}");
        }
        for value in [
            "7hYt5Rw2Qp9L",
            "q8z3kd92jf0al2mx",
            "ywDnkvmzfhejVRaq3W",
            "0a1b2c3d-4e5f-4071",
            "Y7bdNGieIYcoDvXk",
        ] {
            assert!(looks_random(value) && !reads_as_words(value), "{value}");
        }
        for value in ["482910573641", "kLeYzVUkjTx", "hfptjivrvfmjurkkhguplidkon", "abc123def"] {
            assert!(!reads_as_words(value), "{value}");
        }
    }
}

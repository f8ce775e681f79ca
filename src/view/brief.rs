//! Long things made short for people: base64, numbers, durations.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A run of base64 from this length on is summarised.
const LONG: usize = 160;

/// A quotation has at most so many characters.
const QUOTE: usize = 60;

/// Returns a count with its thousands apart: `12,345`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a noun with its number: `1 event`, `2 events`, `2 batches`, `2 tokens of context`.
pub(super) fn plural(number: usize, noun: &str) -> String {
    let (head, rest) = noun.split_at(noun.find(" of ").unwrap_or(noun.len()));
    let end = match number {
        1 => "",
        _ if head.ends_with(['s', 'h']) => "es",
        _ => "s",
    };
    format!("{} {head}{end}{rest}", count(number as u64))
}

/// Returns the beginning of a text in quotation marks, on one line.
pub(super) fn quote(quoted: &str) -> String {
    let line = text(quoted).split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTE) {
        Some((at, _)) => format!("“{}…”", line[..at].trim_end()),
        None => format!("“{line}”"),
    }
}

/// Returns a size: `512 B`, `1.2 kB`, `3.4 MB`.
pub(super) fn size(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let number = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", number / 1e3),
        _ => format!("{:.1} MB", number / 1e6),
    }
}

/// Returns dollars, with as many digits as tell something: `$0.000123`, `$0.0456`, `$12.30`.
pub(super) fn dollars(amount: f64) -> String {
    let digits = match amount.abs() {
        0.0 => 0,
        ..0.000_000_5 => return "<$0.000001".to_owned(),
        ..0.01 => 6,
        ..1.0 => 4,
        _ => 2,
    };
    format!("${amount:.digits$}")
}

/// Returns a bar of at most so many characters: how large a part of `most` a number is.
pub(super) fn bar(number: f64, most: f64, width: u32) -> String {
    if !(number > 0.0 && most > 0.0) {
        return String::new();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 8 * width")]
    let eighths = ((number / most).min(1.0) * f64::from(width) * 8.0).ceil() as usize;
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    format!("{}{rest}", "█".repeat(eighths / 8))
}

/// Returns a duration: `304 ms`, `1.2 s`, `2 min 5 s`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.001 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds < 0.9995 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {} s", duration.as_secs() / 60, duration.as_secs() % 60)
    }
}

/// Returns what a medium in base64 is: `<png 1024×1024, 1.2 MB>`.
pub(super) fn medium(kind: &str, mime: Option<&str>, base64: &str) -> String {
    // The head of the file tells its kind and dimensions.
    let head: String = base64.chars().filter(|c| !c.is_whitespace()).take(64 * 1024).collect();
    let head = STANDARD.decode(&head[..head.len() / 4 * 4]).unwrap_or_default();
    let mime = mime.and_then(|mime| mime.split(['/', ';']).nth(1));
    let kind = imagesize::image_type(&head).ok().map_or_else(
        || mime.unwrap_or(kind).to_owned(),
        |image| {
            format!("{image:?}").split(|c: char| !c.is_alphanumeric()).next().unwrap_or(kind).to_lowercase()
        },
    );
    let dimensions = imagesize::blob_size(&head).map(|size| format!(" {}×{}", size.width, size.height));
    let padding = base64.bytes().rev().take_while(|&byte| byte == b'=').count();
    let bytes = (base64.len() * 3 / 4).saturating_sub(padding);
    format!("<{kind}{}, {}>", dimensions.unwrap_or_default(), size(bytes))
}

/// Returns text in which long runs of base64, data addresses among them, are summarised.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.len() < LONG {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(run) = base64_run(text, at) {
        at = run.end;
        let (start, mime) = data_url(text, kept, run.start);
        out.push_str(&text[kept..start]);
        out.push_str(&medium("base64", mime, &text[run.clone()]));
        kept = run.end;
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// Returns the next long run of base64: long enough, and of mixed letters and digits as words are not.
fn base64_run(text: &str, from: usize) -> Option<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let is_base64 =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let mut at = from;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| is_base64(byte)).count();
        let run = &bytes[at..at + length];
        let has = |test: fn(&u8) -> bool| run.iter().any(test);
        if length >= LONG
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_uppercase)
        {
            return Some(at..at + length);
        }
        at += length.max(1);
    }
    None
}

/// Returns where a data address that leads up to `at` begins, and its type.
fn data_url(text: &str, from: usize, at: usize) -> (usize, Option<&str>) {
    let before = &text[from..at];
    let head = before.rfind("data:").map(|start| &before[start..]).filter(|head| head.len() < 100);
    match head.and_then(|head| head.strip_suffix(";base64,")) {
        Some(head) => (at - head.len() - ";base64,".len(), head.strip_prefix("data:")),
        None => (at, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_units_and_thousands() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(plural(1, "event"), "1 event");
        assert_eq!(plural(0, "event"), "0 events");
        assert_eq!(plural(1, "success"), "1 success");
        assert_eq!(plural(2, "success"), "2 successes");
        assert_eq!(plural(2, "token of context"), "2 tokens of context");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_250_000), "1.2 MB");
        assert_eq!(duration(Duration::from_micros(304_219)), "304 ms");
        assert_eq!(duration(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn bars_are_as_long_as_their_part() {
        assert_eq!(bar(10.0, 10.0, 4), "████");
        assert_eq!(bar(5.0, 10.0, 3), "█▌");
        assert_eq!(bar(0.001, 10.0, 4), "▏");
        assert_eq!((bar(0.0, 10.0, 4), bar(1.0, 0.0, 4)), (String::new(), String::new()));
        assert_eq!(dollars(0.000_123_4), "$0.000123");
        assert_eq!(
            (dollars(0.5), dollars(12.3), dollars(0.0)),
            ("$0.5000".into(), "$12.30".into(), "$0".into())
        );
    }

    #[test]
    fn a_quotation_is_one_short_line() {
        assert_eq!(quote("High\n tide."), "“High tide.”");
        assert_eq!(quote(&"tide ".repeat(20)), format!("“{}…”", "tide ".repeat(12).trim_end()));
    }

    #[test]
    fn long_base64_is_summarised_and_prose_is_not() {
        let base64 = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAgCAIAAACQkWg2".to_owned() + &"Ab0/".repeat(100);
        let found = text(&format!("see data:image/png;base64,{base64} there")).into_owned();
        assert_eq!(found, "see <png 16×32, 333 B> there");
        let prose = "word ".repeat(200) + &"-".repeat(300);
        assert_eq!(text(&prose), prose);
    }
}

//! When something was recorded, in the many ways in which recorders write it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

/// When an entry was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The time.
    pub at: Timestamp,
    /// Whether it is that of the end of the response, not that of the request.
    pub ended: bool,
}

impl Stamp {
    /// Reads the time at which a request went out.
    #[must_use]
    pub fn started(text: &str) -> Option<Self> {
        time(text).map(|at| Self { at, ended: false })
    }

    /// Reads the time at which a response was there.
    #[must_use]
    pub fn ended(text: &str) -> Option<Self> {
        time(text).map(|at| Self { at, ended: true })
    }
}

/// Reads ISO 8601, the date of a mail or a header, or seconds or milliseconds since 1970. Recorders that write no zone
/// mean UTC.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        // As seconds these are after the year 5000, as milliseconds from 1973 on.
        let millis = number.abs() >= 1e11;
        #[expect(clippy::cast_possible_truncation, reason = "what does not fit is refused")]
        let read = if millis { Timestamp::from_millisecond } else { Timestamp::from_second }(number as i64);
        return (number.abs() < 1e14).then(|| read.ok())?;
    }
    let utc = || TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    let mail = || rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    text.parse().ok().or_else(mail).or_else(utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_recorders_write_them() {
        let read = |text| Stamp::ended(text).map(|stamp| stamp.at.to_string());
        for text in [
            "Thu, 09 Oct 2025 18:04:11 GMT",
            "Thu, 09 Oct 2025 20:04:11 +0200",
            "2025-10-09T18:04:11Z",
            "2025-10-09T16:04:11-02:00",
            "2025-10-09T18:04:11",
            "2025-10-09 18:04:11",
            "1760033051",
            "1760033051000",
        ] {
            assert_eq!(read(text).as_deref(), Some("2025-10-09T18:04:11Z"), "{text}");
        }
        for text in ["", "yesterday", "1e300", "NaN", "2025-13-01T00:00:00Z"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

//! Credentials that must not reach a screen: headers, cookies, and what addresses carry.

use std::borrow::Cow;

/// What stands in place of a credential.
pub(super) const MASK: &str = "‹masked›";

/// Headers that hold credentials, in lower case; also every header whose name ends like one of [`SECRET_ENDS`].
const SECRET_HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "www-authenticate",
    "cookie",
    "set-cookie",
    "set-cookie2",
    "x-amz-credential",
    "x-csrf-token",
    "x-xsrf-token",
];

/// How names of credentials end, with `-` for every separator.
const SECRET_ENDS: &[&str] = &[
    "api-key",
    "apikey",
    "-key",
    "-token",
    "-secret",
    "-password",
    "-signature",
    "-credential",
    "-auth",
    "subscription-key",
    "session-id",
    "-cookie",
];

/// Query parameters that hold credentials, in lower case, with `-` for every separator.
const SECRET_PARAMETERS: &[&str] = &[
    "key",
    "token",
    "secret",
    "password",
    "signature",
    "sig",
    "code",
    "auth",
    "access-token",
    "api-key",
    "apikey",
    "client-secret",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-credential",
];

/// Returns whether a header of this name holds a credential.
pub(super) fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    SECRET_HEADERS.contains(&name.as_str()) || SECRET_ENDS.iter().any(|end| name.ends_with(end))
}

/// Returns a header's value for the screen.
pub(super) fn header_value<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    if !is_secret_header(name) || value.is_empty() {
        return Cow::Borrowed(value);
    }
    // The scheme tells the reader which kind of credential was sent.
    match value.split_once(' ') {
        Some((scheme @ ("Bearer" | "Basic" | "Digest" | "Token"), _)) => {
            Cow::Owned(format!("{scheme} {MASK}"))
        }
        _ => Cow::Borrowed(MASK),
    }
}

/// Returns an address without the credentials of its user part and its query.
#[must_use]
pub fn masked_url(url: &str) -> Cow<'_, str> {
    let (address, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let (base, query) = address.split_at(address.find('?').unwrap_or(address.len()));
    let mut out = without_user(base);
    let mut masked = out.len() != base.len();
    for (at, pair) in query.trim_start_matches('?').split('&').enumerate().filter(|_| !query.is_empty()) {
        out.push(if at == 0 { '?' } else { '&' });
        let name = pair.split('=').next().unwrap_or_default();
        let plain = name.to_ascii_lowercase().replace('_', "-");
        let secret =
            SECRET_PARAMETERS.contains(&plain.as_str()) || SECRET_ENDS.iter().any(|end| plain.ends_with(end));
        if secret && pair.len() > name.len() + 1 {
            out.push_str(name);
            out.push('=');
            out.push_str(MASK);
            masked = true;
        } else {
            out.push_str(pair);
        }
    }
    out.push_str(fragment);
    if masked { Cow::Owned(out) } else { Cow::Borrowed(url) }
}

fn without_user(base: &str) -> String {
    let Some(start) = base.find("://").map(|at| at + 3) else { return base.to_owned() };
    let end = base[start..].find('/').map_or(base.len(), |at| start + at);
    match base[start..end].rfind('@') {
        Some(at) => format!("{}{MASK}{}", &base[..start], &base[start + at..]),
        None => base.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_addresses_are_masked_and_nothing_else() {
        assert_eq!(masked_url("https://h/v1?alt=sse&key=abc#x"), "https://h/v1?alt=sse&key=‹masked›#x");
        assert_eq!(masked_url("https://me:pw@h/v1"), "https://‹masked›@h/v1");
        assert_eq!(masked_url("/p?X-Amz-Signature=1&q=key"), "/p?X-Amz-Signature=‹masked›&q=key");
        assert_eq!(masked_url("/p?api_key=&monkey=1"), "/p?api_key=&monkey=1");
    }

    #[test]
    fn credential_headers_are_known_by_name_in_any_case() {
        for name in ["Authorization", "x-goog-api-key", "Set-Cookie", "X_API_KEY", "X-Amz-Security-Token"] {
            assert!(is_secret_header(name), "{name}");
        }
        for name in ["Content-Type", "x-request-id", "openai-organization"] {
            assert!(!is_secret_header(name), "{name}");
        }
        assert_eq!(header_value("authorization", "Bearer abc"), "Bearer ‹masked›");
        assert_eq!(header_value("cookie", "a=b c"), "‹masked›");
    }
}

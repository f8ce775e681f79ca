//! The parts of an address. Some recorders keep only its path.

use std::ops::Range;

/// Where the parts of an address stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Such as `https`.
    pub scheme: Range<usize>,
    /// The name of the host, with the user before it if there is one.
    pub host: Range<usize>,
    /// Digits.
    pub port: Range<usize>,
    /// The path.
    pub path: Range<usize>,
    /// The parameters, between `?` and `#`; behind the path if there are none.
    pub query: Range<usize>,
    /// What stands behind `#`, which no client sends.
    pub fragment: Range<usize>,
}

/// Cuts an address up. A part that it has not is empty, where it would stand.
#[must_use]
pub fn parts(url: &str) -> Parts {
    let query_end = url.find('#').unwrap_or(url.len());
    let end = url[..query_end].find('?').unwrap_or(query_end);
    let query = (end + 1).min(query_end)..query_end;
    let fragment = (query_end + 1).min(url.len())..url.len();
    let Some(scheme) = url[..end].find("://").filter(|at| !url[..*at].contains('/')) else {
        return Parts { scheme: 0..0, host: 0..0, port: 0..0, path: 0..end, query, fragment };
    };
    let host = scheme + "://".len();
    let path = url[host..end].find('/').map_or(end, |at| host + at);
    let digits = |at: &usize| *at < path && url[*at..path].bytes().all(|byte| byte.is_ascii_digit());
    let port = url[host..path].rfind(':').map(|at| host + at + 1).filter(digits);
    let host_end = port.map_or(path, |at| at - 1);
    Parts {
        scheme: 0..scheme,
        host: host..host_end,
        port: port.unwrap_or(path)..path,
        path: path..end,
        query,
        fragment,
    }
}

impl Parts {
    /// Returns all that stands before the path.
    #[must_use]
    pub fn origin(&self) -> Range<usize> {
        0..self.path.start
    }

    /// Returns the host with its user and its port.
    #[must_use]
    pub fn authority(&self) -> Range<usize> {
        self.host.start..self.path.start
    }
}

/// Returns all of an address.
#[must_use]
pub fn whole(url: &str) -> &str {
    url
}

/// Returns the host of an address, with its port.
#[must_use]
pub fn host(url: &str) -> &str {
    let parts = parts(url);
    url[parts.authority()].rsplit('@').next().unwrap_or_default()
}

/// Returns the path of an address.
#[must_use]
pub fn path(url: &str) -> &str {
    &url[parts(url).path]
}

/// Returns the parameters of an address, without the `?`.
#[must_use]
pub fn query(url: &str) -> &str {
    &url[parts(url).query]
}

/// Returns an address without its scheme, its host and its fragment.
#[must_use]
pub fn path_and_query(url: &str) -> &str {
    let parts = parts(url);
    &url[parts.path.start..parts.query.end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_parts() {
        let shown = |url: &str| {
            let Parts { scheme, host, port, path, query, fragment } = parts(url);
            [scheme, host, port, path, query, fragment].map(|range| url[range].to_owned()).join(" ")
        };
        assert_eq!(shown("https://u@h:443/a/b?c=d#e"), "https u@h 443 /a/b c=d e");
        assert_eq!(shown("http://[::1]/?"), "http [::1]  /  ");
        assert_eq!(shown("http://h"), "http h    ");
        assert_eq!(shown("/v1/x?u=http://h/"), "   /v1/x u=http://h/ ");
        assert_eq!(shown("/#?a"), "   /  ?a");
        assert_eq!(shown(""), "     ");
    }

    #[test]
    fn what_recorders_repeat_of_an_address_is_cut_out_of_it() {
        let url = "https://u:p@h:8/a?b=c#d";
        assert_eq!([host(url), path(url), path_and_query(url)], ["h:8", "/a", "/a?b=c"]);
        assert_eq!(host("https://me:secret@x.example:8080/a?b@c"), "x.example:8080");
        assert_eq!([query(url), query("/a"), query("/a?")], ["b=c", "", ""]);
        assert_eq!([host("/a"), path("/a"), path_and_query("/a")], ["", "/a", "/a"]);
    }
}

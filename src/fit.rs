//! How well a table entry fits the thing at hand: the one way formats, framings and providers are chosen.

/// How well an entry fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is something else.
    No,
    /// It may be: take it if nothing fits better.
    Maybe,
    /// It is.
    Sure,
}

impl Fit {
    /// Returns [`Fit::Sure`] if the condition holds, else [`Fit::No`].
    #[must_use]
    pub fn sure_if(condition: bool) -> Self {
        if condition { Self::Sure } else { Self::No }
    }

    /// Returns [`Fit::Maybe`] if the condition holds, else [`Fit::No`].
    #[must_use]
    pub fn maybe_if(condition: bool) -> Self {
        if condition { Self::Maybe } else { Self::No }
    }
}

/// Returns the entry of a table that fits best; of equals, the first.
pub fn best<T: ?Sized>(table: &[&'static T], fit: impl Fn(&T) -> Fit) -> Option<&'static T> {
    let mut found: Option<(&'static T, Fit)> = None;
    for &entry in table {
        match fit(entry) {
            Fit::Sure => return Some(entry),
            Fit::Maybe if found.is_none() => found = Some((entry, Fit::Maybe)),
            Fit::Maybe | Fit::No => {}
        }
    }
    found.map(|(entry, _)| entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_fit_wins_and_of_equals_the_first() {
        static TABLE: &[&str] = &["no", "maybe", "later maybe", "sure", "later sure"];
        let fit = |entry: &str| match entry.rsplit(' ').next() {
            Some("sure") => Fit::Sure,
            Some("maybe") => Fit::Maybe,
            _ => Fit::No,
        };
        assert_eq!(best(TABLE, fit), Some("sure"));
        assert_eq!(best(&TABLE[..3], fit), Some("maybe"));
        assert_eq!(best(&TABLE[..1], fit), None);
    }
}

//! What becomes of each parameter of an address that becomes another.

use crate::syntax::form::Pair;

/// What becomes of a parameter, by its index before, after, or both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    Stays(usize),
    Becomes(usize, usize),
    Goes(usize),
    Comes(usize),
}

/// Returns what becomes of each parameter, in their new order.
pub(super) fn steps(before: &[Pair], after: &[Pair]) -> Vec<Step> {
    let same = |(a, b): &(&Pair, &Pair)| a.name == b.name && a.value == b.value;
    let head = before.iter().zip(after).take_while(same).count();
    let (old, new) = (&before[head..], &after[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    let mut steps: Vec<Step> = (0..head).map(Step::Stays).collect();
    let mut from = head;
    let old_end = before.len() - tail;
    for (at, pair) in after.iter().enumerate().take(after.len() - tail).skip(head) {
        match (from..old_end).find(|was| before[*was].name == pair.name) {
            Some(was) => {
                steps.extend((from..was).map(Step::Goes));
                let stays = before[was].value == pair.value;
                steps.push(if stays { Step::Stays(was) } else { Step::Becomes(was, at) });
                from = was + 1;
            }
            None => steps.push(Step::Comes(at)),
        }
    }
    steps.extend((from..old_end).map(Step::Goes));
    steps.extend((old_end..before.len()).map(Step::Stays));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::form;
    use crate::text::Text;

    #[test]
    fn parameters_are_told_from_each_other_by_their_names() {
        use Step::{Becomes, Comes, Goes, Stays};
        let pairs = |text: &str| form::pairs(&Text::made(text));
        let told = |before: &str, after: &str| steps(&pairs(before), &pairs(after));
        assert_eq!(told("a=1&b=2&c=3", "a=1&b=4&c=3"), [Stays(0), Becomes(1, 1), Stays(2)]);
        assert_eq!(told("a=1&b=2", "b=2"), [Goes(0), Stays(1)]);
        assert_eq!(told("a=1", "a=1&b=2"), [Stays(0), Comes(1)]);
        assert_eq!(told("a=1&a=2&b=3", "a=2&d=4&b=5"), [Becomes(0, 0), Comes(1), Goes(1), Becomes(2, 2)]);
        assert_eq!(told("", ""), []);
    }
}

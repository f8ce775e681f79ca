//! Taking something away: a header, a parameter, a member, however a recorder keeps it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use super::{Wanted, refusal};
use crate::diagnostic::Diagnostic;
use crate::load::Recording;
use crate::syntax::{Node, Subtree, Tree, rearrange, without};
use crate::text::{self, Edit, Refused, Slice, Span, Text};

/// Something that is to go.
#[derive(Clone, Debug)]
pub enum Gone {
    /// What a list or mapping holds at an index.
    Item(Subtree, usize),
    /// A header, by the texts that are its name and its value.
    Header(Text, Text),
    /// A name and its value in the parameters of an address, or in a form.
    Pair {
        /// The address, or the form.
        text: Text,
        /// All parameters.
        all: Range<usize>,
        /// This one.
        own: Range<usize>,
    },
}

/// Returns what is wanted of a recording for these things to go.
///
/// # Errors
/// A [`Diagnostic`] if one of them stands where it cannot be taken away.
pub fn remove(recording: &Recording, gone: &[Gone]) -> Result<Wanted, Diagnostic> {
    let mut items = Items::default();
    let mut ways = recording.file.tree.as_ref().map(Ways::new);
    let mut wanted = Wanted::default();
    let mut pairs: BTreeMap<(Option<Span>, usize), Pairs> = BTreeMap::new();
    for each in gone {
        match each {
            Gone::Item(collection, at) => items.add(collection.node(), *at),
            Gone::Header(name, value) => match &mut ways {
                Some(ways) => {
                    let found = items.header(ways, name, value);
                    found.map_err(|why| refusal(why, value.span()))?;
                }
                None => line(&recording.file.bytes, name, value, &mut wanted)?,
            },
            Gone::Pair { text, all, own } => {
                let new = || (text.clone(), all.clone(), BTreeSet::new());
                pairs.entry((text.span(), all.start)).or_insert_with(new).2.insert(own.start);
            }
        }
    }
    for (text, all, starts) in pairs.into_values() {
        let edits = without_pairs(&text, &all, &starts);
        match (&mut ways, text::lift(edits.clone())) {
            // Where an address is put together, each parameter stands like a header.
            (Some(ways), Err(Refused::Untraced)) => {
                for start in starts {
                    let pair = text.as_str()[start..all.end].split('&').next().unwrap_or_default();
                    let equals = start + pair.find('=').unwrap_or(pair.len());
                    let (name, end) = (text.slice(start..equals), start + pair.len());
                    let value = text.slice((equals + 1).min(end)..end);
                    let found = items.header(ways, &name, &value);
                    found.map_err(|_| refusal(Refused::Untraced, text.span()))?;
                }
            }
            _ => wanted.edits.extend(edits),
        }
    }
    for (collection, gone) in items.settled() {
        let node = collection.node();
        let rearranged = rearrange(node, without(node, |at| gone.contains(&at)));
        wanted.rearrange(rearranged.map_err(|why| refusal(why, node.span()))?);
    }
    Ok(wanted)
}

/// A text with pairs in it, all of them, and where those begin that are to go.
type Pairs = (Text, Range<usize>, BTreeSet<usize>);

/// What goes of each collection.
#[derive(Default)]
struct Items {
    gone: BTreeMap<(usize, usize), (Subtree, BTreeSet<usize>)>,
    /// What goes, in place of all its items, where a list has no more of them.
    whole: Vec<(Subtree, Subtree, usize)>,
}

/// A step from a collection to something in it.
#[derive(Clone, Copy)]
struct Step<'t> {
    collection: Node<'t>,
    index: usize,
    key: bool,
}

impl Items {
    fn add(&mut self, collection: Node<'_>, index: usize) {
        self.gone
            .entry(key(collection))
            .or_insert_with(|| (collection.subtree(), BTreeSet::new()))
            .1
            .insert(index);
    }

    /// Adds a header of a file with a tree.
    fn header(&mut self, ways: &mut Ways<'_>, name: &Text, value: &Text) -> Result<(), &'static str> {
        match stand(ways, name, value).ok_or("it cannot be told where the header stands")? {
            Stand::Whole(step) => self.add(step.collection, step.index),
            Stand::OneOf(step, one) => {
                self.add(one.collection, one.index);
                self.whole.push((one.collection.subtree(), step.collection.subtree(), step.index));
            }
            Stand::InTurn(name, value) => {
                self.add(name.collection, name.index);
                self.add(value.collection, value.index);
            }
        }
        Ok(())
    }

    /// Returns what goes of each collection, none of them in something that goes itself.
    fn settled(mut self) -> Vec<(Subtree, BTreeSet<usize>)> {
        for (list, whole, index) in std::mem::take(&mut self.whole) {
            let place = key(list.node());
            let count = list.node().items().count();
            if self.gone.get(&place).is_some_and(|(_, gone)| gone.len() == count) {
                self.gone.remove(&place);
                self.add(whole.node(), index);
            }
        }
        self.gone.into_values().collect()
    }
}

/// Returns the collection that holds a header among others, and what it holds of it: the header's value or list of
/// values, an object or list that has its name and value, its name where both are items, or its line.
#[must_use]
pub fn kept<'t>(tree: &'t Arc<Tree>, name: &Text, value: &Text) -> Option<(Node<'t>, Node<'t>)> {
    let step = match stand(&mut Ways::new(tree), name, value)? {
        Stand::Whole(step) | Stand::OneOf(step, _) => step,
        Stand::InTurn(name, _) => name,
    };
    Some((step.collection, step.target()?))
}

/// How a header stands among others.
enum Stand<'t> {
    /// As one thing: a member, an object, a list of two, a line.
    Whole(Step<'t>),
    /// As one value in a list of values.
    OneOf(Step<'t>, Step<'t>),
    /// As two items of a list, the name and the value.
    InTurn(Step<'t>, Step<'t>),
}

/// Returns how a header stands among others, by the texts that are its name and its value.
fn stand<'t>(ways: &mut Ways<'t>, name: &Text, value: &Text) -> Option<Stand<'t>> {
    let (to_name, to_value) = (ways.to(name.span()?)?, ways.to(value.span()?)?);
    let same = |(a, b): &(&Step<'_>, &Step<'_>)| a.is(b);
    let depth = to_name.iter().zip(&to_value).take_while(same).count();
    let above = depth.checked_sub(1).map(|at| to_value[at]);
    let (Some(own), Some(beside)) = (to_value.get(depth), to_name.get(depth)) else {
        // One text with a colon in it, unless both stand in something else that is kept as text.
        let line = *to_value.last()?;
        let text = line.target()?.text()?;
        return (text.shares(value) && text.shares(name)).then_some(Stand::Whole(line));
    };
    if own.collection.is_list() {
        let pair = above.filter(|above| own.collection.items().count() == 2 && above.collection.is_list());
        return Some(pair.map_or(Stand::InTurn(*beside, *own), Stand::Whole));
    }
    let whole = if own.index == beside.index { *own } else { above? };
    let one = to_value.get(depth + 1).filter(|step| step.collection.is_list());
    Some(one.map_or(Stand::Whole(whole), |one| Stand::OneOf(whole, *one)))
}

fn key(node: Node<'_>) -> (usize, usize) {
    (Arc::as_ptr(node.tree()).addr(), node.index())
}

impl<'t> Step<'t> {
    fn is(&self, other: &Self) -> bool {
        key(self.collection) == key(other.collection) && self.index == other.index && self.key == other.key
    }

    fn target(&self) -> Option<Node<'t>> {
        let member = |(key, value)| if self.key { key } else { value };
        self.collection.item(self.index).or_else(|| self.collection.entries().nth(self.index).map(member))
    }
}

/// Where what a collection holds begins and ends.
type Children<'t> = Vec<(Span, Step<'t>, Node<'t>)>;

/// Ways from the root of a tree to its scalars; what each collection holds is looked up once.
struct Ways<'t> {
    tree: &'t Arc<Tree>,
    children: HashMap<usize, Children<'t>>,
}

impl<'t> Ways<'t> {
    fn new(tree: &'t Arc<Tree>) -> Self {
        Self { tree, children: HashMap::new() }
    }

    /// Returns the way to the scalar that spells some bytes.
    fn to(&mut self, span: Span) -> Option<Vec<Step<'t>>> {
        let holds = |own: Span| own.start <= span.start && span.end <= own.end;
        let root = |document: &Node<'t>| document.slice().outermost().is_some_and(holds);
        let mut node = self.tree.documents().find(root)?;
        let mut steps = Vec::new();
        loop {
            let children = self.children.entry(node.index()).or_insert_with(|| children(node));
            let before = children.partition_point(|(own, ..)| own.start <= span.start);
            // Something absent stands where another thing ends.
            let mut near = children[before.saturating_sub(2)..before].iter().rev();
            let Some((_, step, next)) = near.find(|(own, ..)| holds(*own)) else { return Some(steps) };
            steps.push(*step);
            node = *next;
        }
    }
}

/// Returns what a collection holds, in the order in which it stands in the file.
fn children(collection: Node<'_>) -> Children<'_> {
    let step = |index, key| Step { collection, index, key };
    let items = collection.items().enumerate().map(|(at, item)| (step(at, false), item));
    let members = collection.entries().enumerate();
    let members = members.flat_map(|(at, (name, value))| [(step(at, true), name), (step(at, false), value)]);
    let all = items.chain(members).filter_map(|(step, node)| Some((node.slice().outermost()?, step, node)));
    let mut all: Children<'_> = all.collect();
    // An alias stands where its anchor does.
    all.sort_by_key(|(span, ..)| (span.start, span.end));
    all
}

/// Takes away the line of a header of wire text.
fn line(file: &Slice, name: &Text, value: &Text, wanted: &mut Wanted) -> Result<(), Diagnostic> {
    let unknown = || refusal("it cannot be told where the header stands", value.span());
    let (Some(from), Some(to)) = (name.as_slice().outermost(), value.as_slice().outermost()) else {
        return Err(unknown());
    };
    let bytes = file.bytes();
    let end = memchr::memchr(b'\n', &bytes[to.end..]).map(|at| to.end + at + 1).ok_or_else(unknown)?;
    let begins = from.start == 0 || bytes[from.start - 1] == b'\n';
    let line = file.slice(from.start..end);
    let text =
        line.text().filter(|text| begins && text.as_str().matches('\n').count() == 1).ok_or_else(unknown)?;
    wanted.gone.extend(line.outermost());
    wanted.edits.push(Edit::replace(&text, 0..text.len(), ""));
    Ok(())
}

/// Returns the edits that take some pairs out of parameters, with the `&` and the `?` that they leave behind.
fn without_pairs(text: &Text, all: &Range<usize>, gone: &BTreeSet<usize>) -> Vec<Edit> {
    let mut start = all.start;
    let pairs = text.as_str()[all.clone()].split('&').map(|pair| {
        let own = start..start + pair.len();
        start = own.end + 1;
        own
    });
    let pairs: Vec<Range<usize>> = pairs.collect();
    let is_gone = |pair: &Range<usize>| gone.contains(&pair.start);
    let Some(first) = pairs.iter().position(|pair| !is_gone(pair)) else {
        let mark = usize::from(text.as_str()[..all.start].ends_with('?'));
        return vec![Edit::replace(text, all.start - mark..all.end, "")];
    };
    let mut edits = Vec::new();
    if first > 0 {
        edits.push(Edit::replace(text, all.start..pairs[first].start, ""));
    }
    let rest = pairs[first..].iter().filter(|pair| is_gone(pair));
    edits.extend(rest.map(|pair| Edit::replace(text, pair.start - 1..pair.end, "")));
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::Header;
    use crate::load::read;
    use crate::rewrite::rewrite;
    use crate::text::SourceId;

    /// Returns what becomes of a file without the headers of the first response that have a name.
    fn without_header(file: &str, name: &str) -> String {
        let recording = read(SourceId(0), file.as_bytes().to_vec(), None).unwrap();
        let headers = &recording.interactions[0].http.response.as_ref().unwrap().headers;
        let named = headers.iter().filter(|header| header.name.as_str().eq_ignore_ascii_case(name));
        let gone = |Header { name, value }: &Header| Gone::Header(name.clone(), value.clone());
        let gone: Vec<Gone> = named.map(gone).collect();
        assert!(!gone.is_empty());
        let wanted = remove(&recording, &gone).unwrap();
        let mut rewritten = rewrite(&recording, wanted).unwrap().unwrap();
        String::from_utf8(rewritten.files.remove(0).1).unwrap()
    }

    #[track_caller]
    fn assert_header_goes(file: &str, before: &str, after: &str) {
        assert_eq!(without_header(&file.replace("HERE", before), "a"), file.replace("HERE", after));
    }

    #[test]
    fn a_header_goes_from_where_each_recorder_keeps_it() {
        let vcrpy = "interactions:\n- request: {method: GET, uri: 'http://h/', body: null, headers: {}}\n  response:\n    \
                     body: {string: hi}\n    headers:\nHERE    status: {code: 200, message: OK}\nversion: 1\n";
        assert_header_goes(
            vcrpy,
            "      A:\n      - one\n      - two\n      B:\n      - c\n",
            "      B:\n      - c\n",
        );
        assert_header_goes(vcrpy, "      B: c\n      a: !!binary |\n        b25l\n", "      B: c\n");
        assert_header_goes(
            vcrpy,
            "      ? !!python/object/apply:multidict._multidict.istr\n      - A\n      : - one\n      B: [c]\n",
            "      B: [c]\n",
        );
        let har = r#"{"log": {"entries": [{"request": {"method": "GET", "url": "http://h/", "headers": []},
            "response": {"status": 200, "headers": [HERE]}}]}}"#;
        assert_header_goes(
            har,
            r#"{"name": "B", "value": "c"}, {"name": "A", "value": "one"}"#,
            r#"{"name": "B", "value": "c"}"#,
        );
        let nock = r#"[{"scope": "http://h:80", "method": "GET", "path": "/", "body": "", "status": 200, "response": "hi", "rawHeaders": HERE}]"#;
        assert_header_goes(nock, r#"["A", "one", "B", "c", "a", "two"]"#, r#"["B", "c"]"#);
        assert_header_goes(nock, r#"["A", "one"]"#, "[]");
        assert_header_goes(nock, r#"{"a": ["one", "two"], "b": "c"}"#, r#"{"b": "c"}"#);
    }

    #[test]
    fn of_the_values_of_a_header_one_may_go() {
        let file = "version: 2\ninteractions:\n- request: {method: GET, url: 'http://h/'}\n  response:\n    \
                    headers:\n      A:\n        - one\n        - two\n    body: hi\n    code: 200\n";
        let recording = read(SourceId(0), file.as_bytes().to_vec(), None).unwrap();
        let Header { name, value } = &recording.interactions[0].http.response.as_ref().unwrap().headers[0];
        let wanted = remove(&recording, &[Gone::Header(name.clone(), value.clone())]).unwrap();
        let new = rewrite(&recording, wanted).unwrap().unwrap().files.remove(0).1;
        assert_eq!(String::from_utf8(new).unwrap(), file.replace("        - one\n", ""));
    }

    #[test]
    fn a_line_of_wire_text_goes_and_the_lengths_follow() {
        let wire = |headers: &str| {
            let response = format!("HTTP/1.1 200 OK\r\n{headers}\r\nhi");
            format!("httprr trace v1\n26 {}\nGET http://h/ HTTP/1.1\r\n\r\n{response}", response.len())
        };
        assert_eq!(without_header(&wire("B: c\r\nA: one\r\n"), "a"), wire("B: c\r\n"));
    }

    #[test]
    fn pairs_go_with_what_sets_them_apart() {
        let without = |address: &str, gone: &[&str]| {
            let address = Text::source(SourceId(0), address.to_owned());
            let start = address.as_str().find('?').unwrap() + 1;
            let starts = gone.iter().map(|pair| address.as_str().find(pair).unwrap()).collect();
            let edits = without_pairs(&address, &(start..address.len()), &starts);
            let lifted = text::lift(edits).unwrap();
            let new = text::splice(address.as_str().as_bytes(), lifted[&SourceId(0)].changes.clone());
            String::from_utf8(new.unwrap()).unwrap()
        };
        assert_eq!(without("u?a=1&b=2&c=3", &["a="]), "u?b=2&c=3");
        assert_eq!(without("u?a=1&b=2&c=3", &["b=", "c="]), "u?a=1");
        assert_eq!(without("u?a=1&b=2&c=3", &["a=", "b="]), "u?c=3");
        assert_eq!(without("u?a=1&b=2&c=3", &["a=", "c="]), "u?b=2");
        assert_eq!(without("u?a=1", &["a="]), "u");
    }
}

//! A recording in which something is dropped, added, moved or cut elsewhere differs in that, and in nothing else. The
//! recordings are those of `tests/diff_mutations.rs`, written anew as plain vcrpy cassettes.

use std::collections::BTreeMap;
use std::fs;

use cassette::cassette::{Body, Header};
use cassette::diff::{self, Change, Class, Diff, Known, Options};
use cassette::load::{self, Recording};
use cassette::text::{SourceId, Text};
use serde_json::{Map, Value, json};

use crate::diff_mutations::{chosen, seeds};
use crate::support::relative;

fn read(interactions: &[Value]) -> Recording {
    let cassette = json!({"interactions": interactions, "version": 1});
    load::read(SourceId(0), cassette.to_string().into_bytes(), None).unwrap()
}

/// Returns the interactions of a recording as vcrpy writes them, if all bodies are text.
fn plain(recording: &Recording) -> Option<Vec<Value>> {
    let text = |text: Option<&Text>| text.map(|text| text.as_str().to_owned()).unwrap_or_default();
    let body = |body: Option<&Body>| match body {
        None => Some(String::new()),
        Some(body) => match body.text() {
            Some(text) => Some(text.as_str().to_owned()),
            None => body.json().filter(|_| body.node().is_some()).map(|json| json.to_string()),
        },
    };
    let headers = |headers: &[Header]| {
        let kept = headers.iter().filter(|header| {
            let name = header.name.as_str().to_ascii_lowercase();
            !matches!(name.as_str(), "content-encoding" | "content-length" | "transfer-encoding")
        });
        let mut map: Map<String, Value> = Map::new();
        for Header { name, value } in kept {
            let values = map.entry(name.as_str().to_ascii_lowercase()).or_insert_with(|| json!([]));
            values.as_array_mut().unwrap().push(json!(value.as_str()));
        }
        Value::Object(map)
    };
    let entries = recording.interactions.iter().map(|entry| {
        let (request, response) = (entry.http.request.as_ref()?, entry.http.response.as_ref()?);
        Some(json!({
            "request": {"method": text(request.method.as_ref()), "uri": text(request.url.as_ref()),
                "body": body(request.body.as_ref())?, "headers": headers(&request.headers)},
            "response": {"status": {"code": response.code()?, "message": ""}, "headers": headers(&response.headers),
                "body": {"string": body(response.body.as_ref())?}},
        }))
    });
    entries.collect()
}

/// One difference of a class, at a place that holds this, with this change.
struct Expected {
    class: Class,
    place: String,
    change: &'static str,
}

fn expected(class: Class, place: impl Into<String>, change: &'static str) -> Expected {
    Expected { class, place: place.into(), change }
}

type Mutate = fn(&mut Vec<Value>, usize) -> Option<Expected>;

const MUTATIONS: &[(&str, Mutate)] = &[
    ("an interaction dropped", |all, seed| {
        if all.len() < 2 {
            return None;
        }
        all.remove(seed % all.len());
        Some(expected(Class::Interaction, "", "removed"))
    }),
    ("an interaction added", |all, seed| {
        let mut new = all.first()?.clone();
        new["request"]["uri"] = json!("https://puffin.example/v1/lamps");
        new["request"]["body"] = json!("{\"lamp\": 17}");
        new["response"]["body"]["string"] = json!("{\"lit\": true}");
        all.insert(seed % (all.len() + 1), new);
        Some(expected(Class::Interaction, "", "added"))
    }),
    ("an interaction moved", |all, seed| {
        let distinct =
            all.iter().map(|each| each["request"].to_string()).collect::<std::collections::HashSet<_>>();
        if all.len() < 3 || distinct.len() < all.len() {
            return None;
        }
        let before: Vec<_> = all.iter().map(gist).collect();
        let taken = all.remove(seed % all.len());
        let to = if seed % (all.len() + 1) < all.len() / 2 { all.len() } else { 0 };
        all.insert(to, taken);
        // One that passes another that says the same, and nothing else, leaves all as it was.
        let same = all.iter().map(gist).eq(before);
        Some(expected(Class::Interaction, "", if same { "nothing" } else { "moved" }))
    }),
    ("a message dropped", |all, seed| {
        messages(all, seed, |messages, seed| {
            (messages.len() > 1).then(|| messages.remove(seed % messages.len()))?;
            Some(expected(Class::Message, "", "removed"))
        })
    }),
    ("a message added", |all, seed| {
        messages(all, seed, |messages, seed| {
            let mut new = messages.first()?.clone();
            let role = new["role"].clone();
            new = json!({"role": role, "content": "Count the puffins on the north rock, and tell no one."});
            messages.insert(seed % (messages.len() + 1), new);
            Some(expected(Class::Message, "", "added"))
        })
    }),
    ("a message moved", |all, seed| {
        messages(all, seed, |messages, _| {
            let distinct = messages.iter().map(Value::to_string).collect::<std::collections::HashSet<_>>();
            if messages.len() < 3 || distinct.len() < messages.len() {
                return None;
            }
            let last = messages.pop()?;
            messages.insert(0, last);
            Some(expected(Class::Message, "", "moved"))
        })
    }),
    ("a tool dropped", |all, seed| {
        json_body(all, seed, "request", |body, seed| {
            let tools = body.get_mut("tools")?.as_array_mut().filter(|tools| tools.len() > 1)?;
            tools.remove(seed % tools.len());
            Some(expected(Class::Tool, "tools[", "removed"))
        })
    }),
    ("a setting added", |all, seed| {
        // What is only counted has no settings.
        if all.iter().any(|each| each["request"]["uri"].as_str().is_some_and(|uri| uri.contains("count"))) {
            return None;
        }
        json_body(all, seed, "request", |body, _| {
            let fits =
                body.get("messages").is_some() && body.get("seed").is_none() && body.get("model").is_some();
            body.as_object_mut().filter(|_| fits)?.insert("seed".to_owned(), json!(17));
            Some(expected(Class::Parameter, "body.seed", "added"))
        })
    }),
    ("the status", |all, seed| {
        let at = seed % all.len();
        let status = &mut all[at]["response"]["status"]["code"];
        *status = json!(if *status == json!(418) { 419 } else { 418 });
        Some(expected(Class::Status, "status", "changed"))
    }),
    ("the address", |all, seed| {
        let at = seed % all.len();
        let uri = &mut all[at]["request"]["uri"];
        // Parameters stand before the fragment.
        let (start, fragment) = match uri.as_str()?.split_once('#') {
            Some((start, fragment)) => (start, format!("#{fragment}")),
            None => (uri.as_str()?, String::new()),
        };
        let mark = if start.contains('?') { '&' } else { '?' };
        *uri = json!(format!("{start}{mark}puffin=1{fragment}"));
        Some(expected(Class::Url, "url.query.puffin", "added"))
    }),
    ("a field of the answer", |all, seed| {
        json_body(all, seed, "response", |body, _| {
            body.as_object_mut()?.insert("puffin".to_owned(), json!("on the rock"));
            Some(expected(Class::Body, "puffin", "added"))
        })
    }),
    ("events cut elsewhere", |all, seed| {
        let streams: Vec<usize> = (0..all.len())
            .filter(|at| {
                all[*at]["response"]["body"]["string"].as_str().is_some_and(|text| text.contains("data: "))
            })
            .collect();
        let at = *streams.get(seed % streams.len().max(1))?;
        let body = &mut all[at]["response"]["body"]["string"];
        let new = recut(body.as_str()?)?;
        *body = json!(new);
        Some(expected(Class::Chunks, "body", "noise"))
    }),
];

/// Returns what an interaction says, without what is different each time it is recorded.
fn gist(entry: &Value) -> Value {
    let mut gist = entry.clone();
    for side in ["request", "response"] {
        for header in ["cookie", "set-cookie", "date", "cf-ray", "x-request-id", "openai-processing-ms"] {
            gist[side]["headers"].as_object_mut().unwrap().remove(header);
        }
    }
    let body = &mut gist["response"]["body"]["string"];
    if let Ok(Value::Object(mut answer)) = serde_json::from_str(body.as_str().unwrap_or_default()) {
        for name in ["id", "created", "system_fingerprint"] {
            answer.remove(name);
        }
        *body = Value::Object(answer);
    }
    gist
}

/// Changes a body that is JSON.
fn json_body(
    all: &mut [Value],
    seed: usize,
    side: &str,
    change: fn(&mut Value, usize) -> Option<Expected>,
) -> Option<Expected> {
    for turn in 0..all.len() {
        let count = all.len();
        let entry = &mut all[(seed + turn) % count][side]["body"];
        let text = if side == "request" { entry } else { &mut entry["string"] };
        let Some(mut body) = text.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
            continue;
        };
        if let Some(expected) = change(&mut body, seed) {
            *text = json!(body.to_string());
            return Some(expected);
        }
    }
    None
}

fn messages(
    all: &mut [Value],
    seed: usize,
    change: fn(&mut Vec<Value>, usize) -> Option<Expected>,
) -> Option<Expected> {
    // The change is made to the list of messages of a protocol whose messages are one list.
    fn within(
        body: &mut Value,
        seed: usize,
        change: fn(&mut Vec<Value>, usize) -> Option<Expected>,
    ) -> Option<Expected> {
        let list = body.get_mut("messages")?.as_array_mut()?;
        let plain =
            list.iter().all(|message| message["content"].as_str().is_some_and(|text| !text.is_empty()));
        if plain { change(list, seed) } else { None }
    }
    for turn in 0..all.len() {
        let count = all.len();
        let text = &mut all[(seed + turn) % count]["request"]["body"];
        let Some(mut body) = text.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
            continue;
        };
        if let Some(expected) = within(&mut body, seed, change) {
            *text = json!(body.to_string());
            return Some(expected);
        }
    }
    None
}

/// Cuts each piece of text of a stream into two.
fn recut(body: &str) -> Option<String> {
    let places = [
        "/choices/0/delta/content",
        "/delta/text",
        "/delta",
        "/choices/0/delta/tool_calls/0/function/arguments",
        "/delta/partial_json",
    ];
    let mut out = String::new();
    let mut cut = false;
    for block in body.split_inclusive("\n\n") {
        let line = block.lines().find(|line| line.starts_with("data: {"));
        let data = line.and_then(|line| serde_json::from_str::<Value>(&line[6..]).ok());
        let pieces = data.as_ref().and_then(|data| {
            let place = places.iter().find(|place| {
                data.pointer(place)
                    .is_some_and(|text| text.as_str().is_some_and(|text| text.chars().count() > 1))
            })?;
            // A whole call is no piece of one.
            if place.ends_with("arguments") && data.pointer("/choices/0/delta/tool_calls/0/id").is_some() {
                return None;
            }
            let alone = data.pointer("/choices/0/finish_reason").is_none_or(Value::is_null)
                && data["type"] != "response.output_text.done";
            let text = data.pointer(place)?.as_str().filter(|_| alone)?;
            let (at, _) = text.char_indices().nth(text.chars().count() / 2)?;
            let piece = |text: &str| {
                let mut data = data.clone();
                *data.pointer_mut(place).unwrap() = json!(text);
                block.replace(line.unwrap(), &format!("data: {data}"))
            };
            Some(piece(&text[..at]) + &piece(&text[at..]))
        });
        cut |= pieces.is_some();
        out.push_str(&pieces.unwrap_or_else(|| block.to_owned()));
    }
    cut.then_some(out)
}

fn fault(diff: &Diff, expected: &Expected) -> Option<String> {
    let drift: Vec<_> = diff.all().filter(|(_, each)| !each.class.is_noise()).collect();
    if expected.change == "noise" {
        let met = diff.all().any(|(_, each)| each.class == expected.class);
        return (!drift.is_empty() || !met).then(|| format!("not only noise: {drift:#?}"));
    }
    if expected.change == "nothing" {
        return (!drift.is_empty()).then(|| format!("not only noise: {drift:#?}"));
    }
    let [(_, each)] = drift.as_slice() else {
        return Some(format!("{} differences: {drift:#?}", drift.len()));
    };
    let change = match each.change {
        Change::Added(_) => "added",
        Change::Removed(_) => "removed",
        Change::Changed(..) => "changed",
        Change::Moved => "moved",
    };
    let right =
        (each.class, change) == (expected.class, expected.change) && each.place.contains(&expected.place);
    (!right).then(|| format!("another difference: {each:#?}"))
}

#[test]
fn what_is_dropped_added_moved_or_cut_elsewhere_is_found_and_nothing_else() {
    let known = Known::default();
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for path in chosen() {
        let Some(recording) =
            fs::read(&path).ok().and_then(|bytes| load::read(SourceId(0), bytes, None).ok())
        else {
            continue;
        };
        let Some(plain) = plain(&recording).filter(|plain| !plain.is_empty()) else { continue };
        let old = read(&plain);
        for (name, mutate) in MUTATIONS {
            for seed in seeds(&format!("{name} {}", relative(&path))) {
                let mut new = plain.clone();
                let Some(expected) = mutate(&mut new, seed) else { continue };
                let new = read(&new);
                *made.entry(name).or_default() += 1;
                let diff = diff::compare(&old, &new, &known, Options::default());
                faults.extend(
                    fault(&diff, &expected).map(|why| format!("{name} in {}: {why}", path.display())),
                );
                let back = diff::compare(&new, &old, &known, Options::default());
                let turned = match expected.change {
                    "added" => "removed",
                    "removed" => "added",
                    other => other,
                };
                let turned = Expected { change: turned, ..expected };
                faults.extend(
                    fault(&back, &turned)
                        .map(|why| format!("{name} in {}, backwards: {why}", path.display())),
                );
            }
        }
    }
    assert!(faults.is_empty(), "{} of {made:?}:\n{}", faults.len(), faults.join("\n"));
    for (name, _) in MUTATIONS {
        assert!(made.contains_key(name), "no file is changed in {name}");
    }
}

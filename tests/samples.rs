//! Every sample is shown as the transcript beside it says, and no damage to it makes the program panic.
//!
//! `CASSETTE_BLESS=1 cargo test` writes the transcripts anew. Read what changed before you commit it.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use cassette::cassette::Content;
use cassette::chat::{Exchange, Part};
use cassette::diff;
use cassette::edit::entries::{Entry, arrange};
use cassette::load;
use cassette::render::{markdown, terminal};
use cassette::scrub::mask::Mask;
use cassette::scrub::plan::Scrubber;
use cassette::scrub::{Rules, rules};
use cassette::text::SourceId;
use cassette::view::{changes, events, findings, raw, show, transcript};

use crate::support::{cassette, relative, samples};

#[test]
fn every_sample_reads_as_its_transcript_says() {
    let bless = std::env::var_os("CASSETTE_BLESS").is_some();
    let mut wrong = Vec::new();
    for sample in samples() {
        let name = relative(&sample);
        let ran = cassette(&["show", "--format", "markdown", &name]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
        let beside = Path::new(&format!("{}.md", sample.display())).to_owned();
        if bless {
            fs::write(&beside, &ran.out).unwrap();
        }
        if fs::read_to_string(&beside).unwrap_or_default() != ran.out {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "the transcript beside these samples says something else: {wrong:#?}");
}

#[test]
fn a_sample_damaged_anywhere_is_read_or_refused_and_never_panics() {
    let all = Scrubber { rules: Rules::new(rules::all()), ..Scrubber::default() };
    let mut used = 0;
    for sample in samples() {
        let bytes = fs::read(&sample).unwrap();
        let whole = load::read(SourceId(0), bytes.clone(), None).unwrap();
        // Some sixty places over the file, so that the test stays quick.
        let step = (bytes.len() / 60).max(1);
        for (number, at) in (0..bytes.len()).step_by(step).enumerate() {
            for (kind, damaged) in damages(&bytes, at).into_iter().enumerate() {
                let Ok(recording) = load::read(SourceId(0), damaged, None) else { continue };
                // Each kind of damage is used at other places.
                if number % 12 == 2 * kind {
                    used += 1;
                    use_everywhere(&whole, &recording, &all);
                }
            }
        }
    }
    assert!(used > 1000, "{used}");
}

/// Returns a file damaged at a place, in all the ways that we know.
fn damages(bytes: &[u8], at: usize) -> [Vec<u8>; 6] {
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut damaged = bytes.to_vec();
        change(&mut damaged);
        damaged
    };
    let insert = |new: &'static [u8]| changed(&|bytes| drop(bytes.splice(at..at, new.iter().copied())));
    [
        bytes[..at].to_vec(),
        changed(&|bytes| bytes[at] ^= 0x15),
        changed(&|bytes| drop(bytes.drain(at..(at + 7).min(bytes.len())))),
        insert(b"\r"),
        insert("\u{e9}\u{2028}\u{1fa81}".as_bytes()),
        swapped(bytes, at),
    ]
}

/// Exchanges the next two numbers behind a place, if there are two.
fn swapped(bytes: &[u8], at: usize) -> Vec<u8> {
    let number = |from: usize| {
        let start = from + bytes.get(from..)?.iter().position(u8::is_ascii_digit)?;
        let end = bytes[start..].iter().position(|byte| !byte.is_ascii_digit());
        Some(start..end.map_or(bytes.len(), |length| start + length))
    };
    let both = number(at).and_then(|one| Some((one.clone(), number(one.end)?)));
    let Some((one, other)) = both else { return bytes.to_vec() };
    [
        &bytes[..one.start],
        &bytes[other.clone()],
        &bytes[one.end..other.start],
        &bytes[one],
        &bytes[other.end..],
    ]
    .concat()
}

/// Shows, searches, masks and compares a recording, and drops its first interaction.
fn use_everywhere(whole: &load::Recording, damaged: &load::Recording, all: &Scrubber) {
    let options = show::Options { headers: true, full: true, ..show::Options::default() };
    let view = show::cassette("damaged", damaged, &options);
    let mut out = String::new();
    for blocks in [
        transcript::blocks(&view, &options),
        raw::blocks(&view, damaged),
        events::blocks(&view, damaged, &options),
    ] {
        terminal::render(&blocks, terminal::Layout { width: 80, colour: true }, &mut out);
        markdown::render(&blocks, &mut out);
    }
    let found = all.findings(damaged);
    if let Ok(found) = found {
        let _ = (findings::rows(damaged, all, &found, true), all.scrub(damaged, found));
    }
    let _ = Mask::default().masked(damaged);
    let _ = diff::compare(whole, damaged, &diff::Known::default(), diff::Options::default());
    let rest: Vec<_> = (1..damaged.interactions.len()).map(Entry::Own).collect();
    if let Ok(Some(rewritten)) = arrange(damaged, &[], &rest) {
        let text =
            |recording: &load::Recording| String::from_utf8_lossy(recording.file.original()).into_owned();
        let _ = changes::of_file("damaged", Some((text(damaged), text(&rewritten.recording))));
        let _ = changes::lines(&text(whole), &text(damaged));
    }
}

/// Returns a cassette of one call: what `recorded` asked, answered with `body`.
fn answered(recorded: &load::Recorded, body: &str) -> Option<load::Recording> {
    let request = recorded.http.request.as_ref()?;
    let response = recorded.http.response.as_ref()?;
    let content_type = cassette::cassette::header(&response.headers, "content-type").unwrap_or_default();
    let asked = request.body.as_ref().and_then(|body| Some(body.text()?.as_str().to_owned()));
    let call = serde_json::json!({"version": 1, "interactions": [{
        "request": {"method": "POST", "uri": request.url.as_ref()?.as_str(), "body": asked, "headers": {}},
        "response": {
            "status": {"code": response.code(), "message": ""},
            "headers": {"content-type": [content_type]},
            "body": {"string": body},
        },
    }]});
    load::read(SourceId(0), call.to_string().into_bytes(), None).ok()
}

/// Returns all text of the first answer.
fn text(exchange: &Exchange) -> String {
    let parts = exchange.reply.answer().into_iter().flat_map(|answer| &answer.message.parts);
    let texts = parts.filter_map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None });
    texts.collect()
}

#[test]
fn a_stream_cut_between_events_gives_the_text_so_far_and_says_so() {
    let (mut streams, mut cuts) = (0, 0);
    for sample in samples() {
        let name = relative(&sample);
        let recording = load::read(SourceId(0), fs::read(&sample).unwrap(), None).unwrap();
        for recorded in &recording.interactions {
            let body = recorded.http.response.as_ref().and_then(|response| response.body.as_ref()?.text());
            let Some(body) = body.filter(|_| matches!(recorded.response, load::Response::Stream(_))) else {
                continue;
            };
            let Some(whole) = answered(recorded, body.as_str()) else { continue };
            let Some(exchange) = &whole.interactions[0].exchange else { continue };
            streams += 1;
            // Server-sent events end with an empty line, JSON lines with their line.
            let end = if body.as_str().contains("data:") { ["\n\n", "\r\n\r\n"] } else { ["\n", "\r\n"] };
            let ends = end.iter().flat_map(|end| body.as_str().match_indices(end));
            for (at, end) in ends {
                let cut = answered(recorded, &body.as_str()[..at + end.len()]).unwrap();
                let Some(part) = &cut.interactions[0].exchange else { continue };
                cuts += 1;
                let (so_far, all) = (text(part), text(exchange));
                assert!(all.starts_with(&so_far), "{name} at {at}: {so_far:?} of {all:?}");
                if part.reply.complete == Some(true) {
                    continue;
                }
                assert_eq!(part.reply.complete, Some(false), "{name} at {at}");
                let said = cut.diagnostics.iter().any(|each| each.message.contains("ends before"));
                assert!(said || part.reply.error.is_some(), "{name} at {at}: {:?}", cut.diagnostics);
            }
        }
    }
    assert!(streams >= 40 && cuts >= 300, "{streams} streams, {cuts} cuts");
}

/// Returns where the frames of an AWS event stream end: each begins with its length.
fn frame_ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = vec![0];
    while let Some(length) = bytes.get(ends[ends.len() - 1]..).and_then(|rest| rest.first_chunk::<4>()) {
        ends.push(ends[ends.len() - 1] + u32::from_be_bytes(*length) as usize);
    }
    ends.split_off(1)
}

#[test]
fn a_stream_of_frames_cut_between_frames_gives_the_text_so_far_and_says_so() {
    let mut cuts = 0;
    for sample in samples() {
        let name = relative(&sample);
        let recording = load::read(SourceId(0), fs::read(&sample).unwrap(), None).unwrap();
        for recorded in &recording.interactions {
            let (Some(request), Some(response)) = (&recorded.http.request, &recorded.http.response) else {
                continue;
            };
            let Some(Content::Bytes(body)) = response.body.as_ref().map(|body| &body.content) else {
                continue;
            };
            let (Some(exchange), load::Response::Stream(_), None) =
                (&recorded.exchange, &recorded.response, body.text())
            else {
                continue;
            };
            for end in frame_ends(body.bytes()) {
                let base64 = base64::engine::general_purpose::STANDARD.encode(&body.bytes()[..end]);
                let url = request.url.as_ref().unwrap().as_str();
                let cassette = format!(
                    "interactions:\n- request: {{uri: '{url}', method: POST}}\n  response:\n    status: {{code: 200}}\n    \
                     headers: {{}}\n    body: {{string: !!binary {base64}}}\nversion: 1\n"
                );
                let cut = load::read(SourceId(0), cassette.into_bytes(), None).unwrap();
                let part = cut.interactions[0].exchange.as_ref().unwrap();
                cuts += 1;
                assert!(text(exchange).starts_with(&text(part)), "{name} at {end}");
                let said = cut.diagnostics.iter().any(|each| each.message.contains("ends before"));
                assert!(
                    part.reply.complete == Some(true) || said || part.reply.error.is_some(),
                    "{name} at {end}"
                );
            }
        }
    }
    assert!(cuts >= 10, "{cuts} cuts");
}

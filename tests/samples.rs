//! Every sample is shown as the transcript beside it says, and no damage to it makes the program panic.
//!
//! `CASSETTE_BLESS=1 cargo test` writes the transcripts anew. Read what changed before you commit it.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use cassette::cassette::Content;
use cassette::chat::{Exchange, Part};
use cassette::load;
use cassette::text::SourceId;

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
    for sample in samples() {
        let bytes = fs::read(&sample).unwrap();
        // Some sixty places over the file, so that the test stays quick.
        let step = (bytes.len() / 60).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let cut = bytes[..at].to_vec();
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x15;
            let mut without = bytes.clone();
            without.drain(at..(at + 7).min(bytes.len()));
            for damaged in [cut, flipped, without] {
                let _ = load::read(SourceId(0), damaged, None);
            }
        }
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

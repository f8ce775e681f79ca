//! `show --raw`: requests and responses as HTTP, with their bodies decoded.

use super::block::{Block, Style, run};
use super::show::Cassette;
use crate::cassette::{Body, Content, Header};
use crate::load::Recording;
use crate::text::Text;

/// Returns the interactions of `view` as HTTP.
#[must_use]
pub fn blocks(view: &Cassette<'_>, recording: &Recording) -> Vec<Block> {
    let mut blocks = Vec::new();
    for interaction in &view.interactions {
        let http = &recording.interactions[interaction.index].http;
        if !blocks.is_empty() {
            blocks.push(Block::Gap);
        }
        blocks.push(Block::Note(vec![run(Style::Dim, format!("# interaction {}", interaction.index))]));
        if let Some(request) = &http.request {
            let method = request.method.as_ref().map_or("?", Text::as_str);
            let url = request.url.as_ref().map_or("?", Text::as_str);
            blocks.push(Block::Note(vec![run(Style::Strong, method), run(Style::Plain, format!(" {url}"))]));
            blocks.extend(message(&request.headers, request.body.as_ref()));
        }
        if let Some(response) = &http.response {
            let status = response.code().map_or_else(|| "?".to_owned(), |status| status.to_string());
            blocks.push(Block::Gap);
            blocks.push(Block::Note(vec![run(Style::Strong, format!("HTTP {status}"))]));
            blocks.extend(message(&response.headers, response.body.as_ref()));
        }
        if let Some(other) = &http.other {
            blocks.push(Block::Verbatim(other.content.node().json().to_string()));
        }
    }
    blocks
}

fn message(headers: &[Header], body: Option<&Body>) -> Vec<Block> {
    let header = |header: &Header| {
        let (name, value) = (header.name.as_str(), header.value.as_str());
        Block::Note(vec![run(Style::Dim, format!("{name}: ")), run(Style::Plain, value)])
    };
    let mut blocks: Vec<_> = headers.iter().map(header).collect();
    let text = body.map(|body| match &body.content {
        Content::Bytes(slice) => match slice.text() {
            Some(text) => text.as_str().to_owned(),
            None => format!("<binary, {}>", super::brief::size(slice.bytes().len())),
        },
        Content::Tree(_) | Content::Events(_) => {
            serde_json::to_string_pretty(&body.json()).unwrap_or_default()
        }
        Content::Beside(beside) => format!("<in {}>", beside.name.as_str()),
    });
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        blocks.push(Block::Gap);
        blocks.push(Block::Verbatim(text));
    }
    blocks
}

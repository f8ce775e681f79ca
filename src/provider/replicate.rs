//! Predictions of Replicate: any model, started by one call and asked about by later ones, or streamed.
//!
//! Wire facts: Replicate's HTTP API reference. The prediction repeats its input, so a later call tells what was asked
//! as well. What comes out is the model's business: text, a list of its pieces, or addresses of files. A stream's
//! `output` events carry bare text.

use super::{Answered, Call, Provider, each, openai};
use crate::chat::{Choice, Message, Part, Prompt, ReplyBuilder, Role, UsageNames};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct Replicate;

const USAGE: UsageNames =
    UsageNames { input: &[&["input_token_count"]], output: &[&["output_token_count"]], ..UsageNames::NONE };

impl Provider for Replicate {
    fn api(&self) -> &'static str {
        "replicate"
    }

    fn about(&self) -> &'static str {
        "Replicate predictions"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let asks = call.request.is_some_and(|body| body.get("input").is_some_and(Node::is_map));
        let answers = match call.response {
            Answered::Whole(body) => ["input", "status", "urls"].iter().all(|key| body.get(key).is_some()),
            Answered::Stream(events) => {
                events.iter().any(|(event, _)| event.name.as_ref().is_some_and(|name| name == "output"))
            }
            Answered::Nothing => false,
        };
        if call.url.path.contains("/predictions") && (asks || answers) {
            Fit::Sure
        } else {
            Fit::maybe_if(answers)
        }
    }

    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        Some("replicate")
    }

    fn model(&self, call: &Call<'_>) -> Option<Text> {
        let (_, named) = call.url.path.split_once("/models/")?;
        named.strip_suffix("/predictions").map(Text::made)
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        prompt.model = prompt.model.take().or_else(|| body.string_at("version"));
        let input = body.get("input");
        for (key, value) in input.into_iter().flat_map(Node::entries) {
            let mut say = |role| {
                let parts = value.string().map(Part::Text).into_iter().collect();
                prompt.messages.push(Message { role, parts });
            };
            match key.str().as_deref() {
                Some("system_prompt" | "system") => say(Role::System),
                Some("prompt") => say(Role::User),
                Some(name) => prompt.set(name, value),
                None => {}
            }
        }
        prompt.messages.sort_by_key(|message| message.role);
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        reply.id(body.string_at("id"));
        reply.model(body.string_at("model").or_else(|| body.string_at("version")));
        let choice = reply.choice(0);
        if let Some(output) = body.some("output") {
            outputs(output, choice);
        }
        choice.finish_reason(body.string_at("status"));
        if let Some(metrics) = body.some("metrics") {
            reply.usage.merge_beside(metrics, &USAGE);
        }
        if let Some(error) = body.some("error").or_else(|| body.some("detail")) {
            reply.error(error.text(), body.string_at("title"));
        }
    }

    fn event(&self, _: &Call<'_>, event: &Event, _: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        match event.name.as_ref().map(Text::as_str) {
            Some("output") => reply.choice(0).text(0, Some(event.data.clone())),
            Some("error") => reply.error(Some(event.data.clone()), None),
            Some("done") => reply.end(),
            _ => {}
        }
    }
}

fn outputs(node: Node<'_>, choice: &mut Choice) {
    for text in each(node).filter_map(Node::string) {
        if text.as_str().starts_with("https://") || text.as_str().starts_with("data:") {
            choice.media(openai::media("file", text));
        } else {
            choice.text(0, Some(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, framed, whole};

    const URL: &str = "https://api.replicate.com/v1/models/meta/llama/predictions";
    const ASKED: &str = r#"{"input": {"prompt": "Count.", "top_k": 1, "system_prompt": "Be brief."}}"#;

    #[test]
    fn output_is_text_in_pieces_or_files() {
        let text = r#"{"id": "p", "model": "meta/llama", "status": "succeeded", "output": ["1, ", "2"],
                       "metrics": {"input_token_count": 3, "output_token_count": 4, "predict_time": 0.1}}"#;
        let exchange = whole(URL, ASKED, text).value;
        assert_eq!(asked(&exchange), ["system: Be brief.", "user: Count."]);
        assert_eq!(answered(&exchange), ["1, 2"]);
        assert_eq!([exchange.reply.usage.input, exchange.reply.usage.output], [Some(3), Some(4)]);
        assert_eq!(exchange.prompt.model.as_ref().unwrap(), "meta/llama");
        let files = whole(URL, ASKED, r#"{"output": ["https://x/y.png"]}"#).value;
        assert_eq!(answered(&files), ["file - at https://x/y.png"]);
    }

    #[test]
    fn a_stream_carries_bare_text() {
        let body =
            "event: output\nid: 1:0\ndata: 1,\ndata: \n\nevent: output\ndata: 2\n\nevent: done\ndata: {}\n\n";
        let exchange = framed("https://stream.replicate.com/v1/predictions/p", "", body).value;
        assert_eq!((answered(&exchange).join(""), exchange.reply.complete), ("1,\n2".to_owned(), Some(true)));
    }
}

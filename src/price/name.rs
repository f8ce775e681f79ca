//! Names of models as they are recorded, and as lists of prices have them.

/// Regions that Bedrock puts before a model's name.
const REGIONS: &[&str] = &["us.", "eu.", "apac.", "global.", "us-gov.", "jp.", "au.", "ca."];

/// Makers that Bedrock and Vertex put before a model's name.
const MAKERS: &[&str] = &["anthropic.", "amazon.", "models/", "anthropic/", "openai/"];

/// Returns a name as it is, then without what tells less and less: folders, region, version, date, maker.
pub(super) fn variants(name: &str) -> Vec<String> {
    let mut found = vec![name.trim().to_lowercase()];
    let mut shorter = |shorten: fn(&str) -> Option<&str>| {
        let last = found.last().expect("there is a name from the start");
        if let Some(short) = shorten(last).filter(|short| !short.is_empty()) {
            found.push(short.to_owned());
        }
    };
    // An inference profile or a path in a project: the model is its end.
    shorter(|name| name.rsplit_once("/models/").map(|(_, end)| end));
    shorter(|name| name.strip_prefix("arn:").and_then(|arn| arn.rsplit_once('/')).map(|(_, end)| end));
    shorter(|name| REGIONS.iter().find_map(|region| name.strip_prefix(region)));
    shorter(|name| name.split_once('@').map(|(head, _)| head));
    shorter(|name| {
        let (head, version) = name.rsplit_once("-v")?;
        version.chars().all(|c| c.is_ascii_digit() || c == ':').then_some(head)
    });
    shorter(undated);
    shorter(|name| name.strip_suffix("-latest"));
    shorter(|name| MAKERS.iter().find_map(|maker| name.strip_prefix(maker)));
    found
}

/// Returns a name without the date at its end: `-20250514`, `-2025-04-14`, `-05-20`, `-2508`.
fn undated(name: &str) -> Option<&str> {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let (head, last) = name.rsplit_once('-')?;
    if digits(last, 8) || digits(last, 4) {
        return Some(head);
    }
    let (head, month) = head.rsplit_once('-').filter(|_| digits(last, 2))?;
    let year = head.rsplit_once('-').filter(|(_, year)| digits(year, 4)).map(|(head, _)| head);
    digits(month, 2).then_some(year.unwrap_or(head))
}

/// Services that `LiteLLM` calls otherwise; those that serve the models of others at the makers' price come last.
const ALIASES: &[(&str, &[&str])] = &[
    ("vertex", &["vertex_ai", "gemini", "anthropic"]),
    ("bedrock", &["bedrock", "anthropic"]),
    ("gemini", &["gemini", "vertex_ai"]),
    ("azure", &["azure", "azure_ai"]),
    ("together", &["together_ai"]),
    ("fireworks", &["fireworks_ai"]),
    ("vercel", &["vercel_ai_gateway"]),
    ("github", &["github"]),
    ("mistral", &["mistral", "codestral"]),
    ("openai", &["openai", "text-completion-openai"]),
];

/// Returns what may stand before a model's name in a list: who serves it.
pub(super) fn prefixes(service: Option<&str>) -> Vec<&str> {
    let Some(service) = service else { return Vec::new() };
    ALIASES
        .iter()
        .find(|(own, _)| *own == service)
        .map_or_else(|| vec![service], |(_, aliases)| aliases.to_vec())
}

/// Returns whether the entry of a maker tells what a service asks. Nobody known serves at the maker's price.
pub(super) fn serves(service: Option<&str>, maker: &str) -> bool {
    service.is_none() || prefixes(service).iter().any(|prefix| maker.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_lists_leave_out() {
        let shortest = |name: &str| variants(name).pop().unwrap();
        assert_eq!(shortest("gpt-4o-2024-08-06"), "gpt-4o");
        assert_eq!(shortest("eu.anthropic.claude-sonnet-4-5-20250929-v1:0"), "claude-sonnet-4-5");
        assert_eq!(shortest("claude-3-5-haiku@20241022"), "claude-3-5-haiku");
        assert_eq!(shortest("models/gemini-2.5-flash"), "gemini-2.5-flash");
        assert_eq!(shortest("magistral-small-2509"), "magistral-small");
        assert_eq!(shortest("gemini-2.5-pro-preview-05-06"), "gemini-2.5-pro-preview");
        assert_eq!(shortest("gpt-4"), "gpt-4");
        assert_eq!(shortest("o3-mini"), "o3-mini");
    }
}

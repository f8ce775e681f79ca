//! Who served a call, as far as its address tells.

use super::Url;

/// Ends of host names and who is behind them; the first that fits counts.
const HOSTS: &[(&str, &str)] = &[
    ("openai.azure.com", "azure"),
    ("cognitiveservices.azure.com", "azure"),
    ("services.ai.azure.com", "azure"),
    ("models.inference.ai.azure.com", "github"),
    ("models.github.ai", "github"),
    ("githubcopilot.com", "copilot"),
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "gemini"),
    ("aiplatform.googleapis.com", "vertex"),
    ("amazonaws.com", "bedrock"),
    ("api.groq.com", "groq"),
    ("openrouter.ai", "openrouter"),
    ("api.deepseek.com", "deepseek"),
    ("api.x.ai", "xai"),
    ("api.mistral.ai", "mistral"),
    ("cohere.com", "cohere"),
    ("cohere.ai", "cohere"),
    ("api.together.xyz", "together"),
    ("api.together.ai", "together"),
    ("fireworks.ai", "fireworks"),
    ("perplexity.ai", "perplexity"),
    ("cerebras.ai", "cerebras"),
    ("huggingface.co", "huggingface"),
    ("ai-gateway.vercel.sh", "vercel"),
    ("z.ai", "zai"),
    ("bigmodel.cn", "zhipu"),
    ("moonshot.ai", "moonshot"),
    ("moonshot.cn", "moonshot"),
    ("dashscope.aliyuncs.com", "alibaba"),
    ("dashscope-intl.aliyuncs.com", "alibaba"),
    ("snowflakecomputing.com", "snowflake"),
    ("databricks.com", "databricks"),
    ("azuredatabricks.net", "databricks"),
    ("ai21.com", "ai21"),
    ("replicate.com", "replicate"),
    ("nvidia.com", "nvidia"),
    ("sambanova.ai", "sambanova"),
    ("deepinfra.com", "deepinfra"),
    ("hyperbolic.xyz", "hyperbolic"),
    ("minimax.io", "minimax"),
    ("cloudflare.com", "cloudflare"),
    ("watsonx.ai", "watsonx"),
    ("ml.cloud.ibm.com", "watsonx"),
    ("sourcegraph.com", "sourcegraph"),
    ("ollama.com", "ollama"),
    ("avian.io", "avian"),
    ("io.net", "io.net"),
    ("aimlapi.com", "aimlapi"),
    ("synthetic.new", "synthetic"),
    ("opencode.ai", "opencode"),
    ("writer.com", "writer"),
    ("voyageai.com", "voyage"),
    ("jina.ai", "jina"),
    ("deepgram.com", "deepgram"),
    ("elevenlabs.io", "elevenlabs"),
];

/// Returns who served a call, or nothing if the host is not known.
#[must_use]
pub fn service(url: &Url<'_>) -> Option<&'static str> {
    let under = |end: &str| {
        let rest = url.host.strip_suffix(end);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.') || rest.ends_with('-'))
    };
    let known = HOSTS.iter().find(|(end, _)| under(end));
    // A local model server listens on its own port or not, but its paths are its own.
    known.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_host_tells_who_served() {
        let of = |url| service(&Url::new(url));
        assert_eq!(of("https://api.groq.com/openai/v1/chat/completions"), Some("groq"));
        assert_eq!(of("https://me.openai.azure.com:443/openai/deployments/x"), Some("azure"));
        assert_eq!(of("https://us-central1-aiplatform.googleapis.com/v1/x"), Some("vertex"));
        assert_eq!(of("https://notapi.groq.com.example.org/"), None);
        assert_eq!(of("http://127.0.0.1:8080/v1/chat/completions"), None);
        assert_eq!(of("/v1/chat/completions"), None);
    }
}

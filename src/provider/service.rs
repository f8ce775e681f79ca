//! Who served a call, as far as its address tells.

use super::Url;

/// Ends of host names and who is behind them; the first that fits counts. What stands before a `*` is the beginning of
/// one of the names before: many that are no model provider's end like one.
const HOSTS: &[(&str, &str)] = &[
    ("openai.azure.com", "azure"),
    ("cognitiveservices.azure.com", "azure"),
    ("services.ai.azure.com", "azure"),
    ("models.inference.ai.azure.com", "github"),
    ("models.ai.azure.com", "azure"),
    ("inference.ml.azure.com", "azure"),
    ("api.azureml.ms", "azure"),
    ("models.github.ai", "github"),
    ("githubcopilot.com", "copilot"),
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "gemini"),
    ("aiplatform.googleapis.com", "vertex"),
    ("bedrock*amazonaws.com", "bedrock"),
    ("bedrock*amazonaws.com.cn", "bedrock"),
    ("bedrock*api.aws", "bedrock"),
    ("sagemaker*amazonaws.com", "sagemaker"),
    ("sagemaker*amazonaws.com.cn", "sagemaker"),
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

/// Segments of paths that one provider has on whatever host.
const PATHS: &[(&str, &str)] = &[("/openai/deployments/", "azure"), ("/api/embed/", "ollama")];

/// Returns who served a call, or nothing if neither the host nor the path is known.
#[must_use]
pub fn service(url: &Url<'_>) -> Option<&'static str> {
    let under = |known: &str| {
        let (begin, end) = known.split_once('*').unwrap_or(("", known));
        let rest = url.host.strip_suffix(end);
        rest.is_some_and(|rest| {
            (rest.is_empty() || rest.ends_with('.') || rest.ends_with('-'))
                && rest.split('.').any(|name| name.starts_with(begin))
        })
    };
    let host = HOSTS.iter().find(|(end, _)| under(end));
    // A local model server listens on its own port or not, but its paths are its own.
    let known = host.or_else(|| {
        let whole = format!("{}/", url.path.trim_end_matches('/'));
        PATHS.iter().find(|(path, _)| whole.contains(path))
    });
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
        assert_eq!(of("https://m.eastus.models.ai.azure.com/v1/chat/completions"), Some("azure"));
        assert_eq!(of("https://gateway.example.org/openai/deployments/x/chat/completions"), Some("azure"));
        assert_eq!(of("https://notapi.groq.com.example.org/"), None);
        assert_eq!(of("http://127.0.0.1:8080/v1/chat/completions"), None);
        assert_eq!(of("/v1/chat/completions"), None);
    }

    #[test]
    fn of_the_hosts_of_a_cloud_only_those_for_models_are_known() {
        let of = |host: &str| service(&Url::new(&format!("https://{host}/v1/chat/completions")));
        assert_eq!(of("bedrock-runtime.eu-west-1.amazonaws.com"), Some("bedrock"));
        assert_eq!(of("vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com"), Some("bedrock"));
        assert_eq!(of("bedrock-mantle.us-east-1.api.aws"), Some("bedrock"));
        assert_eq!(of("runtime.sagemaker.us-east-1.amazonaws.com"), Some("sagemaker"));
        assert_eq!(of("llm-1.eu-west-1.elb.amazonaws.com"), None);
        assert_eq!(of("a1.execute-api.eu-west-1.amazonaws.com"), None);
    }
}

//! Secrets: whatever opens a door.
//!
//! The shapes are those that the providers publish for their keys; what has no shape of its own (Cohere, Mistral, old
//! Azure keys) is known by the name of its header or field.

use std::ops::Range;

use super::super::clean::{is_dummy, is_placeholder, looks_random, reads_as_words};
use super::super::rule::{Kind, Match, Names, Preset, Rule};
use super::super::shapes::{anywhere, begins_word, stands_alone};
use super::super::walk::COOKIE;
use super::{any, secret_names, whole};

const HEADERS: &[Kind] = &[Kind::RequestHeader, Kind::ResponseHeader];
const FIELDS: &[Kind] = &[Kind::RequestField, Kind::ResponseField, Kind::Form, Kind::Note];

/// Returns a rule for the keys of a provider.
pub(super) const fn key(
    name: &'static str,
    about: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Rule {
    Rule::shape(Preset::Secrets, name, about, keywords, pattern, example).checked(is_key)
}

fn is_key(found: &Match<'_>) -> bool {
    stands_alone(found) && !is_dummy(found.found)
}

pub(super) fn begins_key(found: &Match<'_>) -> bool {
    begins_word(found) && !is_dummy(found.found)
}

pub(super) fn real(found: &Match<'_>) -> bool {
    anywhere(found) && !is_placeholder(found.found)
}

/// Returns whether the first part of a token is JSON that names an algorithm, as that of every JWT and JWE does.
fn is_jose(found: &Match<'_>) -> bool {
    use base64::Engine as _;
    let head = found.found.split('.').next().unwrap_or_default();
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(head);
    begins_word(found) && json.is_ok_and(|json| memchr::memmem::find(&json, b"\"alg\"").is_some())
}

/// Returns whether a word behind `Basic` is base64 of a user and a password.
fn is_basic(found: &Match<'_>) -> bool {
    is_user_and_password(found.found)
}

fn is_user_and_password(value: &str) -> bool {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(value);
    bytes.is_ok_and(|bytes| bytes.contains(&b':') && std::str::from_utf8(&bytes).is_ok())
}

/// Returns the rules, those that go by names first: they know best what to leave of a value.
pub(super) fn rules() -> Vec<Rule> {
    [in_headers(), cookies_and_headers_beside(), in_fields(), in_addresses(), shapes()].concat()
}

fn in_headers() -> Vec<Rule> {
    vec![
        Rule::named(
            Preset::Secrets,
            "credential-header",
            "a header that carries a key or token; its scheme stays",
            HEADERS,
            Names::That(secret_names::is_header),
            behind_scheme,
            "authorization: Bearer «7hYt5Rw2Qp9»",
        ),
        Rule::named(
            Preset::Secrets,
            "credential-header",
            "a header that is named as a key, unless it holds the name of something",
            HEADERS,
            Names::That(secret_names::is_key_header),
            no_words,
            "x-acme-key: «7hYt5Rw2Qp9»",
        ),
        Rule::named(
            Preset::Secrets,
            "cookie",
            "the values of cookies; their names stay",
            &[Kind::RequestHeader],
            Names::These(&["cookie"]),
            cookie_values,
            "cookie: a=«8fK2mQ1z»; b=«9xL3nR2y»",
        )
        .local(),
        Rule::named(
            Preset::Secrets,
            "set-cookie",
            "the value of a cookie that is set; name and attributes stay",
            &[Kind::ResponseHeader],
            Names::These(&["set-cookie", "set-cookie2"]),
            set_cookies,
            "set-cookie: a=«8fK2mQ1z»; Path=/",
        )
        .local(),
    ]
}

fn cookies_and_headers_beside() -> Vec<Rule> {
    vec![
        Rule::named(
            Preset::Secrets,
            "cookie-field",
            "the values of cookies in a field, as servers send back that tell what they were sent",
            FIELDS,
            Names::These(&["cookie", "setcookie"]),
            told_cookies,
            "cookie: a=«8fK2mQ1z»; theme=dark; b=«9xL3nR2y»; Path=/",
        )
        .local(),
        Rule::named(
            Preset::Secrets,
            "cookie-value",
            "the value of a cookie where the recorder keeps it beside the headers",
            &[Kind::Note],
            Names::These(&[COOKIE]),
            whole,
            "cookies.value: «8fK2mQ1z»",
        )
        .local(),
        Rule::named(
            Preset::Secrets,
            "header-field",
            "a member of an object of headers that carries a key or token, as those for MCP servers do",
            FIELDS,
            Names::That(secret_names::is_header_field),
            secret_value,
            "headers.x-stripe-token: «8fK2mQ1zR7»",
        ),
    ]
}

fn in_fields() -> Vec<Rule> {
    vec![
        Rule::named(
            Preset::Secrets,
            "nested-field",
            "a key, token or secret in an object that tells what it opens",
            FIELDS,
            Names::That(secret_names::is_nested),
            random_value,
            "authentication.key: «7hYt5Rw2Qp9Lm3Kj8»",
        ),
        Rule::named(
            Preset::Secrets,
            "secret-field",
            "a field of JSON, a form or XML that is named as a secret",
            FIELDS,
            Names::That(secret_names::is_field),
            secret_value,
            "client_secret: «8fK2mQ1zR7»",
        ),
        Rule::named(
            Preset::Secrets,
            "secret-field",
            "a field that is named as a key, unless it holds the name of something",
            FIELDS,
            Names::That(secret_names::is_vague_field),
            no_words,
            "license_key: «8fK2mQ1zR7»",
        ),
        Rule::named(
            Preset::Secrets,
            "basic-field",
            "user and password in base64, as Docker keeps them",
            FIELDS,
            Names::These(&["auth"]),
            user_and_password,
            "auth: «YWRhOjhmSzJtUTF6»",
        ),
        Rule::named(
            Preset::Secrets,
            "endpoint-field",
            "a token or code, where tokens are given out",
            &[Kind::Endpoint],
            Names::These(&["token", "code", "key", "session", "sessionid", "csrf"]),
            secret_value,
            "token: «8fK2mQ1zR7»",
        ),
    ]
}

fn in_addresses() -> Vec<Rule> {
    vec![
        Rule::named(
            Preset::Secrets,
            "secret-parameter",
            "a parameter of an address that is named as a secret",
            &[Kind::Query],
            Names::That(secret_names::is_parameter),
            secret_value,
            "api_key: «8fK2mQ1zR7»",
        ),
        Rule::named(
            Preset::Secrets,
            "secret-parameter",
            "a parameter of an address that may be named as a secret, unless it holds a word",
            &[Kind::Query],
            Names::That(secret_names::is_vague_parameter),
            no_words,
            "code: «8fK2mQ1zR7»",
        ),
        Rule::named(
            Preset::Secrets,
            "url-password",
            "the user and password in an address",
            &[Kind::Query],
            Names::These(&["userinfo"]),
            whole,
            "userinfo: «ada:8fK2mQ1z»",
        ),
    ]
}

#[rustfmt::skip]
fn shapes() -> Vec<Rule> {
    vec![
        key("private-key", "a private key in PEM", &["-----BEGIN"], r"-----BEGIN[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?P<v>[A-Za-z0-9+/=\s\\:,.rn-]*?)(?:-----END[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z|[^A-Za-z0-9+/=\s\\:,.rn-])", "-----BEGIN PRIVATE KEY-----«\nMIIEvQ7h\n»-----END PRIVATE KEY-----").checked(real),
        key("openai-key", "OpenAI", &["sk-"], r"sk-(?:(?:proj|svcacct|admin|service|None)-)?[A-Za-z0-9_-]{16,}T3BlbkFJ[A-Za-z0-9_-]{16,}", "«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»"),
        key("openai-project-key", "OpenAI", &["sk-proj-", "sk-svcacct-", "sk-admin-"], r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}", "«sk-proj-7hYt5Rw2Qp9Lm3Kj8Hg4»"),
        key("anthropic-key", "Anthropic", &["sk-ant-"], r"sk-ant-[a-z]{2,8}[0-9]{2}-[A-Za-z0-9_-]{20,}", "«sk-ant-api03-7hYt5Rw2Qp9Lm3Kj8Hg4»"),
        key("openrouter-key", "OpenRouter", &["sk-or-"], r"sk-or-(?:v1-)?[0-9a-f]{48,64}", "«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»"),
        key("sk-key", "DeepSeek and others that begin their keys as OpenAI does", &["sk-"], r"sk-(?:[0-9a-f]{32}|[A-Za-z0-9]{48}|[A-Za-z0-9]{20,}[A-Z][A-Za-z0-9]{10,})", "«sk-0a1b2c3d4e5f60718293a4b5c6d7e8f9»"),
        key("litellm-key", "LiteLLM", &["sk-"], r"sk-[A-Za-z0-9]{22}", "«sk-7hYt5Rw2Qp9Lm3Kj8Hg46F»").checked(is_mixed),
        key("openai-session", "OpenAI, of a session in a browser", &["sess-"], r"sess-[A-Za-z0-9]{40}", "«sess-7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W»"),
        key("ephemeral-key", "OpenAI, for a realtime session", &["ek_"], r"ek_[A-Za-z0-9]{20,}", "«ek_0a1b2c3d4e5f60718293a4b5»"),
        key("google-key", "Google", &["AIza"], r"AIza[A-Za-z0-9_-]{35}", "«AIza7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn»"),
        key("google-key", "Google", &["AQ."], r"AQ\.[A-Za-z0-9_-]{40,}", "«AQ.Ab7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hY»"),
        key("gemini-token", "Google, for a live session", &["auth_tokens/"], r"auth_tokens/(?P<v>[0-9a-f]{32,64})", "auth_tokens/«0a1b2c3d4e5f60718293a4b5c6d7e8f9»"),
        key("google-token", "Google", &["ya29."], r"ya29\.[A-Za-z0-9_.-]{20,}", "«ya29.7hYt5Rw2Qp9Lm3Kj8Hg4»").checked(begins_key),
        key("google-secret", "Google, of a client", &["GOCSPX-"], r"GOCSPX-[A-Za-z0-9_-]{28}", "«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»"),
        key("google-refresh-token", "Google", &["1//0"], r"1//0[A-Za-z0-9_-]{30,}", "«1//07hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7»"),
        key("aws-access-key", "AWS", &["AKIA", "ASIA", "ABIA", "ACCA", "A3T"], r"A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9])[A-Z0-9]{16}", "«AKIAQ7RW2TPLM3KJHG4F»"),
        key("aws-session-token", "AWS", &["IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz", "FQoDYXdz"], r"(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz|FQoDYXdz)(?:[A-Za-z0-9/+=_-]|%2[BF]|%3D){60,}", "«FwoGZXIvYXdz7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hYt5Rw2Qp9Lm3Kj8Hg46Fd1»").checked(begins_key),
        key("aws-signature", "AWS, the authorization of a request", &["AWS4-HMAC-SHA256"], r"AWS4-HMAC-SHA256\s+(?P<v>Credential=[A-Za-z0-9]{8,}/[^,\s]+,\s*SignedHeaders=[^,\s]+,\s*Signature=[0-9a-f]{64})", "AWS4-HMAC-SHA256 «Credential=AKIAQ7RW2TPLM3KJHG4F/20250101/eu/x/aws4_request, SignedHeaders=host, Signature=0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9»").checked(real),
        key("bedrock-key", "AWS Bedrock", &["ABSK"], r"ABSK[A-Za-z0-9+/]{100,}={0,2}", "«ABSKQmVkcm9ja0FQSUtleS03aFl0NVJ3MlFwOUxtM0tqOEhnNDZGZDFTYTBaeDdDdjVCbjJNcTRXN2hZdDVSdzJRcDlMbTNLajhIZzQ2RmQxU2EwWng3Q3Y1Qm4yTXE0Vw»").checked(begins_key),
        key("bedrock-session-key", "AWS Bedrock", &["bedrock-api-key-"], r"bedrock-api-key-[A-Za-z0-9+/=]{20,}", "«bedrock-api-key-7hYt5Rw2Qp9Lm3Kj8Hg4»").checked(begins_key),
        key("signed-url", "the signature of a presigned address", &["X-Amz-Signature=", "X-Goog-Signature=", "X-Amz-Security-Token=", "X-Amz-Credential=", "X-Goog-Credential="], r"(?i)X-(?:Amz|Goog)-(?:Signature|Security-Token|Credential)=(?P<v>[^&\s\x22'<>\\]{8,})", "?X-Amz-Signature=«0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9»").checked(real),
        key("azure-sas", "the signature of a shared Azure address", &["sig="], r"(?i)sig=(?P<v>[A-Za-z0-9%/+]{40,}(?:%3D|=)?)", "?sig=«7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hY%3D»"),
        key("azure-key", "Azure", &["JQQJ99"], r"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{16,30}", "«7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hYt5Rw2Qp9LJQQJ99BCACYeBjFXJ3w3AAABACOGh»").from(52),
        key("azure-client-secret", "Azure, of a client", &["0Q~", "1Q~", "2Q~", "3Q~", "4Q~", "5Q~", "6Q~", "7Q~", "8Q~", "9Q~"], r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}", "«abc8Q~7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5»").from(4),
        key("azure-storage-key", "Azure, of a storage account", &["AccountKey=", "SharedAccessKey="], r"(?i)(?:Account|SharedAccess)Key=(?P<v>[A-Za-z0-9+/]{40,86}={0,2})", "AccountKey=«7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hY5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hY5Rw==»").checked(anywhere),
        key("github-token", "GitHub", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"gh[pousr]_[0-9A-Za-z]{36}", "«ghp_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2»"),
        key("github-token", "GitHub", &["github_pat_"], r"github_pat_[0-9A-Za-z_]{60,}", "«github_pat_7hYt5Rw2Qp9Lm3Kj8Hg46F_d1Sa0Zx7Cv5Bn2Mq4W7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx»"),
        key("gitlab-token", "GitLab", &["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glft-", "glsoat-", "glimt-", "glagent-", "gloas-", "glrtr-", "glwt-", "glffct-", "GR1348941"], r"(?:gl(?:pat|dt|rt|ptt|cbt|ft|soat|imt|agent|oas|rtr|wt|ffct)-|GR1348941)[\w.-]{20,}", "«glpat-7hYt5Rw2Qp9Lm3Kj8Hg4»"),
        key("hugging-face-token", "Hugging Face", &["hf_", "api_org_"], r"(?:(?:hf|api_org)_[A-Za-z0-9]{34,}|hf_oauth_[A-Za-z0-9_.-]{30,})", "«hf_aHbYtcRwdQpeLmfKjgHghFdiSajZxkCvlBnm»"),
        key("groq-key", "Groq", &["gsk_"], r"gsk_[A-Za-z0-9]{40,60}", "«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»"),
        key("xai-key", "xAI", &["xai-"], r"xai-[A-Za-z0-9_]{60,}", "«xai-7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hYt5Rw2Qp9L7hYt5Rw2Qp9Lm3»"),
        key("perplexity-key", "Perplexity", &["pplx-"], r"pplx-[A-Za-z0-9]{40,56}", "«pplx-7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W»"),
        key("replicate-token", "Replicate", &["r8_"], r"r8_[A-Za-z0-9_-]{37}", "«r8_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2M»"),
        key("fireworks-key", "Fireworks", &["fw_"], r"fw_[A-Za-z0-9]{20,26}", "«fw_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1»"),
        key("together-key", "Together", &["tgp_v1_"], r"tgp_v1_[A-Za-z0-9_-]{43}", "«tgp_v1_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hY»"),
        key("cerebras-key", "Cerebras", &["csk-"], r"csk-[a-z0-9]{40,56}", "«csk-7hyt5rw2qp9lm3kj8hg46fd1sa0zx7cv5bn2mq4w7hyt5rw2»"),
        key("voyage-key", "Voyage", &["pa-"], r"pa-[A-Za-z0-9_-]{43}", "«pa-7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hY»").checked(is_mixed),
        key("jina-key", "Jina", &["jina_"], r"jina_[A-Za-z0-9_-]{50,70}", "«jina_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hYt5Rw2Qp9L»"),
        key("tavily-key", "Tavily", &["tvly-"], r"tvly-(?:dev-|prod-)?[A-Za-z0-9-]{20,60}", "«tvly-dev-7hYt5Rw2Qp9Lm3Kj8Hg4»"),
        key("langsmith-key", "LangSmith", &["lsv2_", "ls__"], r"(?:lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|ls__[0-9a-f]{32})", "«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»"),
        key("langfuse-key", "Langfuse", &["sk-lf-", "pk-lf-"], r"[sp]k-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "«sk-lf-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9»"),
        key("nvidia-key", "NVIDIA", &["nvapi-"], r"nvapi-[A-Za-z0-9_-]{60,70}", "«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»"),
        key("pinecone-key", "Pinecone", &["pcsk_"], r"pcsk_[A-Za-z0-9_]{60,80}", "«pcsk_7hYt5R_w2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hYt5Rw2Qp9L7hYt5Rw2Qp9Lm3»"),
        key("elevenlabs-key", "ElevenLabs", &["sk_"], r"sk_[0-9a-f]{48}", "«sk_0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071»"),
        key("wandb-key", "Weights & Biases", &["wandb_v1_"], r"wandb_v1_[A-Za-z0-9_]{60,}", "«wandb_v1_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hYt5Rw2Qp9L7hYt5Rw2Qp9Lm3»"),
        key("logfire-token", "Logfire", &["pylf_v"], r"pylf_v[0-9]_[a-z]{2}_[A-Za-z0-9]{40,50}", "«pylf_v1_eu_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W»"),
        key("slack-token", "Slack", &["xoxa-", "xoxb-", "xoxc-", "xoxd-", "xoxe-", "xoxe.", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-"], r"(?:xox[a-eoprs][-.]|xapp-)(?:[0-9A-Za-z-]|%2[BF]|%3D){10,}", "«xoxb-12345678901-7hYt5Rw2Qp9Lm3Kj8Hg46Fd1»"),
        key("slack-webhook", "Slack, the address of a webhook", &["hooks.slack.com/"], r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<v>[A-Za-z0-9+/]{30,})", "https://hooks.slack.com/services/«T01234567/B01234567/7hYt5Rw2Qp9Lm3Kj8Hg46Fd1»"),
        key("stripe-key", "Stripe", &["sk_live_", "sk_test_", "sk_prod_", "rk_live_", "rk_test_", "rk_prod_"], r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,99}", "«sk_live_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1»"),
        key("webhook-secret", "a secret that webhooks are signed with", &["whsec_"], r"whsec_[A-Za-z0-9+/=]{24,}", "«whsec_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1»").checked(begins_key),
        key("sendgrid-key", "SendGrid", &["SG."], r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", "«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»"),
        key("mailgun-key", "Mailgun", &["key-"], r"key-[0-9a-f]{32}", "«key-0a1b2c3d4e5f60718293a4b5c6d7e8f9»"),
        key("twilio-key", "Twilio", &["SK0", "SK1", "SK2", "SK3", "SK4", "SK5", "SK6", "SK7", "SK8", "SK9", "SKa", "SKb", "SKc", "SKd", "SKe", "SKf"], r"SK[0-9a-f]{32}", "«SK0a1b2c3d4e5f60718293a4b5c6d7e8f9»"),
        key("npm-token", "npm", &["npm_"], r"npm_[A-Za-z0-9]{36}", "«npm_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2»"),
        key("pypi-token", "PyPI", &["pypi-AgEI", "pypi-AgEN"], r"pypi-AgE[IN][A-Za-z0-9_-]{50,}", "«pypi-AgEI7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hYt5Rw2Qp9L»"),
        key("databricks-token", "Databricks", &["dapi"], r"dapi[a-f0-9]{32}(?:-[0-9])?", "«dapi0a1b2c3d4e5f60718293a4b5c6d7e8f9»"),
        key("notion-token", "Notion", &["ntn_", "secret_"], r"(?:ntn_[A-Za-z0-9]{40,50}|secret_[A-Za-z0-9]{43})", "«ntn_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hYt»"),
        key("linear-key", "Linear", &["lin_api_", "lin_oauth_"], r"lin_(?:api|oauth)_[A-Za-z0-9]{32,64}", "«lin_api_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W»"),
        key("sentry-token", "Sentry", &["sntrys_", "sntryu_"], r"sntry[su]_[A-Za-z0-9+/=_]{40,}", "«sntryu_0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071»").checked(begins_key),
        key("digitalocean-token", "DigitalOcean", &["dop_v1_", "doo_v1_", "dor_v1_"], r"do[opr]_v1_[a-f0-9]{64}", "«dop_v1_0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9»"),
        key("supabase-key", "Supabase", &["sbp_", "sb_secret_"], r"(?:sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{31,})", "«sbp_0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d»"),
        key("doppler-token", "Doppler", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], r"dp\.(?:[psc]t|sa|scim|audit)\.(?:[a-z0-9_-]+\.)?[A-Za-z0-9]{40,44}", "«dp.pt.7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hY»"),
        key("vault-token", "HashiCorp Vault", &["hvs.", "hvb.", "hvr."], r"hv[sbr]\.[A-Za-z0-9_-]{24,}", "«hvs.7hYt5Rw2Qp9Lm3Kj8Hg46Fd1»"),
        key("shopify-token", "Shopify", &["shpat_", "shpca_", "shppa_", "shpss_"], r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}", "«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»"),
        key("postman-key", "Postman", &["PMAK-"], r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}", "«PMAK-0a1b2c3d4e5f60718293a4b5-0a1b2c3d4e5f60718293a4b5c6d7e8f90a»"),
        key("newrelic-key", "New Relic", &["NRAK-", "NRII-", "NRJS-"], r"NR(?:(?:AK|II)-[A-Za-z0-9_-]{27,32}|JS-[0-9a-f]{19})", "«NRAK-7HYT5RW2QP9LM3KJ8HG46FD1SA0»"),
        key("grafana-token", "Grafana", &["glsa_", "glc_"], r"(?:glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/=]{32,})", "«glsa_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv_0a1b2c3d»"),
        key("telegram-token", "Telegram, of a bot", &[":AA"], r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}", "«123456789:AA7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5»").from(10).checked(is_bots),
        key("discord-webhook", "Discord, the address of a webhook", &["/api/webhooks/"], r"/api/webhooks/[0-9]{16,20}/(?P<v>[A-Za-z0-9_-]{60,70})", "https://discord.com/api/webhooks/123456789012345678/«7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx»").checked(real),
        key("teams-webhook", "Microsoft Teams, the address of a webhook", &["/IncomingWebhook/"], r"/IncomingWebhook/(?P<v>[0-9a-f]{32}/[0-9a-f-]{36})", "https://acme.webhook.office.com/webhookb2/7/IncomingWebhook/«0a1b2c3d4e5f60718293a4b5c6d7e8f9/7d0a1b2c-3d4e-5f60-7182-93a4b5c6d7e8»").checked(real),
        key("square-token", "Square", &["sq0atp-", "sq0csp-", "EAAA"], r"(?:sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60})", "«sq0atp-7hYt5Rw2Qp9Lm3Kj8Hg46F»"),
        key("atlassian-token", "Atlassian", &["ATATT3"], r"ATATT3[A-Za-z0-9_=-]{60,}", "«ATATT37hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W7hYt5Rw2Qp9L7hYt5Rw2Qp9Lm3»"),
        key("airtable-token", "Airtable", &["pat"], r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}", "«patAbCdEfGhIjKlMn.0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9»"),
        key("jwt", "a JSON web token", &["eyJ", "eyAi"], r"ey(?:J|Ai)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)?", "«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3aFl0NVJ3In0.7hYt5Rw2Qp9»").checked(is_jose),
        key("bearer", "what stands behind `Bearer`", &["bearer "], r"(?i)bearer\s+(?P<v>[A-Za-z0-9_\-.~+/]{16,}=*)", "Bearer «7hYt5Rw2Qp9Lm3Kj8»").checked(is_bearer),
        key("basic-auth", "user and password behind `Basic`", &["basic "], r"(?i)basic\s+(?P<v>[A-Za-z0-9+/]{8,}={0,2})", "Basic «YWRhOjhmSzJtUTF6»").checked(is_basic),
        key("url-credentials", "user and password in an address", &["://"], r"[A-Za-z][A-Za-z0-9+.-]{1,20}://(?P<v>[!-~&&[^/:@\x22'<>\\{}]]{0,64}:[!-~&&[^/:@\x22'<>\\{}]]{3,128})@[A-Za-z0-9.-]+", "postgres://«ada:8fK2mQ1z»@db.internal").from(20).checked(real),
        key("url-secret", "a secret in the parameters of an address", ADDRESS, r"(?i)[?&#][A-Za-z0-9_-]{1,60}=(?P<v>[!-~&&[^&#\x22'<>\\]]{8,})", "?api_key=«8fK2mQ1zR7xL»").from(61).checked(is_url_secret),
        key("header-in-text", "a header with a key in a text, as in a command for curl", &["api-key", "apikey", "auth-token", "access-token", "private-token", "vault-token", "subscription-key", "auth-key"], r"(?i)(?:x-|xi-|ocp-apim-)?(?:(?:goog-)?api-?key|auth-token|access-token|private-token|vault-token|subscription-key|auth-key)[\x22']?:\s*[\x22']?(?P<v>[A-Za-z0-9_.~+/-]{16,}=*)", "curl -H 'X-Api-Key: «7hYt5Rw2Qp9Lm3Kj8»'").from(12).checked(is_random),
        key("variable", "a key or password that is given to a variable of the environment", &["_KEY=", "_TOKEN=", "_SECRET=", "PASSWORD=", "_PASS="], r"[A-Z0-9_]{0,40}(?:API_KEY|ACCESS_KEY|SECRET_KEY|PRIVATE_KEY|ENCRYPTION_KEY|SIGNING_KEY|_TOKEN|_SECRET|PASSWORD|_PASS)=[\x22']?(?P<v>[A-Za-z0-9_.~+/-]{12,}=*)", "export OPENAI_API_KEY=«7hYt5Rw2Qp9Lm3Kj8»").from(50).checked(is_random),
        key("authorization-in-text", "a header of authorization in a text, with a scheme of its own", &["authorization"], r"(?i)authorization\\{0,3}[\x22']?:\s{0,3}\\{0,3}[\x22']?(?:token|key|apikey|api-key)\s+(?P<v>[A-Za-z0-9_.~+/-]{16,}=*)", "curl -H 'Authorization: token «7hYt5Rw2Qp9Lm3Kj8»'").checked(is_random),
        key("cookie-in-text", "cookies in a text", &["cookie:"], r"(?i)cookie:[ \t]{0,3}(?P<v>[A-Za-z0-9_.-]{1,64}=[^\r\n\x22'<>\\]{12,4096})", "Cookie: «sid=7hYt5Rw2Qp9Lm3Kj8»").checked(is_random),
        key("netrc-password", "the password in a `.netrc`", &["machine "], r"machine\s+\S{1,100}\s+login\s+\S{1,100}\s+password\s+(?P<v>[!-~&&[^\x22'\\]]{6,})", "machine api.acme.dev login ada password «7hYt5Rw2Qp9»").checked(real),
        key("npmrc-token", "the token in an `.npmrc`", &["_authToken="], r"_authToken=(?P<v>[A-Za-z0-9_.~+/-]{16,}=*)", "//registry.npmjs.org/:_authToken=«0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9»").checked(real),
        key("curl-user", "user and password given to curl", &[" -u ", "--user "], r"(?: -u|--user)\s+\\{0,3}[\x22']?(?P<v>[!-~&&[^:\x22'\\]]{1,64}:[!-~&&[^\x22'\\]]{6,128})", "curl -u «ada:7hYt5Rw2Qp9»").checked(is_curls),
        key("connection-string", "the password in the text that connects to a database", &["password=", "pwd="], r"(?i);\s{0,2}(?:password|pwd)=(?P<v>[!-~&&[^;&\x22'<>\\]]{6,})", "Server=db;User=ada;Password=«8fK2mQ1z»;").from(3).checked(real),
        key("aws-secret-in-file", "AWS, in a file of credentials", &["aws_secret_access_key"], r"(?i)aws_secret_access_key\s{0,3}=\s{0,3}(?P<v>[A-Za-z0-9/+]{40})", "aws_secret_access_key = «7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W»").checked(real),
        key("key-in-code", "a key or password in code or a configuration", &["api_key", "apikey", "secret_key", "secretkey", "access_token", "accesstoken", "auth_token", "authtoken", "client_secret", "clientsecret", "password"], r"(?i)(?:api_?key|secret_?key|access_?token|auth_?token|client_?secret|password)\\{0,3}[\x22']?\s{0,4}(?::|=>|=)\s{0,4}\\{0,3}[\x22']?(?P<v>[A-Za-z0-9_.~+/-]{16,}=*)", "OpenAI(api_key=\"«7hYt5Rw2Qp9Lm3Kj8»\")").checked(is_random),
        key("cloudflare-cookie", "Cloudflare", &["__cf_bm=", "_cfuvid=", "cf_clearance="], r"(?:__cf_bm|_cfuvid|cf_clearance)=(?P<v>[A-Za-z0-9_.\-]{20,})", "__cf_bm=«7hYt5Rw2Qp9Lm3Kj8Hg4»").checked(real),
    ]
}

/// How the names of secret parameters end, with what stands behind them: where such a text is, a closer look is worth it.
pub(super) const ADDRESS: &[&str] = &[
    "key=",
    "keyid=",
    "key_id=",
    "token=",
    "secret=",
    "password=",
    "passwd=",
    "passphrase=",
    "passwordconfirmation=",
    "password_confirmation=",
    "pwd=",
    "pass=",
    "auth=",
    "authorization=",
    "assertion=",
    "signature=",
    "sig=",
    "sign=",
    "code=",
    "hmac=",
    "policy=",
    "pw=",
    "samlresponse=",
    "session=",
    "verifier=",
    "jwt=",
    "credential=",
    "bearer=",
    "string=",
];

/// Returns whether a parameter is named as a secret, and has a value that may be one.
fn is_url_secret(found: &Match<'_>) -> bool {
    let name = found.whole[1..].split('=').next().unwrap_or_default().to_ascii_lowercase();
    let vague = secret_names::is_vague_parameter(&name) && !reads_as_words(found.found);
    (vague || secret_names::is_parameter(&name)) && real(found)
}

/// Returns whether a token is none of a word, but for the word that stands before it in addresses.
fn is_bots(found: &Match<'_>) -> bool {
    let before = found.before.strip_suffix("bot").unwrap_or(found.before);
    is_key(&Match { before, ..*found })
}

/// Returns whether what people and models write beside a name looks like a key and no word.
fn is_random(found: &Match<'_>) -> bool {
    looks_random(found.found) && !is_placeholder(found.found)
}

/// Returns whether a user and a password are given to curl, and no user and group to another program.
fn is_curls(found: &Match<'_>) -> bool {
    let start = found.before.len().saturating_sub(200);
    let near = &found.before.as_bytes()[start..];
    let line = near.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    memchr::memmem::find(line, b"curl").is_some()
        && !is_placeholder(found.found.split(':').nth(1).unwrap_or_default())
}

/// Returns whether a key holds capitals, small letters and digits: names in lower case look like it otherwise.
pub(super) fn is_mixed(found: &Match<'_>) -> bool {
    let has = |kind: fn(&u8) -> bool| found.found.as_bytes()[3..].iter().any(kind);
    is_key(found) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

/// Returns whether what stands behind `Bearer` is a token and no word of a sentence.
fn is_bearer(found: &Match<'_>) -> bool {
    let digits = found.found.bytes().any(|byte| byte.is_ascii_digit());
    digits && !is_placeholder(found.found)
}

/// A secret has so many characters at least: shorter values are switches and words.
const SHORTEST: usize = 8;

/// Returns a value that may be a secret: one word, long enough, no placeholder.
fn secret_value(value: &str) -> Vec<Range<usize>> {
    let trimmed = value.trim();
    // A key in PEM and a secret in an address have rules of their own.
    // The number of a key or secret at AWS, and a path, open nothing.
    let names =
        trimmed.starts_with("arn:") || trimmed.starts_with("/home/") || trimmed.starts_with("/Users/");
    let elsewhere = names || trimmed.starts_with("-----BEGIN") || trimmed.contains("://");
    let one_word = !trimmed.contains(|c: char| c.is_whitespace()) || credential_start(trimmed) > 0;
    if elsewhere || !one_word || trimmed.len() < SHORTEST {
        return Vec::new();
    }
    behind_scheme(value)
}

/// Returns a value that may be a secret and looks random: its name alone does not tell.
fn random_value(value: &str) -> Vec<Range<usize>> {
    if value.len() < 2 * SHORTEST || !looks_random(value) { Vec::new() } else { secret_value(value) }
}

/// Returns a value that may be a secret, unless it reads as words.
fn no_words(value: &str) -> Vec<Range<usize>> {
    if reads_as_words(value) { Vec::new() } else { secret_value(value) }
}

/// Returns a value that is a user and a password in base64.
fn user_and_password(value: &str) -> Vec<Range<usize>> {
    if value.len() < SHORTEST || !is_user_and_password(value) { Vec::new() } else { secret_value(value) }
}

/// Returns where the credential begins behind a scheme, such as `Bearer`.
fn credential_start(value: &str) -> usize {
    let Some((scheme, rest)) = value.split_once(' ') else { return 0 };
    let known = [
        "bearer",
        "basic",
        "token",
        "apikey",
        "api-key",
        "key",
        "digest",
        "aws4-hmac-sha256",
        "negotiate",
        "sharedkey",
        "hmac",
        "snowflake",
    ];
    let plain = known.iter().any(|each| scheme.eq_ignore_ascii_case(each));
    if plain { value.len() - rest.trim_start().len() } else { 0 }
}

/// Returns the credential behind the scheme, if it is no placeholder.
fn behind_scheme(value: &str) -> Vec<Range<usize>> {
    let start = credential_start(value);
    let signed = value[start..].trim_start().starts_with("Credential=");
    if signed { signature(value, start) } else { real_part(value, start..value.len()) }
}

/// Returns the key and the signature of AWS's `Credential=key/date/region/…, SignedHeaders=…, Signature=…`.
fn signature(value: &str, start: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut at = start;
    for part in value[start..].split(',') {
        let begin = part.find('=').map_or(part.len(), |equals| equals + 1);
        let (name, text) = part.split_at(begin);
        let length = match name.trim() {
            "Credential=" => text.split('/').next().map_or(0, str::len),
            "Signature=" => text.trim_end().len(),
            _ => 0,
        };
        parts.extend(real_part(value, at + begin..at + begin + length));
        at += part.len() + 1;
    }
    parts
}

/// Returns the values of the cookies that are set, each up to its attributes.
fn set_cookies(value: &str) -> Vec<Range<usize>> {
    let own = |line: Range<usize>| {
        let cookie = value[line.clone()].split(';').next().unwrap_or_default();
        // A cookie may have no name.
        let start = cookie.find('=').map_or(cookie.len() - cookie.trim_start().len(), |equals| equals + 1);
        real_part(value, line.start + start..line.start + cookie.len())
    };
    lines_of_cookies(value).into_iter().flat_map(own).collect()
}

/// Cuts a value where another cookie is set: clients join several lines with commas (RFC 9110, 5.3), and a comma in a
/// date is followed by no name.
fn lines_of_cookies(value: &str) -> Vec<Range<usize>> {
    let is_set = |rest: &str| {
        let named = rest.trim_start().split_once('=').filter(|(name, _)| {
            !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || matches!(c, ';' | ',' | '"'))
        });
        named.is_some_and(|(_, own)| !own.is_empty() && !own.starts_with(['=', ';', ',']))
    };
    let cuts = memchr::memchr_iter(b',', value.as_bytes()).filter(|comma| is_set(&value[comma + 1..]));
    let mut lines = Vec::new();
    let mut start = 0;
    for cut in cuts {
        lines.push(start..cut);
        start = cut + 1;
    }
    lines.push(start..value.len());
    lines
}

/// Returns cookies and attributes as they stand, one behind the other, and where each of them begins.
fn cookies(value: &str, line: Range<usize>) -> impl Iterator<Item = (usize, &str)> {
    value[line.clone()].split(';').scan(line.start, |next, cookie| {
        let start = *next;
        *next += cookie.len() + 1;
        Some((start, cookie))
    })
}

/// Returns the values of cookies.
fn cookie_values(value: &str) -> Vec<Range<usize>> {
    let own = |(start, cookie): (usize, &str)| {
        let equals = cookie.find('=').map_or(0, |at| at + 1);
        real_part(value, start + equals..start + cookie.len())
    };
    cookies(value, 0..value.len()).flat_map(own).collect()
}

/// Returns the values of cookies in what may be something else: those that are long enough, and no attribute.
fn told_cookies(value: &str) -> Vec<Range<usize>> {
    const ATTRIBUTES: &[&str] = &["expires", "max-age", "domain", "path", "samesite", "priority", "version"];
    let own = |(start, cookie): (usize, &str)| {
        let (name, own) = cookie.split_once('=')?;
        let attribute = any(&name.trim().to_ascii_lowercase(), ATTRIBUTES);
        let secret = !attribute && own.len() >= SHORTEST && !own.trim().contains(' ');
        secret.then(|| real_part(value, start + name.len() + 1..start + cookie.len()))
    };
    let lines = lines_of_cookies(value).into_iter();
    lines.flat_map(|line| cookies(value, line)).filter_map(own).flatten().collect()
}

fn real_part(value: &str, part: Range<usize>) -> Vec<Range<usize>> {
    if is_placeholder(&value[part.clone()]) { Vec::new() } else { vec![part] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_cookies_in_one_line_are_each_found() {
        for (line, values) in [
            ("a=8fK2mQ1z; Path=/; HttpOnly, b=9xL3nR2y; Path=/", vec!["8fK2mQ1z", "9xL3nR2y"]),
            (
                "a=8fK2mQ1z; Expires=Tue, 08 Jul 2025 13:58:07 GMT; Path=/,b=9xL3nR2y",
                vec!["8fK2mQ1z", "9xL3nR2y"],
            ),
            ("a=8fK2mQ1z,b=9xL3nR2y, c=5bG8hJ1k", vec!["8fK2mQ1z", "9xL3nR2y", "5bG8hJ1k"]),
            ("a=8fK2mQ1z,9xL3nR2y==; Path=/", vec!["8fK2mQ1z,9xL3nR2y=="]),
            ("7hYt5Rw2; Path=/", vec!["7hYt5Rw2"]),
            ("a=; Path=/", vec![""]),
        ] {
            let found: Vec<_> = set_cookies(line).into_iter().map(|range| &line[range]).collect();
            let values: Vec<_> = values.into_iter().filter(|value| !value.is_empty()).collect();
            assert_eq!(found, values, "{line}");
        }
        let told = "a=7hYt5Rw2Qp; SameSite=None, b=9xL3nR9xL3nR2yT7; Path=/";
        let found: Vec<_> = told_cookies(told).into_iter().map(|range| &told[range]).collect();
        assert_eq!(found, ["7hYt5Rw2Qp", "9xL3nR9xL3nR2yT7"]);
    }
}

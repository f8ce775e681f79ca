//! The kinds of calls that generate nothing, and what is worth telling of each.
//!
//! Paths and fields: the API references of OpenAI, Anthropic, Google, Cohere, Mistral, Voyage, AWS Bedrock, Ollama
//! and Deepgram.

use super::super::{openai_chat::OpenAiChat, openai_responses::OpenAiResponses};
use super::Kind;
use super::Tell::{Answer, Dimensions, Flag, Items, Number, Quote, Word};

const ID: super::Tell = Word(&["answered.id"]);
const DELETED: super::Tell = Flag("deleted", &["answered.deleted"]);
const STATUS: super::Tell = Word(&["answered.status", "answered.response.status"]);

/// All kinds; the first that fits counts.
pub(super) static KINDS: &[Kind] = &[
    Kind {
        name: "embeddings",
        calls: &[
            "POST embeddings",
            "POST multimodalembeddings",
            "POST embed",
            "POST feature-extraction",
            "POST feature-extraction/*",
            "POST feature-extraction/*/*",
            "POST *:embedContent",
            "POST *:batchEmbedContents",
            "POST models/*embedding*:predict",
            "POST model/*embed*/invoke",
        ],
        tell: &[
            Items(
                "input",
                &[
                    "asked.input",
                    "asked.texts",
                    "asked.requests",
                    "asked.instances",
                    "asked.inputs",
                    "asked.prompt",
                    "asked.inputText",
                    "asked.content",
                ],
            ),
            Quote(&[
                "asked.input",
                "asked.input.*",
                "asked.texts.*",
                "asked.requests.*.content.parts.*.text",
                "asked.instances.*.content",
                "asked.inputs",
                "asked.inputs.*",
                "asked.inputs.*.content.*.text",
                "asked.prompt",
                "asked.inputText",
                "asked.content.parts.*.text",
            ]),
            Items(
                "vector",
                &[
                    "answered.data",
                    "answered.embeddings.float",
                    "answered.embeddings",
                    "answered.predictions",
                    "answered.[]",
                ],
            ),
            Dimensions(&[
                "answered.data.*.embedding",
                "answered.embeddings.float.*",
                "answered.embeddings.*.values",
                "answered.embeddings.*.embedding",
                "answered.predictions.*.embeddings.values",
                "answered.embedding.values",
                "answered.embeddings.*",
                "answered.embedding",
                "answered.[].*",
            ]),
        ],
    },
    Kind {
        name: "rerank",
        calls: &["POST rerank", "POST model/*rerank*/invoke"],
        tell: &[
            Quote(&["asked.query"]),
            Items("document", &["asked.documents"]),
            Items("result", &["answered.results", "answered.data"]),
        ],
    },
    Kind {
        name: "token count",
        calls: &[
            "POST messages/count_tokens",
            "POST *:countTokens",
            "POST count-tokens:rawPredict",
            "POST model/*/count-tokens",
            "POST responses/input_tokens",
            "POST tokenize",
        ],
        tell: &[
            Number("token", &["answered.input_tokens", "answered.totalTokens", "answered.inputTokens"]),
            Items("token", &["answered.tokens"]),
        ],
    },
    Kind {
        name: "moderation",
        calls: &["POST moderations"],
        tell: &[
            Items("input", &["asked.input"]),
            Quote(&["asked.input", "asked.input.*", "asked.input.*.text", "asked.input.*.content"]),
            Flag("flagged", &["answered.results.*.flagged"]),
        ],
    },
    Kind {
        name: "image",
        calls: &[
            "POST images/generations",
            "POST images/edits",
            "POST images/variations",
            "POST images",
            "POST models/imagen*:predict",
        ],
        tell: &[
            Quote(&["asked.prompt", "asked.instances.*.prompt"]),
            Word(&["asked.size", "answered.size"]),
            Items("image", &["answered.data", "answered.predictions"]),
        ],
    },
    Kind {
        name: "video",
        calls: &["POST videos", "GET videos/*", "* videos/*/*"],
        tell: &[Quote(&["asked.prompt"]), STATUS, ID],
    },
    Kind {
        name: "speech",
        calls: &[
            "POST audio/speech",
            "POST speak",
            "POST tts",
            "POST text-to-speech/*",
            "POST text-to-speech/*/stream",
        ],
        tell: &[Quote(&["asked.input", "asked.text"]), Word(&["asked.voice", "asked.voice_id"])],
    },
    Kind {
        name: "transcription",
        calls: &[
            "POST audio/transcriptions",
            "POST audio/translations",
            "POST listen",
            "POST speech-to-text",
        ],
        tell: &[Quote(&["answered.text", "answered.results.channels.*.alternatives.*.transcript"])],
    },
    Kind {
        name: "ocr",
        calls: &["POST ocr"],
        tell: &[Items("page", &["answered.pages"]), Quote(&["answered.pages.*.markdown"])],
    },
    // Lines of a batch, or anything: none of it tells what the file is.
    Kind { name: "file content", calls: &["GET files/*/content"], tell: &[] },
    Kind {
        name: "file",
        calls: &["* files", "* files/*", "* uploads", "* uploads/*", "* uploads/*/*"],
        tell: &[
            Word(&["answered.filename", "answered.file.displayName", "answered.file.name", "answered.name"]),
            Number("byte", &["answered.bytes", "answered.size_bytes", "answered.file.sizeBytes"]),
            Word(&["answered.purpose", "answered.mime_type", "answered.file.mimeType"]),
            ID,
            Items("file", &["answered.data", "answered.files"]),
            DELETED,
        ],
    },
    Kind {
        name: "batch",
        calls: &[
            "* batches",
            "* batches/*",
            "* batches/*/*",
            "* batch/jobs",
            "* batch/jobs/*",
            "* batch/jobs/*/*",
            "POST *:batchGenerateContent",
        ],
        tell: &[
            Word(&["answered.status", "answered.processing_status", "answered.metadata.state"]),
            Items("request", &["asked.requests"]),
            Number("request", &["answered.request_counts.total", "answered.total_requests"]),
            Number(
                "success",
                &[
                    "answered.request_counts.completed",
                    "answered.request_counts.succeeded",
                    "answered.succeeded_requests",
                ],
            ),
            Word(&["answered.id", "answered.name"]),
            Items("job", &["answered.data", "answered.batches"]),
        ],
    },
    Kind {
        name: "fine-tuning",
        calls: &["* fine_tuning/jobs", "* fine_tuning/jobs/*", "* fine_tuning/jobs/*/*"],
        tell: &[STATUS, ID, Items("job", &["answered.data"])],
    },
    Kind {
        name: "run",
        calls: &[
            "* threads/*/runs",
            "* threads/runs",
            "* threads/*/runs/*",
            "* threads/*/runs/*/*",
            "* threads/*/runs/*/*/*",
        ],
        tell: &[
            STATUS,
            Items("run", &["answered.data"]),
            Items("tool result", &["asked.tool_outputs"]),
            Items("tool call", &["answered.required_action.submit_tool_outputs.tool_calls"]),
            Quote(&["answered.content.*.text.value"]),
        ],
    },
    Kind {
        name: "thread message",
        calls: &["* threads/*/messages", "* threads/*/messages/*"],
        tell: &[
            Items("message", &["answered.data"]),
            Word(&["answered.role", "answered.data.*.role"]),
            Quote(&[
                "asked.content",
                "answered.content.*.text.value",
                "answered.data.*.content.*.text.value",
            ]),
        ],
    },
    Kind { name: "thread", calls: &["* threads", "* threads/*"], tell: &[ID, DELETED] },
    Kind {
        name: "assistant",
        calls: &["* assistants", "* assistants/*"],
        tell: &[
            Word(&["answered.name"]),
            Quote(&["answered.instructions"]),
            ID,
            Items("assistant", &["answered.data"]),
            DELETED,
        ],
    },
    Kind {
        name: "vector store",
        calls: &[
            "* vector_stores",
            "* vector_stores/*",
            "* vector_stores/*/*",
            "* vector_stores/*/*/*",
            "* fileSearchStores",
            "* fileSearchStores/*",
        ],
        tell: &[
            Quote(&["asked.query"]),
            Word(&["answered.name"]),
            STATUS,
            ID,
            Items("result", &["answered.data"]),
            DELETED,
        ],
    },
    Kind { name: "compaction", calls: &["POST responses/compact"], tell: &[Items("item", &["asked.input"])] },
    Kind {
        name: "stored response",
        calls: &[
            "GET responses/*",
            "DELETE responses/*",
            "POST responses/*/cancel",
            "GET responses/*/input_items",
        ],
        tell: &[Answer(&OpenAiResponses), Items("item", &["answered.data"]), DELETED],
    },
    Kind {
        name: "stored completion",
        calls: &["GET chat/completions", "* chat/completions/*", "GET chat/completions/*/messages"],
        tell: &[
            Answer(&OpenAiChat),
            Items("completion", &["answered.data"]),
            Quote(&["answered.data.*.content"]),
            DELETED,
        ],
    },
    Kind {
        name: "container",
        calls: &["* containers", "* containers/*", "* containers/*/*", "* containers/*/*/*"],
        tell: &[
            Word(&["answered.name", "answered.path"]),
            STATUS,
            ID,
            Items("container", &["answered.data"]),
            DELETED,
        ],
    },
    Kind {
        name: "conversation",
        calls: &[
            "* conversations",
            "* conversations/*",
            "* conversations/*/items",
            "* conversations/*/items/*",
        ],
        tell: &[
            ID,
            Items("item", &["asked.items", "answered.data"]),
            Quote(&["asked.inputs", "asked.inputs.*.content"]),
            Quote(&["answered.outputs.*.content", "answered.outputs.*.content.*.text"]),
            DELETED,
        ],
    },
    Kind {
        name: "cached content",
        calls: &["* cachedContents", "* cachedContents/*"],
        tell: &[Word(&["answered.name"]), Items("content", &["asked.contents", "answered.cachedContents"])],
    },
    Kind {
        name: "realtime session",
        calls: &[
            "POST realtime/sessions",
            "POST realtime/client_secrets",
            "POST realtime/calls",
            "POST realtime/transcription_sessions",
        ],
        tell: &[ID],
    },
    Kind { name: "traces", calls: &["POST traces/ingest"], tell: &[Items("span", &["asked.data"])] },
    Kind {
        name: "models",
        calls: &[
            "* models",
            "GET models/*",
            "GET models/*/*",
            "GET api/tags",
            "POST api/show",
            "POST api/pull",
            "* api/ps",
        ],
        tell: &[
            Items("model", &["answered.data", "answered.models"]),
            Word(&["answered.id", "answered.name", "asked.name"]),
            Number(
                "token of context",
                &["answered.context_length", "answered.inputTokenLimit", "answered.context_window"],
            ),
        ],
    },
];

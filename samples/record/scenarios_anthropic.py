"""The vcrpy samples of Anthropic and of MCP."""
import base64

from scenarios_providers import sse
from wire import dumps, post, reply, sample, words, x

ANTHROPIC, VERTEX = "https://api.anthropic.com", "https://europe-west1-aiplatform.googleapis.com"
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
KEY = {"x_api_key": "test-not-a-real-key", "anthropic_version": "2023-06-01"}
STREAM = {"type": "text/event-stream; charset=utf-8", "how": "chunked"}


def ask(model, messages, max_tokens=1000, **more):
    return post("/v1/messages", {"model": model, "max_tokens": max_tokens, "messages": messages, **more}, **KEY)


def message(id, model, *blocks, stop="end_turn", **more):
    counts = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "service_tier": "standard"}
    return {"id": id, "type": "message", "role": "assistant", "model": model, "content": list(blocks),
            "stop_reason": stop, "stop_sequence": None, **more, "usage": {**counts, **more.get("usage", {})}}


def error(kind, text):
    return {"type": "error", "error": {"type": kind, "message": text}}


def text(said):
    return {"type": "text", "text": said}


def user(*blocks):
    return {"role": "user", "content": list(blocks) if len(blocks) > 1 or isinstance(blocks[0], dict) else blocks[0]}


def assistant(*blocks):
    return {"role": "assistant", "content": list(blocks)}


class Events:
    """Builds the events of one streamed message; data lines are padded, as the provider pads them."""

    def __init__(self, id, model, **usage):
        self.out, self.count = [], 0
        self.event("message_start", message={**message(id, model, stop=None, usage=usage)})
        self.event("ping")

    def event(self, kind, **data):
        padding = " " * (len(self.out) * 5 % 14)
        self.out.append(f"event: {kind}\ndata: {dumps({'type': kind, **data})}{padding}\n\n")
        return self

    def block(self, start, *deltas):
        self.event("content_block_start", index=self.count, content_block=start)
        for delta in deltas:
            self.event("content_block_delta", index=self.count, delta=delta)
        self.event("content_block_stop", index=self.count)
        self.count += 1
        return self

    def say(self, said, **cited):
        pieces = [{"type": "text_delta", "text": piece} for piece in words(said)]
        cites = [{"type": "citations_delta", "citation": cited}] if cited else []
        return self.block({"type": "text", "text": "", **({"citations": []} if cited else {})}, *cites, *pieces)

    def think(self, thought):
        pieces = [{"type": "thinking_delta", "thinking": piece} for piece in words(thought)]
        return self.block({"type": "thinking", "thinking": "", "signature": ""}, *pieces,
                          {"type": "signature_delta", "signature": "c2lnbmVkLWJ5LXRoZS10aWRl"})

    def call(self, id, name, *pieces, kind="tool_use", **more):
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ("",) + pieces]
        return self.block({"type": kind, "id": id, "name": name, "input": {}, **more}, *deltas)

    def end(self, stop="end_turn", **usage):
        self.event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage=usage)
        return self.event("message_stop").reply()

    def reply(self):
        return reply("".join(self.out), **STREAM)


# --- A conversation: thinking, two calls, their results ---
TIDES = [{"name": "tide_at", "description": "Height of the tide", "input_schema": {
    "type": "object", "properties": {"place": {"type": "string"}, "hour": {"type": "integer"}}, "required": ["place"]}},
    {"name": "now", "description": "The hour", "input_schema": {"type": "object", "properties": {}}}]
settings = {"tools": TIDES, "stream": True, "thinking": {"type": "enabled", "budget_tokens": 1024},
            "system": [{"type": "text", "text": "You are a harbour pilot.", "cache_control": {"type": "ephemeral"}}]}
question = user("Can I sail into Whitby?")
thought = "Two things to know: the hour, and the height then."
calls = [{"type": "thinking", "thinking": thought, "signature": "c2lnbmVkLWJ5LXRoZS10aWRl"},
         {"type": "redacted_thinking", "data": "aGlkZGVuLWluLXRoZS1mb2c="}, text("Let me look."),
         {"type": "tool_use", "id": "toolu_tide0001", "name": "now", "input": {}},
         {"type": "tool_use", "id": "toolu_tide0002", "name": "tide_at", "input": {"place": "Whitby", "hour": 6}}]
results = user({"type": "tool_result", "tool_use_id": "toolu_tide0001", "content": "06:10"},
               {"type": "tool_result", "tool_use_id": "toolu_tide0002", "is_error": True,
                "content": [text("no gauge there since Tuesday")]})
sample("vcrpy/anthropic-stream-tools.yaml", "vcrpy-9", ANTHROPIC,
       x(ask(SONNET, [question], 4000, **settings),
         Events("msg_tide0001", SONNET, input_tokens=612, output_tokens=4).think(thought)
         .block({"type": "redacted_thinking", "data": "aGlkZGVuLWluLXRoZS1mb2c="}).say("Let me look.")
         .call("toolu_tide0001", "now").call("toolu_tide0002", "tide_at", '{"place": "Wh', 'itby", "hour"', ": 6}")
         .end("tool_use", output_tokens=131)),
       x(ask(SONNET, [question, assistant(*calls), results], 4000, **settings),
         Events("msg_tide0002", SONNET, input_tokens=5, cache_read_input_tokens=801, output_tokens=1)
         .say("Not on my word: the gauge is silent.").end(output_tokens=14)), client="httpx")

# --- Tools that the server runs, citations ---
page = {"type": "web_search_result", "title": "Eddystone", "url": "https://lights.example/eddystone",
        "encrypted_content": "ZW5jcnlwdGVk", "page_age": None}
cited = {"type": "web_search_result_location", "cited_text": "first lit in 1698", "url": page["url"], "title": "Eddystone",
         "encrypted_index": "aW5kZXg="}
search = {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 2}]}
lit = user("When was the first Eddystone light lit?")
began = [{"type": "server_tool_use", "id": "srvtoolu_lamp0001", "name": "web_search", "input": {"query": "first Eddystone light"}},
         {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_lamp0001", "content": [page]}]
sample("vcrpy/anthropic-server-tools.yaml", "vcrpy-9", ANTHROPIC,
       x(ask(HAIKU, [lit], stream=True, **search),
         Events("msg_lamp0001", HAIKU, input_tokens=310, output_tokens=2)
         .call("srvtoolu_lamp0001", "web_search", '{"query": ', '"first Eddystone light"}', kind="server_tool_use")
         .block(began[1]).end("pause_turn", input_tokens=1873, output_tokens=36, server_tool_use={"web_search_requests": 1})),
       x(ask(HAIKU, [lit, assistant(*began)], stream=True, **search),
         Events("msg_lamp0002", HAIKU, input_tokens=1921, output_tokens=3)
         .say("The tower on the Eddystone rocks was ").say("first lit in 1698", **cited).say(", and gone five years later.")
         .end(output_tokens=29)),
       x(ask(HAIKU, [user("Add up the lamps, and ask the wiki who keeps them.")],
             tools=[{"type": "code_execution_20250825", "name": "code_execution"}],
             mcp_servers=[{"type": "url", "url": "https://wiki.example/mcp", "name": "wiki", "authorization_token": "test-not-a-real-token"}]),
         reply(dumps(message(
             "msg_lamp0003", HAIKU,
             {"type": "server_tool_use", "id": "srvtoolu_lamp0002", "name": "bash_code_execution", "input": {"command": "wc -l lamps"}},
             {"type": "bash_code_execution_tool_result", "tool_use_id": "srvtoolu_lamp0002", "content": {
                 "type": "bash_code_execution_result", "stdout": "", "stderr": "wc: lamps: No such file\n", "return_code": 1,
                 "content": []}},
             {"type": "mcp_tool_use", "id": "mcptoolu_lamp0003", "name": "ask", "server_name": "wiki", "input": {"who": "keeper"}},
             {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_lamp0003", "is_error": False,
              "content": [text("Nobody since 1982.")]},
             text("No lamps that I can count, and no keeper."),
             container={"id": "container_lamp0001", "expires_at": "2025-10-09T09:53:20Z"},
             usage={"input_tokens": 2410, "output_tokens": 118})))), client="requests")

# --- What may end otherwise ---
sample("vcrpy/anthropic-endings.yaml", "vcrpy-9", ANTHROPIC,
       x(ask(HAIKU, [user("Sing.")], stream=True), reply(dumps(error("overloaded_error", "Overloaded")), 529)),
       x(ask(HAIKU, [user("Sing.")], stream=True),
         Events("msg_song0001", HAIKU, input_tokens=9, output_tokens=1)
         .event("content_block_start", index=0, content_block=text(""))
         .event("content_block_delta", index=0, delta={"type": "text_delta", "text": "What shall we do with"})
         .event("error", error={"type": "overloaded_error", "message": "Overloaded"}).reply()),
       x(ask(HAIKU, [user("Sing again.")], stream=True),
         Events("msg_song0002", HAIKU, input_tokens=10, output_tokens=1)
         .event("content_block_start", index=0, content_block=text(""))
         .event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Way hay and up she"}).reply()),
       x(ask(HAIKU, [user("(something the model declines)")]),
         reply(dumps(message("msg_song0003", HAIKU, stop="refusal", usage={"input_tokens": 12, "output_tokens": 0},
                             stop_details={"type": "refusal", "category": None, "explanation": "Not that song."})))),
       x(ask(HAIKU, [user("Go on."), assistant(text("Way hay"))], 20, stop_sequences=["rises"]),
         reply(dumps(message("msg_song0004", HAIKU,
                             {"type": "compaction", "content": "A shanty, so far.", "encrypted_content": "c29uZw=="},
                             text(" and up she "), stop="stop_sequence",
                             usage={"input_tokens": 44, "output_tokens": 6, "cache_creation_input_tokens": 7}))))
       , client="httpx")

# --- Elsewhere: Vertex, and before messages ---
sample("vcrpy/anthropic-vertex.yaml", "vcrpy-9", VERTEX,
       x(post("/v1/projects/pier/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict",
              {"anthropic_version": "vertex-2023-10-16", "max_tokens": 50, "stream": True, "messages": [user(
                  text("What is this?"), {"type": "image", "source": {
                      "type": "base64", "media_type": "image/gif",
                      "data": base64.b64encode(b"GIF89a\1\0\1\0\0\0\0;").decode()}})]}, authorization="Bearer test-not-a-real-token"),
         Events("msg_vrtx_pier0001", SONNET, input_tokens=16, output_tokens=1).say("One point of no colour.")
         .end(output_tokens=9)), client="httpx")

legacy = {"model": "claude-2.1", "prompt": "Be short.\n\nHuman: Tea?\n\nAssistant: Yes.\n\nHuman: Why?\n\nAssistant:"}
piece = {"type": "completion", "model": "claude-2.1", "stop_reason": None, "stop": None, "log_id": "compl_leaf0001",
         "id": "compl_leaf0001"}
last = {**piece, "completion": "", "stop_reason": "stop_sequence", "stop": "\n\nHuman:"}
sample("vcrpy/anthropic-complete.yaml", "vcrpy-9", ANTHROPIC,
       x(post("/v1/complete", {**legacy, "max_tokens_to_sample": 20}, **KEY),
         reply(dumps({**last, "completion": " It is raining."}))),
       x(post("/v1/complete", {**legacy, "max_tokens_to_sample": 20, "stream": True}, **KEY),
         sse(*(("completion", {**piece, "completion": part}) for part in [" It", " is", " raining."]), ("completion", last))),
       client="requests")

# --- MCP over HTTP ---
MCP = "https://tides.example"


def rpc(method, id=None, **params):
    return {"jsonrpc": "2.0", **({} if id is None else {"id": id}), "method": method, **({"params": params} if params else {})}


def result(id, **result):
    return {"jsonrpc": "2.0", "id": id, "result": result}


def to_server(body):
    return post("/mcp", body, mcp_protocol_version="2025-06-18")


hello = rpc("initialize", 0, protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "pilot", "version": "0.1.0"})
call = rpc("tools/call", 2, name="tide_at", arguments={"place": "Whitby"}, _meta={"progressToken": 2})
progress = rpc("notifications/progress", progressToken=2, progress=1, message="asking the gauge")
sample("vcrpy/mcp-http.yaml", "vcrpy-9", MCP,
       x(to_server(hello), sse(("message", result(0, protocolVersion="2025-06-18", capabilities={"tools": {}},
                                                  serverInfo={"name": "tides", "version": "2.0"})), eol="\r\n")),
       x(to_server(rpc("notifications/initialized")), reply("", 202, type=None)),
       x(to_server(rpc("tools/list", 1)), reply(dumps(result(1, tools=[
           {"name": tool["name"], "description": tool["description"], "inputSchema": tool["input_schema"]} for tool in TIDES])))),
       x(to_server(call), sse(("message", progress), ("message", result(2, isError=False, content=[text("2.4 m")],
                                                                       structuredContent={"metres": 2.4})), eol="\r\n")),
       x(to_server(rpc("resources/read", 3, uri="tides://whitby")),
         reply(dumps({"jsonrpc": "2.0", "id": 3, "error": {"code": -32002, "message": "resource not found"}}))),
       client="httpx")

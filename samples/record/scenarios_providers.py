"""The vcrpy samples of Gemini, Cohere, Mistral, Ollama, Cody, Hugging Face and Replicate."""
import base64

from wire import Stream, chat, dumps, png, post, reply, request, sample, usage, user, whole, words, x


def sse(*events, eol="\n", done=None):
    """A stream of server-sent events: data, or (name, data); data may be text."""
    out = []
    for event in events + ((done,) if done else ()):
        name, data = event if isinstance(event, tuple) else (None, event)
        data = data if isinstance(data, str) else dumps(data)
        out.append((f"event: {name}{eol}" if name else "") + f"data: {data}{eol}{eol}")
    return reply("".join(out), how="chunked", type="text/event-stream")


def lines(*values, type="application/x-ndjson"):
    return reply("".join(dumps(value) + "\n" for value in values), how="chunked", type=type)


def drawing():
    pixels = png(["....", ".##.", ".##.", "...."], {".": b"\xe8\xf4\xf8", "#": b"\x20\x60\x80"})
    return base64.b64encode(pixels).decode()


# --- Gemini ---
GEMINI = "https://generativelanguage.googleapis.com"
FLASH, JSON = "gemini-2.5-flash", "application/json; charset=UTF-8"
KEY = {"x_goog_api_key": "test-not-a-real-key"}


def said(text):
    return {"role": "user", "parts": [{"text": text}]}


def ask(body, method="generateContent", query=""):
    return post(f"/v1beta/models/{FLASH}:{method}{query}", body, **KEY)


def candidate(*parts, finish=None, **more):
    out = {"content": {"parts": list(parts), "role": "model"}, **({"finishReason": finish} if finish else {}), "index": 0}
    return {"candidates": [{**out, **more}]}


def answer(id, candidates, prompt=None, said=None, thought=None, **more):
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": said, "thoughtsTokenCount": thought}
    counts = {name: n for name, n in counts.items() if n is not None}
    counts["totalTokenCount"] = sum(counts.values())
    return {**candidates, "usageMetadata": {**counts, **more}, "modelVersion": FLASH, "responseId": id}


LOCKS = [{"functionDeclarations": [
    {"name": "lock_level", "description": "Water level in a lock", "parameters": {
        "type": "OBJECT", "properties": {"lock": {"type": "STRING"}}, "required": ["lock"]}},
    {"name": "boats_waiting", "description": "Boats before a lock", "parametersJsonSchema": {
        "type": "object", "properties": {"lock": {"type": "string"}}}}]}]
config = {"maxOutputTokens": 800, "thinkingConfig": {"includeThoughts": True}}
keeper = {"role": "user", "parts": [{"text": "You keep the canal."}]}
top = said("May I go up at Aldermaston?")
calls = [{"functionCall": {"name": "lock_level", "args": {"lock": "Aldermaston"}}, "thoughtSignature": "c2lnbmVkLW9uZQ=="},
         {"functionCall": {"name": "boats_waiting", "args": {"lock": "Aldermaston"}}}]
results = {"role": "user", "parts": [
    {"functionResponse": {"name": "lock_level", "response": {"metres": 2.4}}},
    {"functionResponse": {"name": "boats_waiting", "response": {"result": "two narrowboats"}}}]}
sample("vcrpy/gemini-stream-tools.yaml", "vcrpy-9", GEMINI,
       x(ask({"contents": [top], "tools": LOCKS, "generationConfig": config, "systemInstruction": keeper},
             "streamGenerateContent", "?alt=sse"),
         sse(answer("lock0001", candidate({"text": "**Looking at the lock**\n\nLevel first, ", "thought": True}), 96, None, 31),
             answer("lock0001", candidate({"text": "then the queue.", "thought": True}), 96, None, 44),
             answer("lock0001", candidate(calls[0]), 96, 17, 44),
             answer("lock0001", candidate(calls[1]), 96, 34, 44),
             answer("lock0001", candidate({"text": ""}, finish="STOP"), 96, 34, 44), eol="\r\n")),
       x(ask({"contents": [top, {"role": "model", "parts": calls}, results], "tools": LOCKS, "generationConfig": config,
              "system_instruction": keeper},
             "streamGenerateContent", "?alt=sse"),
         sse(answer("lock0002", candidate({"text": "Not yet: "}), 171),
             answer("lock0002", candidate({"text": "the lock is full, and two narrowboats "}), 171, 9),
             answer("lock0002", candidate({"text": "are before you."}, finish="STOP"), 171, 14), eol="\r\n")),
       client="httpx")

array = [answer("rain0001", candidate({"text": part}), 9, n + 2) for n, part in enumerate(words("Because the sea lends it, and the hills call in the debt."))]
array[-1]["candidates"][0]["finishReason"] = "STOP"
sample("vcrpy/gemini-json-array.yaml", "vcrpy-9", GEMINI,
       x(ask({"contents": [said("Why does it rain?")]}, "streamGenerateContent"),
         reply("[" + "\n,\r\n".join(dumps(item) for item in array) + "\n]\n", how="chunked", type=JSON)), client="requests")

code = [{"executableCode": {"language": "PYTHON", "code": "print(sum(n * n for n in range(1, 25)))"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "4900\n"}},
        {"text": "4900 balls: the only pile with a square base that is also a square, but for one ball."}]
sample("vcrpy/gemini-parts.yaml", "vcrpy-9", GEMINI,
       x(ask({"contents": [said("How many cannonballs are in a pile with 24 to a side?")], "tools": [{"codeExecution": {}}]}),
         reply(dumps(answer("ball0001", candidate(*code, finish="STOP"), 23, 61, toolUsePromptTokenCount=112)), type=JSON)),
       x(ask({"contents": [{"role": "user", "parts": [
             {"text": "Draw this, but in spring."},
             {"inline_data": {"mime_type": "image/png", "data": drawing()}},
             {"fileData": {"mimeType": "application/pdf", "fileUri": f"{GEMINI}/v1beta/files/spring01"}}]}],
              "generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}),
         reply(dumps(answer("pond0001", candidate({"text": "With frogspawn:"}, {"inlineData": {
             "mimeType": "image/png", "data": drawing()}}, finish="STOP"), 271, 1302)), type=JSON)),
       x(ask({"contents": [said("Tell me all of the Kalevala.")], "generationConfig": {"maxOutputTokens": 20}}),
         reply(dumps(answer("epic0001", {"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS", "index": 0}]},
                            9, None, 19)), type=JSON)),
       x(ask({"contents": [said("(something that a filter does not like)")]}),
         reply(dumps({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {
             "promptTokenCount": 9, "totalTokenCount": 9}, "modelVersion": FLASH, "responseId": "hush0001"}), type=JSON)),
       x(ask({"contents": [said("Hello?")]}),
         reply(dumps({"error": {"code": 429, "message": "You exceeded your current quota.", "status": "RESOURCE_EXHAUSTED"}}),
               429, type=JSON)), client="requests")


def step(kind, index, **more):
    return (f"step.{kind}", {"index": index, **more, "event_type": f"step.{kind}"})


def around(kind, **more):
    body = {"id": "v1_moth0001", "object": "interaction", "model": FLASH, **more}
    return (f"interaction.{kind}", {"interaction": body, "event_type": f"interaction.{kind}"})


counts = {"total_tokens": 66, "total_input_tokens": 21, "total_output_tokens": 14, "total_thought_tokens": 31, "total_cached_tokens": 0}
sample("vcrpy/gemini-interactions.yaml", "vcrpy-9", GEMINI,
       x(post("/v1beta/interactions", {
           "model": FLASH, "input": "Which moth came to the lamp?", "stream": True,
           "tools": [{"type": "function", "name": "lamp", "description": "What sits at the lamp", "parameters": {"type": "object"}}],
           "generation_config": {"thinking_level": "low"}}, **KEY),
         sse(around("created", status="in_progress"), step("start", 0, step={"type": "thought"}),
             step("delta", 0, delta={"type": "thought_summary", "content": {"type": "text", "text": "I have to look."}}),
             step("delta", 0, delta={"type": "thought_signature", "signature": "c2lnbmVkLXR3bw=="}), step("stop", 0),
             step("start", 1, step={"type": "function_call", "id": "lamp0001", "name": "lamp", "arguments": {}}),
             step("delta", 1, delta={"type": "arguments_delta", "arguments": '{"minutes":'}),
             step("delta", 1, delta={"type": "arguments_delta", "arguments": "5}"}), step("stop", 1),
             around("completed", status="requires_action", usage=counts), done=("done", "[DONE]"))),
       x(post("/v1beta/interactions", {
           "model": FLASH, "previous_interaction_id": "v1_moth0001",
           "input": [{"type": "function_result", "call_id": "lamp0001", "name": "lamp", "result": "a brimstone moth"}]}, **KEY),
         reply(dumps({"id": "v1_moth0002", "object": "interaction", "model": FLASH, "status": "completed", "steps": [
             {"type": "thought", "signature": "c2lnbmVkLXR3bw=="},
             {"type": "model_output", "content": [{"type": "text", "text": "A brimstone: yellow, with brown corners."}]}],
             "usage": {**counts, "total_tokens": 71}}))), client="httpx")

# --- Cohere ---
COHERE, COMMAND = "https://api.cohere.com", "command-a-03-2025"


def event(kind, **more):
    return (kind, {"type": kind, **more})


def delta(kind, index=None, **message):
    return event(kind, **({"index": index} if index is not None else {}), delta={"message": message})


def called(index, id, name, *pieces):
    return [delta("tool-call-start", index, tool_calls={"id": id, "type": "function", "function": {"name": name, "arguments": ""}}),
            *[delta("tool-call-delta", index, tool_calls={"function": {"arguments": piece}}) for piece in pieces],
            event("tool-call-end", index=index)]


def closing(finish, billed, tokens, **more):
    units = {"billed_units": dict(zip(("input_tokens", "output_tokens"), billed)),
             "tokens": dict(zip(("input_tokens", "output_tokens"), tokens)), **more}
    return event("message-end", delta={"finish_reason": finish, "usage": units})


def begun(id):
    return event("message-start", id=id, delta={"message": {"role": "assistant", "content": [], "tool_plan": "",
                                                            "tool_calls": [], "citations": []}})


APPLES = [{"type": "function", "function": {"name": "ripe", "description": "When an apple is ripe", "parameters": {
    "type": "object", "properties": {"apple": {"type": "string"}}, "required": ["apple"]}}}]
orchard = [{"role": "system", "content": "You keep the orchard."}, user("Bramley or Discovery first?")]
ripe = [{"id": f"ripe_{n}", "type": "function", "function": {"name": "ripe", "arguments": dumps({"apple": apple})}}
        for n, apple in enumerate(["Bramley", "Discovery"])]
sample("vcrpy/cohere-stream-tools.yaml", "vcrpy-9", COHERE,
       x(post("/v2/chat", {"model": COMMAND, "messages": orchard, "tools": APPLES, "stream": True}),
         sse(begun("b0000001"), *[delta("tool-plan-delta", tool_plan=part) for part in words("I will look both of them up.")],
             *called(0, "ripe_0", "ripe", '{"apple":', ' "Bramley"}'), *called(1, "ripe_1", "ripe", '{"apple":', ' "Discovery"}'),
             closing("TOOL_CALL", (41.0, 27.0), (1480.0, 61.0), cached_tokens=1392.0))),
       x(post("/v2/chat", {"model": COMMAND, "tools": APPLES, "stream": True, "messages": orchard + [
           {"role": "assistant", "tool_plan": "I will look both of them up.", "tool_calls": ripe},
           {"role": "tool", "tool_call_id": "ripe_0", "content": [{"type": "document", "document": {"data": {"month": "October"}}}]},
           {"role": "tool", "tool_call_id": "ripe_1", "content": "August"}]}),
         sse(begun("b0000002"), delta("content-start", 0, content={"type": "thinking", "thinking": ""}),
             delta("content-delta", 0, content={"thinking": "August is before October."}), event("content-end", index=0),
             delta("content-start", 1, content={"type": "text", "text": ""}),
             *[delta("content-delta", 1, content={"text": part}) for part in words("Discovery, by two months.")],
             delta("citation-start", 0, citations={"start": 14, "end": 24, "text": "two months", "type": "TEXT_CONTENT", "sources": []}),
             event("citation-end", index=0), event("content-end", index=1),
             closing("COMPLETE", (97.0, 19.0), (1591.0, 33.0)))), client="httpx")


def old(kind, end=False, **more):
    return {"is_finished": end, "event_type": kind, **more}


kite = "A tail, mostly: three times as long as the kite."
meta = {"api_version": {"version": "1"}, "billed_units": {"input_tokens": 24, "output_tokens": 13},
        "tokens": {"input_tokens": 88, "output_tokens": 13}}
sample("vcrpy/cohere-v1-stream.yaml", "vcrpy-9", COHERE,
       x(post("/v1/chat", {"model": "command-r", "preamble": "Be brief.", "message": "What does mine lack?", "stream": True,
                           "chat_history": [{"role": "USER", "message": "Why do kites fall?"},
                                            {"role": "CHATBOT", "message": "They turn over."}]}),
         lines(old("stream-start", generation_id="kite0001"),
               *[old("text-generation", text=part) for part in words(kite)],
               old("stream-end", True, finish_reason="COMPLETE", response={
                   "response_id": "kite0000", "text": kite, "generation_id": "kite0001", "finish_reason": "COMPLETE", "meta": meta}),
               type="application/stream+json")),
       x(post("/v1/generate", {"model": "command-light", "prompt": "Name two knots.", "num_generations": 2}),
         reply(dumps({"id": "knot0001", "generations": [
             {"id": "knot0002", "text": " Bowline, sheet bend.", "finish_reason": "COMPLETE"},
             {"id": "knot0003", "text": " Reef, and granny.", "finish_reason": "COMPLETE"}],
             "prompt": "Name two knots.", "meta": {"billed_units": {"input_tokens": 4, "output_tokens": 12}}}))),
       client="requests")

# --- Ollama ---
OLLAMA, QWEN = "http://localhost:11434", "qwen3:8b"


def line(done=False, **more):
    return {"model": QWEN, "created_at": "2025-10-09T08:53:20.000000001Z", **more, "done": done,
            **({"done_reason": "stop", "total_duration": 812345678, "prompt_eval_count": 31, "eval_count": 24} if done else {})}


def mumbled(text="", **more):
    return {"message": {"role": "assistant", "content": text, **more}}


sample("vcrpy/ollama-chat.yaml", "vcrpy-9", OLLAMA,
       x(post("/api/chat", {"model": QWEN, "messages": [user("Is the kettle on?")], "options": {"temperature": 0}, "tools": [
           {"type": "function", "function": {"name": "kettle", "description": "State of the kettle", "parameters": {
               "type": "object", "properties": {"room": {"type": "string"}}}}}]}),
         lines(line(**mumbled(thinking="I should ")), line(**mumbled(thinking="ask.")),
               line(**mumbled(tool_calls=[{"function": {"name": "kettle", "arguments": {"room": "galley"}}}])),
               line(True, **mumbled()))),
       x(post("/api/chat", {"model": QWEN, "stream": False, "messages": [
           user("Is the kettle on?"), {"role": "assistant", "content": "", "tool_calls": [
               {"function": {"name": "kettle", "arguments": {"room": "galley"}}}]},
           {"role": "tool", "tool_name": "kettle", "content": "whistling"}]}),
         reply(dumps(line(True, **mumbled("It has been for a while."))))),
       x(post("/api/generate", {"model": QWEN, "system": "One word.", "prompt": "Tea or coffee?"}),
         lines(line(response="T"), line(response="ea"), line(True, response="."))),
       x(post("/api/generate", {"model": QWEN, "prompt": "Say nothing."}), lines(line(True, response=""))),
       client="requests")

# --- Mistral: OpenAI's protocol, but content may be a list ---
def thought(text):
    return [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]


mud = Stream("mud00001", "magistral-small-2509").delta({"role": "assistant", "content": ""})
for part in ["Mud ", "weighs more ", "than it looks."]:
    mud.delta({"content": thought(part)})
mud.delta({"content": ""}).say("Take the long way.").delta({"content": ""}, "stop", usage={**usage(14, 23), "num_cached_tokens": 0})
sample("vcrpy/mistral-stream-thinking.yaml", "vcrpy-9", "https://api.mistral.ai",
       x(chat("magistral-small-latest", [user("Through the bog or round it?")], stream=True), mud.reply()),
       x(chat("magistral-small-latest", [user("And with a bicycle?")]),
         whole("mud00002", "magistral-small-2509", {"content": thought("The same.") + [{"type": "text", "text": "Round, ringing."}]},
               usage=usage(12, 9))), client="httpx")

# --- others ---
human = [{"speaker": "system", "text": "You are a rubber duck."}, {"speaker": "human", "text": "Why is my loop endless?"}]
quack = "Nothing in it changes its condition."
pieces = words(quack)
sample("vcrpy/cody-stream.yaml", "vcrpy-9", "https://sourcegraph.example",
       x(post("/.api/completions/stream?api-version=8", {"model": "anthropic::1::duck", "messages": human, "maxTokensToSample": 99}),
         sse(*[("completion", {"deltaText": part}) for part in pieces[:-1]],
             ("completion", {"deltaText": pieces[-1], "stopReason": "end_turn"}), done=("done", {}))),
       x(post("/.api/completions/stream?api-version=1", {"messages": human, "maxTokensToSample": 99}),
         sse(*[("completion", {"completion": "".join(pieces[:n + 1]), "stopReason": ""}) for n in range(len(pieces))],
             done=("done", {}))), client="httpx")


def token(index, text, special=False, full=None, details=None):
    return {"index": index, "token": {"id": 100 + index, "text": text, "logprob": -0.5, "special": special},
            "generated_text": full, "details": details}


limerick = {"inputs": "There once was a hen from", "parameters": {"max_new_tokens": 8, "return_full_text": False}}
sample("vcrpy/huggingface-text-generation.yaml", "vcrpy-9", "https://api-inference.huggingface.co",
       x(post("/models/harbour/puffin-8b", {**limerick, "stream": True}),
         sse(token(1, " Brest"), token(2, "</s>", True, " Brest", {
             "finish_reason": "eos_token", "generated_tokens": 2, "seed": None, "input_length": 8}))),
       x(post("/models/harbour/puffin-8b", limerick), reply(dumps([{"generated_text": " Brest, who laid eggs"}]))),
       client="requests")

REPLICATE = "https://api.replicate.com"
pending = {"id": "gull0001", "model": "harbour/puffin-8b", "version": "hidden", "status": "starting", "output": None, "error": None,
           "input": {"prompt": "Cry like a gull.", "max_tokens": 12},
           "urls": {"get": f"{REPLICATE}/v1/predictions/gull0001", "stream": "https://stream.replicate.com/v1/files/gull0001"}}
sample("vcrpy/replicate-prediction.yaml", "vcrpy-9", REPLICATE,
       x(post("/v1/models/harbour/puffin-8b/predictions", {"input": pending["input"]}), reply(dumps(pending), 201)),
       x(request("GET", "/v1/predictions/gull0001"), reply(dumps({
           **pending, "status": "succeeded", "output": ["Keow", " – ", "keow!"],
           "metrics": {"input_token_count": 9, "output_token_count": 7, "predict_time": 0.4}}))), client="requests")

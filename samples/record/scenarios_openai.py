"""The vcrpy samples of OpenAI Responses, the older completions, and calls that generate nothing."""
import base64

from wire import OPENAI, ROUTER, T0, dumps, post, png, reply, request, sample, words, x

MINI, DATED = "gpt-5-mini", "gpt-5-mini-2025-08-07"


def counts(read, written, thought=0, cached=0):
    return {"input_tokens": read, "input_tokens_details": {"cached_tokens": cached}, "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": thought}, "total_tokens": read + written}


def answer(id, *items, status="completed", usage=None, model=DATED, **more):
    return {"id": id, "object": "response", "created_at": T0, "status": status, "error": None,
            "incomplete_details": None, "model": model, "output": list(items), "previous_response_id": None,
            "usage": usage, **more}


def message(id, text, status="completed", **more):
    part = {"type": "output_text", "annotations": [], "text": text, **more}
    return {"id": id, "type": "message", "status": status, "role": "assistant", "content": [part]}


def thought(id, *summaries, **more):
    return {"id": id, "type": "reasoning", "summary": [{"type": "summary_text", "text": t} for t in summaries], **more}


def called(id, call_id, name, arguments, status="completed"):
    return {"id": id, "type": "function_call", "status": status, "arguments": arguments, "call_id": call_id, "name": name}


class Turn:
    """Builds the events of one streamed response: each item begun, in pieces and whole, and all again at the end."""

    def __init__(self, id, **more):
        self.id, self.more, self.items, self.out = id, more, [], []
        for kind in ("created", "in_progress"):
            self.add("response." + kind, response=answer(id, status="in_progress", **more))

    def add(self, kind, **fields):
        self.out.append((kind, {"type": kind, "sequence_number": len(self.out), **fields}))
        return self

    def item(self, item, begun, *events):
        at = {"item_id": item["id"], "output_index": len(self.items)}
        self.add("response.output_item.added", output_index=at["output_index"], item={**item, "status": "in_progress", **begun})
        for kind, fields in events:
            self.add("response." + kind, **at, **fields)
        self.add("response.output_item.done", output_index=at["output_index"], item=item)
        self.items.append(item)
        return self

    def say(self, id, text):
        part = {"content_index": 0}
        empty = {"type": "output_text", "annotations": [], "text": ""}
        return self.item(message(id, text), {"content": []},
                         ("content_part.added", {**part, "part": empty}),
                         *[("output_text.delta", {**part, "delta": word}) for word in words(text)],
                         ("output_text.done", {**part, "text": text}),
                         ("content_part.done", {**part, "part": {**empty, "text": text}}))

    def think(self, id, *texts):
        events = []
        for at, text in enumerate(texts):
            events += [("reasoning_summary_text.delta", {"summary_index": at, "delta": word}) for word in words(text)]
            events.append(("reasoning_summary_text.done", {"summary_index": at, "text": text}))
        return self.item(thought(id, *texts), {"summary": []}, *events)

    def call(self, id, call_id, name, arguments):
        cut = [arguments[at:at + 6] for at in range(0, len(arguments), 6)]
        return self.item(called(id, call_id, name, arguments), {"arguments": ""},
                         *[("function_call_arguments.delta", {"delta": piece}) for piece in cut],
                         ("function_call_arguments.done", {"arguments": arguments}))

    def end(self, usage, status="completed", kind=None, **more):
        return self.add("response." + (kind or status), response=answer(
            self.id, *self.items, status=status, usage=usage, **{**self.more, **more}))

    def reply(self, done="", named=True, how="chunked"):
        text = "".join((f"event: {kind}\n" if named else "") + f"data: {dumps(data)}\n\n" for kind, data in self.out)
        return reply(text + done, type="text/event-stream", how=how)


def ask(input, model=MINI, path="/v1/responses", **more):
    return post(path, {"model": model, "input": input, **more})


def user(text):
    return {"role": "user", "content": text}


def output(call_id, text):
    return {"type": "function_call_output", "call_id": call_id, "output": text}


# --- a conversation in two streams: reasoning, two calls, their results, an answer ---
TIDES = [{"type": "function", "name": "tide", "description": "Height of the tide", "strict": True, "parameters": {
    "type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"], "additionalProperties": False}}]
first = (Turn("resp_tide0001").think("rs_tide0001", "**Two ports**\n\nBoth heights are needed.", "**Ask for both**\n\nAt once.")
         .call("fc_tide0001", "call_tide0001", "tide", '{"port":"Whitby"}')
         .call("fc_tide0002", "call_tide0002", "tide", '{"port":"Oban"}').end(counts(71, 54, 20)))
second = Turn("resp_tide0002").say("msg_tide0002", "Whitby, by far: 5.4 m against 3.9 m at Oban. Take boots.").end(counts(160, 21, 0, 64))
sample("vcrpy/openai-responses-stream-tools.yaml", "vcrpy-9", OPENAI,
       x(ask([user("Where is the tide higher, Whitby or Oban?")], instructions="Answer in one line.", tools=TIDES,
             stream=True, reasoning={"effort": "low", "summary": "auto"}), first.reply()),
       x(ask([output("call_tide0001", "5.4"), output("call_tide0002", "3.9")], tools=TIDES, stream=True,
             previous_response_id="resp_tide0001"), second.reply()), client="httpx")

# --- tools that the server runs ---
drawing = base64.b64encode(png(["....", ".##.", ".##.", "...."], {".": b"\xf8\xf4\xe8", "#": b"\x80\x20\x20"})).decode()
citation = {"type": "url_citation", "start_index": 0, "end_index": 11, "title": "Lights", "url": "https://example.org/lights"}
harbour = {"server_label": "harbour"}
sample("vcrpy/openai-responses-server-tools.yaml", "vcrpy-9", OPENAI,
       x(ask("Which light is the oldest, and how old is it in days?", tools=[{"type": "web_search"}, {
             "type": "code_interpreter", "container": {"type": "auto"}}, {"type": "file_search", "vector_store_ids": ["vs_lights"]}]),
         reply(dumps(answer(
             "resp_light0001",
             {"id": "ws_light0001", "type": "web_search_call", "status": "completed",
              "action": {"type": "search", "query": "oldest lighthouse"}},
             {"id": "fs_light0001", "type": "file_search_call", "status": "completed", "queries": ["oldest light"],
              "results": [{"file_id": "file_lights", "filename": "lights.txt", "score": 0.81, "text": "Hercules: still lit."}]},
             {"id": "ci_light0001", "type": "code_interpreter_call", "status": "completed", "container_id": "cntr_1",
              "code": "1900 * 365.25", "outputs": [{"type": "logs", "logs": "693975.0"}]},
             message("msg_light0001", "A Coruña: some 694,000 days.", annotations=[citation]),
             usage=counts(3120, 88, 40))))),
       x(ask("When does the harbour close? And draw its gate.", tools=[
             {"type": "mcp", **harbour, "server_url": "https://mcp.harbour.example", "require_approval": "never"},
             {"type": "image_generation"}]),
         reply(dumps(answer(
             "resp_gate0001",
             {"id": "mcpl_gate0001", "type": "mcp_list_tools", **harbour, "tools": [{"name": "hours", "input_schema": {}}]},
             {"id": "mcp_gate0001", "type": "mcp_call", "status": "completed", **harbour, "name": "hours",
              "arguments": '{"day":"friday"}', "output": "06:00-21:30", "error": None},
             {"id": "mcp_gate0002", "type": "mcp_call", "status": "failed", **harbour, "name": "hours",
              "arguments": '{"day":"easter"}', "output": None, "error": {"type": "http_error", "code": 500, "message": "no such day"}},
             {"id": "ig_gate0001", "type": "image_generation_call", "status": "completed", "output_format": "png",
              "size": "4x4", "result": drawing},
             message("msg_gate0001", "At half past nine."), usage=counts(410, 35))))), client="requests")

# --- reasoning told as it is, events without names, and a last [DONE] ---
text = "Low water is at noon."
s = Turn("gen-low0001", model="deepseek/deepseek-r1").item(
    {"id": "rs_tmp_1", "type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Six hours after high."}]},
    {"content": []}, ("reasoning_text.delta", {"content_index": 0, "delta": "Six hours"}),
    ("reasoning_text.delta", {"content_index": 0, "delta": " after high."})).say("msg_tmp_1", text)
sample("vcrpy/openrouter-responses-stream.yaml", "vcrpy-9", ROUTER,
       x(ask("When is low water?", model="deepseek/deepseek-r1", path="/api/v1/responses", stream=True),
         s.end(counts(9, 14, 6)).reply(": OPENROUTER PROCESSING\n\ndata: [DONE]\n\n", named=False)), client="requests")

# --- ends that are not the good one ---
story = ask("Tell me of the kraken.", stream=True, max_output_tokens=16)
short = Turn("resp_kraken01").say("msg_kraken01", "It slept below the").end(
    counts(12, 16), "incomplete", incomplete_details={"reason": "max_output_tokens"})
failed = Turn("resp_kraken02").say("msg_kraken02", "It slept").end(
    None, "failed", error={"code": "server_error", "message": "The kraken woke."})
broken = Turn("resp_kraken03").say("msg_kraken03", "It slept").add(
    "error", code="rate_limit_exceeded", message="One kraken at a time.", param=None)
cut = Turn("resp_kraken04").say("msg_kraken04", "It slept below the ice.")
cut.out = cut.out[:-4]
edited = Turn("resp_kraken05").say("msg_kraken05", "It slept below the ice.")
edited.items[0]["content"][0]["text"] = "It slept below the REDACTED."
edited.end(counts(12, 7))
sample("vcrpy/openai-responses-bad-ends.yaml", "vcrpy-9", OPENAI,
       *[x(story, turn.reply(how=how)) for turn, how in (
           (short, "chunked"), (failed, "chunked"), (broken, "chunked"), (cut, "close"), (edited, "chunked"))],
       x(ask("Tell me of the kraken.", temperature=-1), reply(dumps({"error": {
           "message": "Invalid 'temperature': expected a value >= 0.", "type": "invalid_request_error",
           "param": "temperature", "code": "decimal_below_min_value"}}), 400)), client="requests")

# --- in the background: queued, then fetched until it is there ---
stored = "/v1/responses/resp_bell0001"
sample("vcrpy/openai-responses-background.yaml", "vcrpy-9", OPENAI,
       x(ask("How many bells is noon?", background=True), reply(dumps(answer("resp_bell0001", status="queued", background=True)))),
       x(request("GET", stored), reply(dumps(answer("resp_bell0001", status="in_progress", background=True)))),
       x(request("GET", stored), reply(dumps(answer(
           "resp_bell0001", message("msg_bell0001", "Eight bells."), background=True, usage=counts(12, 4))))),
       client="requests")


# --- the older completions ---
def piece(text, index=0, finish=None):
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish}


def completion(*choices, **more):
    return {"id": "cmpl-rope0001", "object": "text_completion", "created": T0, "model": "davinci-002", "choices": choices, **more}


pieces = [completion(piece(word)) for word in words(" hitch, of course.")] + [completion(piece("", finish="stop"))]
sample("vcrpy/openai-completions.yaml", "vcrpy-9", OPENAI,
       x(post("/v1/completions", {"model": "davinci-002", "prompt": "Round turn and two half", "max_tokens": 3, "n": 2}),
         reply(dumps(completion(piece(" hitches hold", 0, "length"), piece(" hitches.", 1, "stop"), usage={
             "prompt_tokens": 6, "completion_tokens": 5, "total_tokens": 11})))),
       x(post("/v1/completions", {"model": "davinci-002", "prompt": "A clove", "stream": True}),
         reply("".join(f"data: {dumps(chunk)}\n\n" for chunk in pieces) + "data: [DONE]\n\n", type="text/event-stream",
               how="chunked")), client="requests")

# --- calls that generate nothing ---
run = {"id": "run_knot1", "object": "thread.run", "thread_id": "thread_knot1", "model": "gpt-4o-mini"}
said = {"id": "msg_knot2", "object": "thread.message", "role": "assistant", "content": [
    {"type": "text", "text": {"value": "A bowline.", "annotations": []}}]}
events = [("thread.run.created", {**run, "status": "queued"}), ("thread.message.completed", said), ("thread.run.completed", {
    **run, "status": "completed", "usage": {"prompt_tokens": 30, "completion_tokens": 4, "total_tokens": 34}}), ("done", "[DONE]")]
stream = "".join(f"event: {name}\ndata: {data if name == 'done' else dumps(data)}\n\n" for name, data in events)
sample("vcrpy/openai-other-calls.yaml", "vcrpy-9", OPENAI,
       x(request("GET", "/v1/models"), reply(dumps({"object": "list", "data": [{"id": m, "object": "model"} for m in (MINI, DATED)]}))),
       x(post("/v1/embeddings", {"model": "text-embedding-3-small", "input": ["rope", "chain"], "dimensions": 4}),
         reply(dumps({"object": "list", "model": "text-embedding-3-small", "data": [
             {"object": "embedding", "index": i, "embedding": [0.5, -0.5, 0.5, -0.5]} for i in (0, 1)],
             "usage": {"prompt_tokens": 2, "total_tokens": 2}}))),
       x(post("/v1/moderations", {"model": "omni-moderation-latest", "input": "Keelhaul him!"}),
         reply(dumps({"id": "modr-1", "model": "omni-moderation-latest", "results": [{"flagged": True, "categories": {"violence": True}}]}))),
       x(post("/v1/responses/input_tokens", {"model": MINI, "input": "How many fathoms?"}),
         reply(dumps({"object": "response.input_tokens", "input_tokens": 11}))),
       x(request("DELETE", "/v1/files/file-chart1"), reply(dumps({"id": "file-chart1", "object": "file", "deleted": True}))),
       x(post("/v1/images/generations", {"model": "gpt-image-1", "prompt": "A red buoy", "size": "1024x1024"}),
         reply(dumps({"created": T0, "data": [{"b64_json": drawing}], "usage": {
             "input_tokens": 9, "output_tokens": 272, "total_tokens": 281}}))),
       x(post("/v1/batches", {"input_file_id": "file-b1", "endpoint": "/v1/responses", "completion_window": "24h"}),
         reply(dumps({"id": "batch_1", "object": "batch", "status": "validating", "request_counts": {
             "total": 0, "completed": 0, "failed": 0}}))),
       x(post("/v1/threads/thread_knot1/messages", {"role": "user", "content": "Which knot makes a loop?"}),
         reply(dumps({"id": "msg_knot1", "object": "thread.message", "role": "user", "content": [
             {"type": "text", "text": {"value": "Which knot makes a loop?", "annotations": []}}]}))),
       x(post("/v1/threads/thread_knot1/runs", {"assistant_id": "asst_knot1", "stream": True}),
         reply(stream, type="text/event-stream", how="chunked")),
       x(post("/v1/embeddings", {"model": "text-embedding-0", "input": "rope"}), reply(dumps({"error": {
           "message": "The model `text-embedding-0` does not exist.", "type": "invalid_request_error", "code": "model_not_found"}}), 404)),
       client="requests")

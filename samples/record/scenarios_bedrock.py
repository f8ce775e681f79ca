"""The Bedrock samples: AWS event streams, Converse, and InvokeModel of every family."""
import base64
import struct
import zlib

from wire import dumps, post, reply, sample, words, x

BEDROCK = "https://bedrock-runtime.eu-west-1.amazonaws.com"
NOVA, CLAUDE = "eu.amazon.nova-lite-v1%3A0", "eu.anthropic.claude-haiku-4-5-20251001-v1%3A0"


def frame(payload, **headers):
    """One frame of an AWS event stream; headers are strings, and `event_type` is `:event-type`."""
    head = b""
    for name, value in headers.items():
        name, value = (":" + name.replace("_", "-")).encode(), value.encode()
        head += struct.pack(">B", len(name)) + name + struct.pack(">BH", 7, len(value)) + value
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    text = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return text + struct.pack(">I", zlib.crc32(text))


def event(name, padding="abc", **data):
    return frame(dumps({**data, "p": padding}).encode(), event_type=name, content_type="application/json",
                 message_type="event")


def chunk(**data):
    return event("chunk", "abcdefgh", bytes=base64.b64encode(dumps(data).encode()).decode())


def exception(name, message):
    return frame(dumps({"message": message}).encode(), exception_type=name, content_type="application/json",
                 message_type="exception")


def frames(*parts):
    return reply(b"".join(parts), type="application/vnd.amazon.eventstream", how="chunked")


def delta(index, **delta):
    return event("contentBlockDelta", contentBlockIndex=index, delta=delta)


def say(index, text):
    return [delta(index, text=part) for part in words(text)]


def stop(index):
    return event("contentBlockStop", contentBlockIndex=index)


def end(reason, **usage):
    return [event("messageStop", stopReason=reason), event("metadata", usage=usage, metrics={"latencyMs": 640})]


def user(text):
    return {"role": "user", "content": [{"text": text}]}


def converse(messages, model=NOVA, stream=False, **more):
    return post(f"/model/{model}/converse" + "-stream" * stream, {"messages": messages, **more})


def invoke(model, stream=False, **body):
    return post(f"/model/{model}/invoke" + "-with-response-stream" * stream, body)


# --- Converse: a tool, its result, and a cache ---
asked = [user("Is the ferry to Skerry Sound running?")]
ferry = {"toolSpec": {"name": "ferry_status", "description": "Whether a ferry runs today",
                      "inputSchema": {"json": {"type": "object", "properties": {"to": {"type": "string"}}}}}}
more = {"system": [{"text": "You keep the harbour's timetable."}, {"cachePoint": {"type": "default"}}],
        "toolConfig": {"tools": [ferry]}, "inferenceConfig": {"maxTokens": 200}}
called = {"role": "assistant", "content": [
    {"text": "I ask the pier."}, {"toolUse": {"toolUseId": "tooluse_ferry0001", "name": "ferry_status",
                                              "input": {"to": "Skerry Sound"}}}]}
result = {"role": "user", "content": [{"toolResult": {
    "toolUseId": "tooluse_ferry0001", "content": [{"json": {"running": False, "wind": 9}}], "status": "success"}}]}


def answer(message, reason, **usage):
    return reply(dumps({"metrics": {"latencyMs": 512}, "output": {"message": message}, "stopReason": reason,
                        "usage": usage}))


sample("vcrpy/bedrock-converse.yaml", "vcrpy-9", BEDROCK,
       x(converse(asked, **more), answer(called, "tool_use", inputTokens=41, outputTokens=22, totalTokens=1087,
                                         cacheReadInputTokens=1024, cacheWriteInputTokens=0)),
       x(converse([*asked, called, result], **more),
         answer({"role": "assistant", "content": [{"text": "Not today: it blows nine on the pier."}]}, "end_turn",
                inputTokens=88, outputTokens=13, totalTokens=101)),
       x(converse(asked, "eu.amazon.nova-lite-v9%3A9"),
         reply(dumps({"message": "The provided model identifier is invalid."}), 400)), client="requests")

# --- ConverseStream: thinking, a tool that the server runs, an exception, bytes that a gateway made text ---
sums = [user("How many eggs in 17 gross?")]
thought = [event("messageStart", role="assistant"),
           *[delta(0, reasoningContent={"text": part}) for part in words("A gross is twelve dozen. I had better count.")],
           delta(0, reasoningContent={"signature": "c2lnbmVk"}), stop(0)]
ran = [event("contentBlockStart", contentBlockIndex=1, start={"toolUse": {
           "toolUseId": "tooluse_eggs0001", "name": "nova_code_interpreter", "type": "server_tool_use"}}),
       delta(1, toolUse={"input": '{"snippet":'}), delta(1, toolUse={"input": '"17 * 144"}'}), stop(1),
       event("contentBlockStart", contentBlockIndex=2, start={"toolResult": {
           "toolUseId": "tooluse_eggs0001", "type": "nova_code_interpreter_result", "status": "success"}}),
       delta(2, toolResult=[{"json": {"stdOut": "2448", "exitCode": 0}}]), stop(2)]
told = [*say(3, "Two thousand four hundred and forty-eight. Mind the basket."), stop(3),
        *end("end_turn", inputTokens=18, outputTokens=64, totalTokens=82)]
half = [event("messageStart", role="assistant"), *say(0, "Two thousand four")]
sample("vcrpy/bedrock-converse-stream.yaml", "vcrpy-9", BEDROCK,
       x(converse(sums, stream=True), frames(*thought, *ran, *told)),
       x(converse(sums, stream=True), frames(*half, exception("modelStreamErrorException", "The hen is on strike."))),
       client="requests")
destroyed = b"".join([event("messageStart", role="assistant"), *told]).decode(errors="replace")
sample("vcrpy/bedrock-destroyed-frames.yaml", "vcrpy-9", BEDROCK,
       x(converse(sums, stream=True), reply(destroyed, type="application/vnd.amazon.eventstream")), client="requests")

# --- InvokeModel: Claude in frames ---
claude = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100,
          "messages": [{"role": "user", "content": "Name a knot for a wet rope."}]}
knot = [chunk(type="message_start", message={
            "id": "msg_bdrk_knot0001", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001",
            "content": [], "stop_reason": None, "usage": {"input_tokens": 15, "output_tokens": 1}}),
        chunk(type="content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *[chunk(type="content_block_delta", index=0, delta={"type": "text_delta", "text": part})
          for part in words("The bowline – it comes undone again, even wet.")],
        chunk(type="content_block_stop", index=0),
        chunk(type="message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 16}),
        chunk(**{"type": "message_stop", "amazon-bedrock-invocationMetrics": {
            "inputTokenCount": 15, "outputTokenCount": 16, "invocationLatency": 700, "firstByteLatency": 310}})]
sample("go-vcr/bedrock-claude-stream.yaml", "go-vcr-v2-brief", BEDROCK,
       x(invoke(CLAUDE, stream=True, **claude), frames(*knot)))

# --- InvokeModel: every family in its own shape ---
PLEASE = "A word for the sound of rain on tin?"
SAID = "Patter, and in a gale a drumming."
sample("vcrpy/bedrock-families.yaml", "vcrpy-9", BEDROCK,
       x(invoke("amazon.titan-text-express-v1", inputText=PLEASE, textGenerationConfig={"maxTokenCount": 60}),
         reply(dumps({"inputTextTokenCount": 10, "results": [
             {"tokenCount": 9, "outputText": SAID, "completionReason": "FINISH"}]}))),
       x(invoke(NOVA, schemaVersion="messages-v1", messages=[user(PLEASE)], inferenceConfig={"maxTokens": 60}),
         reply(dumps({"output": {"message": {"role": "assistant", "content": [{"text": SAID}]}},
                      "stopReason": "end_turn", "usage": {"inputTokens": 10, "outputTokens": 9, "totalTokens": 19}}))),
       x(invoke("meta.llama3-8b-instruct-v1%3A0", prompt=PLEASE, max_gen_len=60),
         reply(dumps({"generation": SAID, "prompt_token_count": 10, "generation_token_count": 9,
                      "stop_reason": "stop"}))),
       x(invoke("mistral.mistral-7b-instruct-v0%3A2", prompt=PLEASE, max_tokens=60),
         reply(dumps({"outputs": [{"text": SAID, "stop_reason": "stop"}]}))),
       x(invoke("cohere.command-text-v14", prompt=PLEASE, max_tokens=60),
         reply(dumps({"id": "rain-0001", "generations": [
             {"id": "rain-0002", "text": SAID, "finish_reason": "COMPLETE"}], "prompt": PLEASE}))),
       x(invoke("cohere.command-r-v1%3A0", message=PLEASE),
         reply(dumps({"text": SAID, "generation_id": "rain-0003", "finish_reason": "COMPLETE"}))),
       x(invoke("ai21.jamba-1-5-mini-v1%3A0", messages=[{"role": "user", "content": PLEASE}]),
         reply(dumps({"id": "rain-0004", "choices": [{"index": 0, "message": {"role": "assistant", "content": SAID},
                                                      "finish_reason": "stop"}],
                      "usage": {"prompt_tokens": 10, "completion_tokens": 9, "total_tokens": 19}}))),
       x(invoke("us.deepseek.r1-v1%3A0", prompt=PLEASE, max_tokens=60),
         reply(dumps({"choices": [{"text": SAID, "stop_reason": "stop"}]}))),
       x(invoke("anthropic.claude-v2%3A1", prompt=f"\n\nHuman: {PLEASE}\n\nAssistant:", max_tokens_to_sample=60),
         reply(dumps({"type": "completion", "completion": " " + SAID, "stop_reason": "stop_sequence",
                      "stop": "\n\nHuman:"}))),
       x(invoke("amazon.titan-text-express-v1", stream=True, inputText=PLEASE),
         frames(chunk(outputText=SAID[:12], index=0, inputTextTokenCount=10, completionReason=None),
                chunk(**{"outputText": SAID[12:], "index": 0, "totalOutputTextTokenCount": 9, "completionReason": "FINISH",
                         "amazon-bedrock-invocationMetrics": {"inputTokenCount": 10, "outputTokenCount": 9}}))),
       client="requests")

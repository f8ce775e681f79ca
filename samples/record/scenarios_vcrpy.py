"""The vcrpy samples: what a small app asked and what its provider answered."""
import base64
import gzip
import math
import struct

from wire import OPENAI, T0, Stream, call, chat, dumps, reply, request, sample, system, tool, usage, user, whole, words, x

MINI, DATED = "gpt-4.1-mini", "gpt-4.1-mini-2025-04-14"


def zipped(text, type="application/json"):
    return reply(gzip.compress(text.encode(), mtime=0), type=type, content_encoding="gzip")


def answer(id, text, tokens=(20, 20)):
    """The text of a plain chat.completion."""
    return whole(id, DATED, {"content": text, "refusal": None}, usage=usage(*tokens, 0, 0))["body"].decode()


# --- the ways a body is kept ---
beans = chat(MINI, [user("When do I sow broad beans?")])
beans_said = answer("chatcmpl-bean0001", "In November, if you trust your winter; in March, if you do not.", (14, 19))
sample("vcrpy/openai-gzip.yaml", "vcrpy-6", OPENAI, x(beans, zipped(beans_said)), client="requests")
sample("vcrpy/openai-gzip-decoded.yaml", "vcrpy-6", OPENAI, x(beans, zipped(beans_said)),
       client="requests", options={"decode_compressed_response": True})
sample("vcrpy/openai-gzip-header-stays.yaml", "vcrpy-9", OPENAI, x(beans, zipped(beans_said)), client="requests")
try:
    import brotli
    sample("vcrpy/openai-brotli.yaml", "vcrpy-6", OPENAI,
           x(beans, reply(brotli.compress(beans_said.encode()), content_encoding="br")), client="requests")
except ImportError:  # needed beside vcrpy 6 only
    pass

s = Stream("chatcmpl-bees0001", DATED, system_fingerprint="fp_hive000001")
s.delta({"role": "assistant", "content": ""}).say("They hang in a ball and hum. The queen is in the middle, and it is warm there.")
s.delta({}, "stop").chunk([], usage=usage(16, 21, 0, 0))
hive = chat(MINI, [user("What do bees do at Christmas?")], stream=True, stream_options={"include_usage": True})
sample("vcrpy/openai-stream.yaml", "vcrpy-9", OPENAI, x(hive, s.reply()), client="httpx")
sample("vcrpy/openai-stream-literal.yaml", "vcrpy-9", OPENAI, x(hive, s.reply()), client="httpx", serializer="literal")
sample("vcrpy/openai-stream-gzip.yaml", "vcrpy-6", OPENAI, x(hive, zipped(s.text(), "text/event-stream")),
       client="requests")

s = Stream("chatcmpl-dawn0001", DATED)
s.delta({"role": "assistant", "content": ""})
s.say("Wren at 04:12 – loud for ten grams. 🐦 Then the blackbird, « comme une flûte ». 鶯 not heard.").delta({}, "stop")
sample("vcrpy/openai-stream-unicode.yaml", "vcrpy-9", OPENAI,
       x(chat(MINI, [user("Write up the dawn chorus 🌅, please.")], stream=True), s.reply()), client="httpx")
sample("vcrpy/openai-emoji.yaml", "vcrpy-9", OPENAI,
       x(chat(MINI, [system("Réponds en une ligne."), user("Un haïku sur le thé 🍵 ?")]),
         whole("chatcmpl-haiku001", DATED, {"content": "Vapeur du matin 🍵\nla tasse attend, patiente\n– déjà l’hirondelle",
                                            "refusal": None}, usage=usage(24, 25, 0, 0))), client="urllib3")
json_stream = Stream("chatcmpl-knot0001", DATED)
json_stream.delta({"role": "assistant", "content": ""}).say("Over, under, round – and never trust a granny. 🪢")
json_stream.delta({}, "stop")
sample("vcrpy/openai-json.json", "vcrpy-9", OPENAI,
       x(chat(MINI, [user("Which knot for two ropes?")]),
         reply(answer("chatcmpl-knot0000", "The sheet bend, thick rope making the bight.", (13, 11)))),
       x(chat(MINI, [user("And how?")], stream=True), json_stream.reply()), client="requests", serializer="json")

# --- no body, an empty body, a 204; and errors that are not SSE ---
GATE = "https://llm.harbour.example"
sample("vcrpy/gateway-empty-bodies.yaml", "vcrpy-9", GATE,
       x(request("GET", "/health"), reply("", type="text/plain")),
       x(request("POST", "/v1/cache/clear", ""), reply("", 204, type=None)),
       x(request("GET", "/v1/models/puffin-8b"), reply(dumps({"id": "puffin-8b", "object": "model", "owned_by": "harbour"}))),
       client=("requests", "requests", "httpx"))
stone = chat("puffin-8b", [user("Skip a stone for me.")], stream=True)
sample("vcrpy/gateway-errors.yaml", "vcrpy-9", GATE,
       x(stone, reply(dumps({"error": {"message": "Incorrect API key provided: sk-test-****0000.", "type":
                                       "invalid_request_error", "param": None, "code": "invalid_api_key"}}), 401)),
       x(stone, reply("<html>\n<head><title>502 Bad Gateway</title></head>\n<body>The tide is out.</body>\n</html>\n",
                      502, type="text/html")),
       x(stone, reply("plop, plop, plop", type="text/plain")), client="requests")

# --- other dialects of the cassette ---
sample("vcrpy/openai-old-httpx-stub.yaml", "vcrpy-5", OPENAI,
       x(chat(MINI, [user("Is it worth mending an umbrella?")]),
         zipped(answer("chatcmpl-rib0001", "One rib, yes. Two ribs, keep it for parts.", (15, 14)))),
       x(chat(MINI, [user("Three?")], stream=True),
         Stream("chatcmpl-rib0002", DATED).delta({"role": "assistant", "content": ""}).say("Then it is a kite.")
         .delta({}, "stop").reply()), client="httpx")
mackerel = x(chat(MINI, [user("Best bait for mackerel?")]),
             reply(answer("chatcmpl-hook0001", "A bare hook and a bit of silver foil.", (13, 11))))
sample("vcrpy/openai-aiohttp.yaml", "vcrpy-6", OPENAI, mackerel, client="aiohttp")
sample("vcrpy/openai-istr-keys-new.yaml", "vcrpy-5", OPENAI, mackerel, client="proxy")
sample("vcrpy/openai-istr-keys-apply.yaml", "vcrpy-6", OPENAI, mackerel, client="proxy")

JAM = [tool("set_point", "Temperature at which a jam sets", fruit="string")]
jam = [user("How hot for quince jelly?")]
jam_call = call("call_jam00000000000000001", "set_point", '{"fruit":"quince"}')
s = Stream("chatcmpl-jam0002", DATED).delta({"role": "assistant", "content": ""})
s.say("104.5 °C, or when a drop wrinkles on a cold plate.").delta({}, "stop")
sample("vcrpy/openai-parsed-body.yaml", "vcrpy-9", OPENAI,
       x(chat(MINI, jam, tools=JAM),
         whole("chatcmpl-jam0001", DATED, {"content": None, "tool_calls": [jam_call], "refusal": None},
               "tool_calls", usage(61, 15, 0, 0))),
       x(chat(MINI, jam + [{"role": "assistant", "content": None, "tool_calls": [jam_call]},
                           {"role": "tool", "tool_call_id": jam_call["id"], "content": "104.5"}], tools=JAM, stream=True),
         s.reply()), client="httpx", serializer="parsed_body")
sample("vcrpy/gateway-data-body.json", "vcrpy-9", GATE,
       x(chat("puffin-8b", [user("Name a star.")]),
         whole("chatcmpl-star0001", "puffin-8b", {"content": "Mizar. Look twice: there is Alcor."}, usage=usage(9, 10))),
       client="requests", serializer="data")
sample("vcrpy/openai-parallel-lists.yaml.gz", "vcrpy-9", OPENAI,
       x(chat(MINI, [user("Odds in a three-legged race?")]),
         reply(answer("chatcmpl-race0001", "Better than for either of you alone with one leg.", (13, 12)))),
       x(chat(MINI, [user("And tied with a scarf? 🧣")]),
         reply(answer("chatcmpl-race0002", "Warm, and last. 🧣", (15, 7)))), client="requests", serializer="parallel_lists")

# --- odd tool calls ---
GARDEN = [tool("water", "Water a bed", bed="string", litres="integer"), tool("wait", "Do nothing for a while")]
s = Stream("chatcmpl-rose0001", "puffin-8b")
for part in ['{"bed":', '"roses",', '"litres":9}']:
    s.delta({"role": "assistant", "content": None, "tool_calls": [call("call_w1", "water", part, index=0)]})
s.delta({"role": "assistant", "content": ""}, "tool_calls")
sample("vcrpy/gateway-tool-id-repeated.yaml", "vcrpy-9", GATE,
       x(chat("puffin-8b", [user("The roses look sad.")], tools=GARDEN, stream=True), s.reply()), client="requests")

s = Stream("chatcmpl-rose0002", "puffin-8b")
s.delta({"role": "assistant", "content": None, "tool_calls": [call("call_w1", "water", "")]})
for part in ['{"bed":"peas",', '"litres":4}']:
    s.delta({"tool_calls": [{"function": {"arguments": part}}]})
s.delta({}, "tool_calls")
sample("vcrpy/gateway-tool-no-index.yaml", "vcrpy-9", GATE,
       x(chat("puffin-8b", [user("The peas look sad.")], tools=GARDEN, stream=True), s.reply()), client="requests")

s = Stream("chatcmpl-rose0003", "puffin-8b")
parts = [['{"bed":', '"figs",', '"litres":7}'], ['{"bed":', '"sage",', '"litres":1}']]
for i in (0, 1):
    s.delta({"tool_calls": [call(f"call_w{i}", "water", "", index=i)]})
for pair in zip(*parts):
    for i in (0, 1):
        s.delta({"tool_calls": [{"index": i, "function": {"arguments": pair[i]}}]})
s.delta({}, "tool_calls")
sample("vcrpy/gateway-tools-interleaved.yaml", "vcrpy-9", GATE,
       x(chat("puffin-8b", [user("Figs and sage, both dry.")], tools=GARDEN, stream=True), s.reply()), client="requests")

s = Stream("chatcmpl-rose0005", "puffin-8b")
s.delta({"tool_calls": [{"index": 0, "id": "call_n2", "type": "function", "function": {"name": "wait", "arguments": None}}]})
s.delta({"tool_calls": [{"index": 1, "id": "call_n3", "type": "function", "function": {"name": "wait"}}]}, "tool_calls")
sample("vcrpy/gateway-tool-arguments-null.yaml", "vcrpy-9", GATE,
       x(chat("puffin-8b", [user("Leave the roses be.")], tools=GARDEN),
         whole("chatcmpl-rose0004", "puffin-8b", {"content": None, "tool_calls": [
             call("call_n1", "wait", None), {"type": "function", "function": {"name": "wait"}}]}, "tool_calls",
             usage(88, 9))),
       x(chat("puffin-8b", [user("And the peas.")], tools=GARDEN, stream=True), s.reply()), client="requests")

sample("vcrpy/openai-custom-tool.yaml", "vcrpy-9", OPENAI,
       x(chat("gpt-5-mini", [user("Turtle: draw a square.")],
              tools=[{"type": "custom", "custom": {"name": "logo", "description": "Runs a line of Logo"}}]),
         whole("chatcmpl-logo0001", "gpt-5-mini-2025-08-07", {"content": None, "refusal": None, "annotations": [],
               "tool_calls": [{"id": "call_logo0000000000000001", "type": "custom", "custom": {
                   "name": "logo", "input": "repeat 4 [\n  forward 100\n  right 90\n]"}}]},
               "tool_calls", usage(58, 97, 0, 64))), client="requests")

s = Stream("chatcmpl-fn0002", "gpt-3.5-turbo-0613")
s.delta({"role": "assistant", "content": None, "function_call": {"name": "ring", "arguments": ""}})
for part in ['{"bell":', '"tenor",', '"times":8}']:
    s.delta({"function_call": {"arguments": part}})
s.delta({}, "function_call")
RING = [tool("ring", "Ring a church bell", bell="string", times="integer")["function"]]
sample("vcrpy/openai-legacy-function-call.yaml", "vcrpy-9", OPENAI,
       x(chat("gpt-3.5-turbo-0613", [user("Ring the treble once.")], functions=RING),
         whole("chatcmpl-fn0001", "gpt-3.5-turbo-0613", {"content": None, "function_call": {
             "name": "ring", "arguments": '{"bell":"treble","times":1}'}}, "function_call", usage(60, 18))),
       x(chat("gpt-3.5-turbo-0613", [user("Eight o'clock on the tenor."), ], functions=RING, stream=True), s.reply()),
       client="requests")

# --- audio, logprobs, text beside content ---
samples = bytes(128 + int(90 * math.sin(i / 2)) for i in range(64))
wav = (b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
       + b"data" + struct.pack("<I", len(samples)) + samples)
sample("vcrpy/openai-audio.yaml", "vcrpy-9", OPENAI,
       x(chat("gpt-4o-audio-preview", [user("Say mind the step.")], modalities=["text", "audio"],
              audio={"voice": "alloy", "format": "wav"}),
         whole("chatcmpl-step0001", "gpt-4o-audio-preview-2024-12-17", {"content": None, "refusal": None, "audio": {
             "id": "audio_step0001", "data": base64.b64encode(wav).decode(), "expires_at": T0 + 3600,
             "transcript": "Mind the step."}}, usage=usage(16, 24, 0, 0))), client="requests")


def logprob(token, p, *others):
    top = [(token, p), *others]
    one = [{"token": t, "logprob": v, "bytes": list(t.encode())} for t, v in top]
    return {**one[0], "top_logprobs": one}


coin = [logprob("Heads", -0.6421, ("Tails", -0.7471)), logprob(".", -0.0312, ("!", -3.48))]
s = Stream("chatcmpl-coin0002", DATED).delta({"role": "assistant", "content": ""}, choice={"logprobs": None})
for entry in coin:
    s.delta({"content": entry["token"]}, choice={"logprobs": {"content": [entry], "refusal": None}})
s.delta({}, "stop", choice={"logprobs": None})
toss = [user("Toss a coin. One word.")]
sample("vcrpy/openai-logprobs.yaml", "vcrpy-9", OPENAI,
       x(chat(MINI, toss, logprobs=True, top_logprobs=2),
         whole("chatcmpl-coin0001", DATED, {"content": "Heads.", "refusal": None}, usage=usage(14, 2, 0, 0),
               choice={"logprobs": {"content": coin, "refusal": None}})),
       x(chat(MINI, toss, logprobs=True, top_logprobs=2, stream=True), s.reply()), client="requests")

s = Stream("owl-0001", "deepseek-ai/DeepSeek-R1")
for part in words("<think>A rhyme for orange. There is none. There is Blorenge.</think>Blorenge: a hill in Wales."):
    s.delta({"role": "assistant", "content": part}, choice={"text": part, "logprobs": None})
s.delta({"content": ""}, "stop", choice={"text": "", "seed": 7}, usage=usage(10, 27))
sample("vcrpy/together-text-beside-content.yaml", "vcrpy-9", "https://api.together.xyz",
       x(chat("deepseek-ai/DeepSeek-R1", [user("Rhyme orange.")], stream=True), s.reply()), client="requests")

# --- server-sent events as the specification has them and providers seldom do ---
ODD = chat("puffin-8b", [user("Count to three.")], stream=True)


def count(id):
    return (Stream(id, "puffin-8b").delta({"role": "assistant", "content": "One,"}).delta({"content": " two,"})
            .delta({"content": " three."}, "stop"))


def odd(text):
    return x(ODD, reply(text, type="text/event-stream", how="chunked"))


sample("vcrpy/sse-line-ends.yaml", "vcrpy-9", GATE,
       odd(count("sse-crlf").text("\r\n")), odd(count("sse-cr").text("\r")),
       odd(count("sse-no-blank-line").text().rstrip("\n")), odd("\ufeff" + count("sse-bom").text()), client="requests")
many = count("sse-fields")
many.out[0] = "retry: 3000\nid: 1\nevent: message\n" + many.out[0].replace('"choices"', '\ndata: "choices"')
many.out[1] = ": two comes next\nid: 2\ndata:" + many.out[1][6:] + "\nunknown: field"
after = count("sse-after-done")
after.raw("data: [DONE]").delta({"content": " Four!"}).raw("data: ").raw("data")
sample("vcrpy/sse-fields.yaml", "vcrpy-9", GATE, odd(many.text()), odd(after.text()),
       odd(": ping\n\n" + count("sse-not-json").raw("data: {broken").text()),
       x(ODD, reply(dumps({"error": {"message": "The counting house is closed.", "code": 503}}), 503,
                    type="text/event-stream")), client="requests")

# --- one conversation: limited and sent again, other instructions, an answer edited, a fork; a helper's own beside it ---
ask = [user("Which tern nests on the skerry?")]
keeper, brief = system("You keep the log of a lighthouse."), system("You keep the log of a lighthouse. Be brief.")
said = [{"role": "assistant", "content": t} for t in ("The Arctic tern, from May on.", "The Arctic tern.")]
eggs, gone = user("How many eggs?"), user("And when are they gone?")
count = [tool("count_nests", "Count nests on a rock", rock="string")]
counting = call("call_nest0001", "count_nests", '{"rock":"north"}')
helper = [system("You count nests on photographs."), user("north rock")]
nests = [{"role": "assistant", "content": None, "tool_calls": [counting]},
         {"role": "tool", "tool_call_id": "call_nest0001", "content": "41 nests"}]
limited = reply(dumps({"error": {"message": "Rate limit reached for gpt-4.1-mini.", "type": "requests",
                                 "param": None, "code": "rate_limit_exceeded"}}), status=429)
sample("vcrpy/openai-history.yaml", "vcrpy-9", OPENAI,
       x(chat(MINI, [keeper, *ask], tools=count), limited),
       x(chat(MINI, [keeper, *ask], tools=count), reply(answer("chatcmpl-tern0001", said[0]["content"], (58, 9)))),
       x(chat(MINI, [brief, *ask, said[0], eggs], tools=count),
         reply(answer("chatcmpl-tern0002", "Two, now and then three.", (80, 8)))),
       x(chat(MINI, [keeper, *ask, said[1], gone], tools=count),
         whole("chatcmpl-tern0003", DATED, {"content": None, "tool_calls": [counting], "refusal": None}, "tool_calls",
               usage(76, 17, 0, 0))),
       x(chat(MINI, helper), reply(answer("chatcmpl-tern0004", "41 nests", (22, 4)))),
       x(chat(MINI, [keeper, *ask, said[1], gone, *nests], tools=count),
         reply(answer("chatcmpl-tern0005", "By the end of August, all 41 pairs.", (104, 12)))), client="requests")

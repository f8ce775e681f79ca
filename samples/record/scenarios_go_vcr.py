"""The go-vcr samples: what a small app asked and what its provider answered."""
import base64
import gzip
import re

from wire import (FAKE_KEY, GROQ, OPENAI, ROUTER, T0, Stream, call, chat, dumps, png, reply, request, sample, system,
                  tool, usage, user, whole, words, x)

# --- two tools at once, then the answer; the same run on another day, to diff ---
KEEPER = [tool("tide_table", "High and low water at a harbour", harbour="string", date="string"),
          tool("lamp_oil", "Litres left in a tank", tank="string")]


def keeper(file, n, model, harbour, oil, answer, tokens):
    asked = [system("You keep the log of a lighthouse. Be brief."),
             user("When is high water tonight, and will the lamp oil last till morning?")]
    ids = [f"call_tide{n}00000000000000000", f"call_oil{n}000000000000000000"]
    arguments = ['{"harbour":"%s","date":"2025-10-09"}' % harbour, '{"tank":"north"}']
    more = dict(tools=KEEPER, stream=True, stream_options={"include_usage": True})

    first = Stream(f"chatcmpl-lighthouse{n}a", model, T0 + n * 86400)
    lp = {"logprobs": None}
    for i, (id, name, args) in enumerate(zip(ids, ["tide_table", "lamp_oil"], arguments)):
        role = {"role": "assistant", "content": None} if i == 0 else {}
        first.delta({**role, "tool_calls": [{"index": i, "id": id, "type": "function",
                     "function": {"name": name, "arguments": ""}}]}, choice=lp, usage=None)
        for part in re.findall(r'[{}]|"[^"]*"[:,]?', args):
            first.delta({"tool_calls": [{"index": i, "function": {"arguments": part}}]}, choice=lp, usage=None)
    first.delta({}, "tool_calls", choice=lp, usage=None)
    first.chunk([], usage=usage(118, 46, 0, 0))

    second = Stream(f"chatcmpl-lighthouse{n}b", model, T0 + n * 86400 + 3)
    second.delta({"role": "assistant", "content": "", "refusal": None}, choice=lp, usage=None)
    second.say(answer, choice=lp, usage=None).delta({}, "stop", choice=lp, usage=None)
    second.chunk([], usage=usage(197, tokens, 0, 0))

    results = asked + [
        {"role": "assistant", "tool_calls": [call(i, t, a) for i, t, a in
                                             zip(ids, ["tide_table", "lamp_oil"], arguments)]},
        {"role": "tool", "tool_call_id": ids[0], "content": '{"high":"21:40","low":"03:52","metres":4.1}'},
        {"role": "tool", "tool_call_id": ids[1], "content": oil}]
    sample(file, "go-vcr-v2-brief", OPENAI,
           x(chat("gpt-4.1-mini", asked, **more), first.reply()),
           x(chat("gpt-4.1-mini", results, **more), second.reply()))


keeper("go-vcr/openai-parallel-tools.yaml", 1, "gpt-4.1-mini-2025-04-14", "Skerry Sound", '{"litres":38,"per_hour":3}',
       "High water is at 21:40, 4.1 m. With 38 litres at 3 an hour the lamp burns for twelve hours and a bit: "
       "it will see the dawn.", 34)
keeper("go-vcr/openai-parallel-tools-rerun.yaml", 2, "gpt-4.1-mini-2025-04-14", "Skerry Sound North",
       '{"litres":24,"per_hour":3}',
       "High water is at 21:40, 4.1 m. With 24 litres at 3 an hour the lamp burns for eight hours: "
       "fill the north tank before midnight.", 31)

# --- groq: usage in x_groq on the finish chunk; a whole call in one delta ---
LLAMA = "llama-3.3-70b-versatile"
wheel = [user("My bicycle wheel wobbles left. One sentence, please.")]
s = Stream("chatcmpl-wheel0001", LLAMA, system_fingerprint="fp_spoke00001")
s.delta({"role": "assistant", "content": ""}, choice={"logprobs": None}, x_groq={"id": "req_wheel0001"})
s.say("Find the spot that rubs on the left, then tighten the two right-hand spokes there a quarter turn, and spin again.",
      choice={"logprobs": None})
s.delta({}, "stop", choice={"logprobs": None}, x_groq={"id": "req_wheel0001", "usage": {
    "queue_time": 0.0212, "prompt_time": 0.0031, "completion_time": 0.0874, "total_time": 0.0905, **usage(48, 27)}})
sample("go-vcr/groq-stream.yaml", "go-vcr-v2-brief", GROQ,
       x(chat(LLAMA, wheel, "/openai/v1/chat/completions", stream=True), s.reply()))

SPANNER = [tool("spoke_tension", "Tension of one spoke", spoke="integer"), tool("spin", "Spin the wheel", seconds="integer")]
s = Stream("chatcmpl-wheel0002", LLAMA, system_fingerprint="fp_spoke00001")
s.delta({"role": "assistant", "content": None}, x_groq={"id": "req_wheel0002"})
s.delta({"tool_calls": [call("call_sp01", "spoke_tension", '{"spoke":7}', index=0)]})
s.delta({"tool_calls": [call("call_sp02", "spin", '{"seconds":3}', index=1)]})
s.delta({}, "tool_calls", x_groq={"id": "req_wheel0002", "usage": usage(212, 33)}).chunk([], usage=usage(212, 33))
sample("go-vcr/groq-whole-call-deltas.yaml", "go-vcr-v2-brief-2", GROQ,
       x(chat(LLAMA, [user("Check spoke 7, then spin it for three seconds.")], "/openai/v1/chat/completions",
              tools=SPANNER, stream=True), s.reply()))

# --- openai: one whole answer with cached and reasoning tokens ---
sample("go-vcr/openai-whole-answer.yaml", "go-vcr-v2-full", OPENAI,
       x(chat("gpt-5-mini", [{"role": "developer", "content": "You are a tea master. Answer in two lines."},
                             user("Gunpowder green: how hot, how long?")], reasoning_effort="low"),
         whole("chatcmpl-tea0001", "gpt-5-mini-2025-08-07",
               {"content": "80 °C, ninety seconds.\nThe second pot wants twenty seconds more.", "refusal": None,
                "annotations": []},
               usage=usage(1187, 214, 1152, 192), service_tier="default", system_fingerprint=None,
               headers=dict(openai_processing_ms="2417", x_request_id="req_tea0001"))))

# --- azure: empty first chunk, content filter results ---
s = Stream("chatcmpl-kite0001", "gpt-4.1-mini-2025-04-14", system_fingerprint="fp_kite000001")
safe = {k: {"filtered": False, "severity": "safe"} for k in ("hate", "self_harm", "sexual", "violence")}
s.raw("data: " + dumps({"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": [
    {"prompt_index": 0, "content_filter_results": safe}]}))
s.delta({"role": "assistant", "content": "", "refusal": None}, choice={"content_filter_results": {}})
s.say("Add a tail of paper bows: a kite that spins has too little drag behind it.",
      choice={"content_filter_results": {}})
s.delta({}, "stop", choice={"content_filter_results": {}})
s.chunk([{"content_filter_offsets": {"check_offset": 0, "end_offset": 74}, "content_filter_results": safe,
          "finish_reason": None, "index": 0}], usage=None)
sample("go-vcr/azure-stream.yaml", "go-vcr-v2-brief-2", "https://kite-club.openai.azure.com",
       x(chat("gpt-4.1-mini", [user("Why does my kite spin?")],
              "/openai/deployments/gpt-4.1-mini/chat/completions?api-version=2025-01-01-preview",
              stream=True), s.reply()))

# --- a 429 with Retry-After, then the same request again ---
bread = chat("gpt-4.1-mini", [user("Is my sourdough starter dead? It smells of pears.")])
sample("go-vcr/openai-rate-limit.yaml", "go-vcr-v2-full", OPENAI,
       x(bread, reply(dumps({"error": {
           "message": "Rate limit reached for gpt-4.1-mini on requests per min (RPM): Limit 3, Used 3, Requested 1. "
                      "Please try again in 20s.",
           "type": "requests", "param": None, "code": "rate_limit_exceeded"}}), 429, retry_after="20",
           x_ratelimit_limit_requests="3", x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="20s")),
       x(bread, whole("chatcmpl-bread0001", "gpt-4.1-mini-2025-04-14",
                      {"content": "Pears mean it is alive and hungry. Feed it tonight.", "refusal": None},
                      usage=usage(19, 14, 0, 0), headers=dict(x_ratelimit_remaining_requests="2"))))

# --- openrouter: comment lines, reasoning twice ---
GLM = "z-ai/glm-4.6"
s = Stream("gen-owl0001", GLM, provider="Z.AI").raw(": OPENROUTER PROCESSING").raw(": OPENROUTER PROCESSING")
for part in words("Two hoots, a pause, a long one. Low and hollow. That is a tawny owl, not a barn owl."):
    s.delta({"role": "assistant", "content": "", "reasoning": part,
             "reasoning_details": [{"type": "reasoning.text", "text": part, "format": "unknown", "index": 0}]},
            choice={"native_finish_reason": None, "logprobs": None})
s.raw(": OPENROUTER PROCESSING")
for part in words("A tawny owl. Barn owls never hoot; they screech."):
    s.delta({"role": "assistant", "content": part}, choice={"native_finish_reason": None, "logprobs": None})
s.delta({"role": "assistant", "content": ""}, "stop", choice={"native_finish_reason": "stop", "logprobs": None})
s.delta({"role": "assistant", "content": ""}, None, choice={"native_finish_reason": None, "logprobs": None},
        usage=usage(31, 42, 0, 28, cost=0.00009317, is_byok=False))
sample("go-vcr/openrouter-reasoning.yaml", "go-vcr-v2-brief-2", ROUTER,
       x(chat(GLM, [user("Which owl goes hoot-hoot ... hoooo?")], "/api/v1/chat/completions",
              reasoning={"enabled": True}, stream=True), s.reply()))

# --- openrouter: an error beside choices and usage, mid-stream ---
s = Stream("gen-soup0001", GLM, provider="Z.AI").raw(": OPENROUTER PROCESSING")
for part in words("Leek soup, in three steps. First, wash the leeks twice, because"):
    s.delta({"role": "assistant", "content": part}, choice={"native_finish_reason": None, "logprobs": None})
s.delta({"role": "assistant", "content": ""}, "error", choice={"native_finish_reason": "abort", "logprobs": None},
        error={"code": 502, "message": "Upstream error: the provider hung up"}, usage=usage(14, 17, 0, 0))
s.delta({"role": "assistant", "content": ""}, None, choice={"native_finish_reason": None, "logprobs": None})
sample("go-vcr/openrouter-midstream-error.yaml", "go-vcr-v2-brief-2", ROUTER,
       x(chat(GLM, [user("A leek soup, please.")], "/api/v1/chat/completions", stream=True), s.reply()))

# --- groq: event: error ends the stream, without [DONE] ---
s = Stream("chatcmpl-clock0001", "openai/gpt-oss-120b", system_fingerprint="fp_clock00001")
s.delta({"role": "assistant", "content": ""}, x_groq={"id": "req_clock0001"})
s.say("The pendulum wants the clock to be asked first.", key="reasoning", choice={"logprobs": None})
s.say("Let me ask the clock.")
s.raw("event: error\ndata: " + dumps({"error": {
    "message": "Tool call validation failed: attempted to call tool 'ask_clock' which was not in request.tools",
    "type": "invalid_request_error", "code": "tool_use_failed", "status_code": 400,
    "failed_generation": '{"name": "ask_clock", "arguments": {"room":"hall"}}'}}))
sample("go-vcr/groq-midstream-error.yaml", "go-vcr-v2-brief", GROQ,
       x(chat("openai/gpt-oss-120b", [user("Is the hall clock slow?")], "/openai/v1/chat/completions", stream=True,
              tools=[tool("ask_pendulum", "Measure one swing", room="string")]), s.reply(done=False)))

# --- deepseek: reasoning_content, usage on the finish chunk ---
s = Stream("deep0001-0000-4000-8000-000000000001", "deepseek-reasoner", system_fingerprint="fp_moss00001")
s.delta({"role": "assistant", "content": None, "reasoning_content": ""}, choice={"logprobs": None})
for part in words("Moss likes shade and wet. North sides stay wet, but so do deep woods on every side."):
    s.delta({"content": None, "reasoning_content": part}, choice={"logprobs": None})
for part in words("Only in open country. In a wet wood it grows all round the tree."):
    s.delta({"content": part, "reasoning_content": None}, choice={"logprobs": None})
s.delta({"content": "", "reasoning_content": None}, "stop", choice={"logprobs": None},
        usage={**usage(15, 41), "prompt_tokens_details": {"cached_tokens": 0},
               "completion_tokens_details": {"reasoning_tokens": 22},
               "prompt_cache_hit_tokens": 0, "prompt_cache_miss_tokens": 15})
sample("go-vcr/deepseek-reasoning-v1.yaml", "go-vcr-v1", "https://api.deepseek.com",
       x(chat("deepseek-reasoner", [user("Does moss show north?")], "/chat/completions", stream=True), s.reply()))

# --- two choices, interleaved, with obfuscation padding ---
s = Stream("chatcmpl-boat0001", "gpt-4.1-nano-2025-04-14", service_tier="default", system_fingerprint="fp_boat000001")
names = [words("Patience of Oban, because she waits for the tide."),
         words("Second Breakfast, for the smell of her galley at nine.")]
for i in (0, 1):
    s.delta({"role": "assistant", "content": "", "refusal": None}, index=i, choice={"logprobs": None}, obfuscation="Zq4")
for k in range(max(map(len, names))):
    for i in (1, 0) if k % 2 else (0, 1):
        if k < len(names[i]):
            s.delta({"content": names[i][k]}, index=i, choice={"logprobs": None}, obfuscation="x9TfK"[: 5 - k % 4])
for i in (1, 0):
    s.delta({}, "stop", index=i, choice={"logprobs": None}, obfuscation="m")
sample("go-vcr/openai-two-choices.yaml", "go-vcr-v2-brief-2", OPENAI,
       x(chat("gpt-4.1-nano", [user("A name for a small blue boat?")], n=2, stream=True), s.reply()))

# --- refusal deltas ---
s = Stream("chatcmpl-lock0001", "gpt-4o-2024-08-06", system_fingerprint="fp_lock000001")
s.delta({"role": "assistant", "content": None, "refusal": ""}, choice={"logprobs": None})
s.say("I'm sorry, I can't help with opening a neighbour's shed.", key="refusal", choice={"logprobs": None})
s.delta({}, "stop", choice={"logprobs": None})
sample("go-vcr/openai-refusal.yaml", "go-vcr-v2-brief-2", OPENAI,
       x(chat("gpt-4o", [user("How do I open my neighbour's shed? He has my rake.")], stream=True,
              response_format={"type": "json_schema", "json_schema": {"name": "steps", "strict": True, "schema": {
                  "type": "object", "properties": {"steps": {"type": "array", "items": {"type": "string"}}},
                  "required": ["steps"], "additionalProperties": False}}}), s.reply()))

# --- a stream that was cut in the middle of an event ---
s = Stream("chatcmpl-fog0001", "gpt-4.1-mini-2025-04-14")
s.delta({"role": "assistant", "content": ""}, choice={"logprobs": None})
s.say("Fog since four. Horn every two minutes. A ship answered from the west, and then", choice={"logprobs": None})
cut = s.text(done=False)[:-60]
sample("go-vcr/openai-cut-stream-v1.yaml", "go-vcr-v1", OPENAI,
       x(chat("gpt-4.1-mini", [user("Write tonight's entry in the fog log.")], stream=True),
         reply(cut, how="close", type="text/event-stream")))

# --- gzip bodies that the client did not undo ---
soup = dumps({"id": "chatcmpl-zip0001", "object": "chat.completion", "created": T0, "model": "gpt-4.1-mini-2025-04-14",
              "choices": [{"index": 0, "message": {"role": "assistant", "refusal": None, "content":
                           "Pack the jumpers first, roll them tight, and put the heavy boots on top: "
                           "a trunk closes best when somebody sits on it. 🧳"},
                           "logprobs": None, "finish_reason": "stop"}], "usage": usage(17, 39, 0, 0)})
zipped = reply(gzip.compress(soup.encode(), mtime=0), content_encoding="gzip")
trunk = [user("How do I close an overfull trunk?")]
sample("go-vcr/openai-gzip-body.yaml", "go-vcr-v2-full", OPENAI,
       x(chat("gpt-4.1-mini", trunk, headers={"accept_encoding": "gzip"}), zipped))
s = Stream("chatcmpl-zip0002", "gpt-4.1-mini-2025-04-14")
s.delta({"role": "assistant", "content": ""}).say("Sit on it, and have a friend turn the key. 🔑").delta({}, "stop")
sample("go-vcr/openai-gzip-stream-v1.yaml", "go-vcr-v1", OPENAI,
       x(chat("gpt-4.1-mini", trunk, stream=True, headers={"accept_encoding": "gzip"}),
         reply(gzip.compress(s.text().encode(), mtime=0), type="text/event-stream", content_encoding="gzip")))

# --- a plain conversation, v1 layout ---
first = [system("You mend clocks. You speak like one: short."), user("It stops at ten past four, every day.")]
answer = "A bent tooth.\nLook at the centre wheel, where it stops."
sample("go-vcr/openai-two-turns-v1.yaml", "go-vcr-v1", OPENAI,
       x(chat("gpt-4.1-mini", first, temperature=0),
         whole("chatcmpl-tock0001", "gpt-4.1-mini-2025-04-14", {"content": answer, "refusal": None},
               usage=usage(37, 15, 0, 0))),
       x(chat("gpt-4.1-mini", first + [{"role": "assistant", "content": answer}, user("Found it! Now what?")],
              temperature=0),
         whole("chatcmpl-tock0002", "gpt-4.1-mini-2025-04-14",
               {"content": "Straighten it cold, a hair at a time. Then oil, then patience.", "refusal": None},
               usage=usage(63, 17, 0, 0))))

# --- whole answer with two tool calls and no text, v1 layout ---
sample("go-vcr/xai-whole-tools-v1.yaml", "go-vcr-v1", "https://api.x.ai",
       x(chat("grok-4", [user("Feed the hens and shut the gate.")],
              tools=[tool("feed", "Feed an animal", animal="string", handfuls="integer"),
                     tool("gate", "Move the gate", shut="boolean")]),
         whole("hens0001-0000-4000-8000-000000000001", "grok-4-0709",
               {"content": "", "reasoning_content": "Two chores, neither waits for the other.",
                "tool_calls": [call("call_90000001", "feed", '{"animal":"hen","handfuls":2}'),
                               call("call_90000002", "gate", '{"shut":true}')], "refusal": None},
               "tool_calls", usage(301, 58, 256, 31))))

# --- no LLM traffic: a model list and a 204 ---
sample("go-vcr/gateway-models-and-delete.yaml", "go-vcr-v2-brief-2", "https://llm.harbour.example",
       x(request("GET", "/v1/models", accept="application/json"),
         reply(dumps({"object": "list", "data": [
             {"id": "puffin-8b", "object": "model", "created": T0, "owned_by": "harbour"},
             {"id": "gannet-70b", "object": "model", "created": T0, "owned_by": "harbour"}]}))),
       x(request("DELETE", "/v1/conversations/conv_0001", accept="application/json"),
         reply("", 204, type=None)))

# --- an image in the request: a 16x16 lighthouse ---
LIGHTHOUSE = png(["ssssssssssssssss", "ssssssskksssssss", "yysssskyyksssyys", "sssyyskyyksyysss", "yysssskyyksssyys",
                  "ssssskkkkkksssss", "sssssswwwwssssss", "ssssssrrrrssssss", "sssssswwwwssssss", "ssssssrrrrssssss",
                  "ssssswwwwwwsssss", "sssssrrrrrrsssss", "ssssswwwwwwsssss", "bgggggrrrrggggbb", "bbbggggggggbbbbb",
                  "bbbbbbbbbbbbbbbb"],
                 {"s": b"\x1b\x26\x4f", "k": b"\x11\x11\x11", "y": b"\xff\xe0\x66", "w": b"\xf4\xf1\xea",
                  "r": b"\xc8\x32\x2d", "g": b"\x5a\x6b\x3c", "b": b"\x2e\x6f\x95"})
sample("go-vcr/openai-image-input.yaml", "go-vcr-v2-brief", OPENAI,
       x(chat("gpt-4.1-mini", [{"role": "user", "content": [
           {"type": "text", "text": "What is this, and is it lit?"},
           {"type": "image_url", "image_url": {
               "url": "data:image/png;base64," + base64.b64encode(LIGHTHOUSE).decode(), "detail": "low"}}]}]),
         whole("chatcmpl-view0001", "gpt-4.1-mini-2025-04-14",
               {"content": "A red and white lighthouse on a green rock, at night. Yes: two yellow beams.",
                "refusal": None, "annotations": []}, usage=usage(96, 19, 0, 0))))

# --- a form POST for a token, then the call that uses it: food for a scrubber ---
sample("go-vcr/gateway-form-token.yaml", "go-vcr-v2-full", "https://llm.harbour.example",
       x(request("POST", "/oauth/token",
                 "grant_type=client_credentials&client_id=harbour-notes&client_secret=not-a-real-secret&scope=chat",
                 content_type="application/x-www-form-urlencoded"),
         reply(dumps({"access_token": "fake-access-token-for-samples", "token_type": "Bearer", "expires_in": 3600}))),
       x(chat("puffin-8b", [user("Who am I?")], headers={"authorization": "Bearer fake-access-token-for-samples"}),
         whole("chatcmpl-who0001", "puffin-8b", {"content": "Somebody with a valid token."}, usage=usage(9, 6))))

# --- everything a scrubber should find, all of it fake ---
sample("go-vcr/openai-unscrubbed.yaml", "go-vcr-v2-full", OPENAI,
       x(chat("gpt-4.1-mini", [user(f"Is {FAKE_KEY} a key? Write to keeper@lighthouse.example.")],
              headers={"authorization": f"Bearer {FAKE_KEY}", "openai_organization": "org-notreal00000000000000000"}),
         whole("chatcmpl-key0001", "gpt-4.1-mini-2025-04-14",
               {"content": f"{FAKE_KEY} opens nothing, but I would not hang it by the door.", "refusal": None},
               usage=usage(44, 25, 0, 0),
               headers=dict(openai_organization="harbour-notes", openai_project="proj_notreal0000000000000000",
                            set_cookie="__cf_bm=not-a-real-cookie; path=/; HttpOnly; Secure",
                            x_request_id="req_key0001"))))

# --- perplexity: cumulative usage on every chunk, and a last one that repeats the text ---
s = Stream("pplx0001-0000-4000-8000-000000000001", "sonar")
told = ""
for i, part in enumerate(words("Swifts sleep on the wing. They may stay up for ten months.")):
    told += part
    s.delta({"role": "assistant", "content": part}, usage=usage(8, i + 1, search_context_size="low"),
            citations=["https://birds.example/swift"])
s.base["object"] = "chat.completion.done"
s.chunk([{"index": 0, "message": {"role": "assistant", "content": told}, "delta": {"role": "assistant", "content": ""},
          "finish_reason": "stop"}], usage=usage(8, 8, search_context_size="low"),
        citations=["https://birds.example/swift"])
sample("go-vcr/perplexity-usage-every-chunk-v1.yaml", "go-vcr-v1", "https://api.perplexity.ai",
       x(chat("sonar", [user("Where do swifts sleep?")], "/chat/completions", stream=True), s.reply(done=False)))

# --- CRLF line ends: no block scalar can hold them ---
s = Stream("chatcmpl-rain0001", "jamba-mini-1.7")
s.delta({"role": "assistant", "content": ""}).say("Rain from the west by noon. Take the yellow coat.").delta({}, "stop")
s.out[-1] = s.out[-1][:-1] + ',"usage":' + dumps(usage(11, 12)) + "}"
sample("go-vcr/ai21-crlf-stream.yaml", "go-vcr-v2-brief-2", "https://api.ai21.com",
       x(chat("jamba-mini", [user("Umbrella?")], "/studio/v1/chat/completions", stream=True), s.reply("\r\n")))

# --- an emoji: Go's YAML then gives up the block scalar and quotes the whole stream ---
snail = chat("gpt-4.1-mini", [user("How fast is a snail 🐌?")], stream=True)
s = Stream("chatcmpl-snail0001", "gpt-4.1-mini-2025-04-14")
s.delta({"role": "assistant", "content": ""}).say("A metre in about a minute 🐌 – less, if it is uphill.").delta({}, "stop")
sample("go-vcr/openai-emoji-stream.yaml", "go-vcr-v2-brief", OPENAI, x(snail, s.reply()))
sample("go-vcr/openai-emoji-stream-v1.yaml", "go-vcr-v1", OPENAI, x(snail, s.reply()))

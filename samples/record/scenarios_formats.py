"""The samples of recorders in other languages: a tool call, a streamed answer, a compressed one, an error, plain bytes."""
import gzip

from wire import OPENAI, Stream, call, chat, dumps, png, reply, request, sample, tool, usage, user, whole, x

MINI, DATED = "gpt-4.1-mini", "gpt-4.1-mini-2025-04-14"
TIDES = "https://tides.example"

WIND = [tool("wind", "Wind at a beach, now", beach="string")]
asked = [user("Kite today at Sandwick?")]
wind = call("call_wind00000000000000001", "wind", '{"beach":"Sandwick"}')
told = asked + [{"role": "assistant", "content": None, "tool_calls": [wind]},
                {"role": "tool", "tool_call_id": wind["id"], "content": '{"knots":17,"from":"SW"}'}]
turn = x(chat(MINI, asked, tools=WIND),
         whole("chatcmpl-kite0001", DATED, {"content": None, "tool_calls": [wind], "refusal": None},
               "tool_calls", usage(48, 15, 0, 0)))
s = Stream("chatcmpl-kite0002", DATED).delta({"role": "assistant", "content": ""})
s.say("Seventeen knots from the south-west 🪁 – yes, and mind the groynes.").delta({}, "stop")
s.chunk([], usage=usage(81, 20, 0, 0))
answer = x(chat(MINI, told, tools=WIND, stream=True, stream_options={"include_usage": True}), s.reply())

knot = whole("chatcmpl-knot0003", DATED, {"content": "A bowline: it holds, and it comes undone when you ask.",
                                          "refusal": None}, usage=usage(13, 14, 0, 0))["body"]
zipped = x(chat(MINI, [user("One knot for everything?")], headers={"accept_encoding": "gzip"}),
           reply(gzip.compress(knot, mtime=0), content_encoding="gzip"))
limit = x(chat(MINI, [user("And now?")]),
          reply(dumps({"error": {"message": "Rate limit reached. Try again in 2s.", "type": "requests", "param": None,
                                 "code": "rate_limit_exceeded"}}), 429, retry_after="2"))
chart = x(request("GET", "/chart.png"), reply(png(["ab", "ba"], {"a": b"\x10\x40\x80", "b": b"\xf0\xf0\xe0"}), type="image/png"))
latin = x(request("GET", "/heute?ort=Norddeich"),
          reply("Hochwasser 11:42, schön ruhig".encode("latin-1"), type="text/plain; charset=ISO-8859-1"))
form = x(request("POST", "/login", "name=skipper&boat=Puffin", content_type="application/x-www-form-urlencoded"),
         reply("aye\n", type="text/plain"))

sample("ruby-vcr/openai-tools.yml", "ruby-vcr", OPENAI, turn, answer)
sample("ruby-vcr/openai-exact-bytes.yml", "ruby-vcr", OPENAI, zipped, limit, options={"preserve_exact_body_bytes": True})
sample("ruby-vcr/openai-json.json", "ruby-vcr", OPENAI, turn, limit, options={"serialize_with": "json"})
sample("ruby-vcr/openai-rvcr.json", "rvcr", OPENAI, turn, answer)
sample("ruby-vcr/tides-latin-1.yml", "ruby-vcr", TIDES, latin)
sample("ruby-vcr/tides-structs.yml", "ruby-vcr", TIDES, form, options={"structs": True})
sample("ruby-vcr/tides-r-vcr-1.yml", "r-vcr", TIDES, form)
sample("r-vcr/openai-zlib.yml", "r-vcr", OPENAI, turn, zipped, options={"version": 2})
sample("betamax/openai-gzip.json", "betamax", OPENAI, zipped, answer, limit)
sample("okreplay/tides.yaml", "emit", TIDES, form, chart)
sample("har/openai-mitmproxy.har", "mitmproxy", OPENAI, turn, answer, zipped)
sample("har/tides-mitmproxy.har", "mitmproxy", TIDES, form, chart)
session = {"type": "realtime", "model": "gpt-realtime", "instructions": "You are a foghorn. One word."}
talk = [{"received": {"type": "session.created", "event_id": "event_fog0001", "session": {"id": "sess_fog0001", **session}}},
        {"sent": {"type": "conversation.item.create", "item": {
            "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Can you see the pier?"}]}}},
        {"sent": {"type": "response.create"}},
        {"received": {"type": "response.done", "event_id": "event_fog0002", "response": {
            "id": "resp_fog0001", "status": "completed", "usage": {"input_tokens": 20, "output_tokens": 2, "total_tokens": 22}}}, "binary": True}]
sample("har/openai-chromium.har", "playwright", OPENAI, turn, answer, zipped, options={"messages": talk})
sample("har/attached/openai-chromium.har", "playwright", OPENAI, answer, chart, options={"content": "attach"})
sample("polly/openai-tools.har", "polly-6", OPENAI, turn, answer)
sample("polly/openai-chunks.har", "polly-6", OPENAI, zipped)
sample("polly/openai-chunks-rewritten.har", "polly-6", OPENAI, zipped, options={"rewrite": True})
sample("polly/openai-hex-chunks.har", "polly-5", OPENAI, zipped)
sample("polly/openai-cody.har.yaml", "polly-6", OPENAI, turn, zipped, options={"persister": "yaml"})
sample("httprr/openai-tools.httprr", "httprr", OPENAI, turn, answer)
sample("httprr/openai-line-feeds.httprr.gz", "httprr", OPENAI, limit, zipped, options={"lf": True})
sample("httpmock/openai-tools.yaml", "httpmock", OPENAI, turn, answer)
sample("httpmock/tides-bytes.yaml", "httpmock", TIDES, chart, latin)
sample("llama-stack/openai-tool.json", "llama-stack", OPENAI, turn)
sample("llama-stack/openai-stream.json", "llama-stack", OPENAI, answer)
sample("llama-stack/openai-raised.json", "llama-stack", OPENAI, limit)
sample("datadog/openai-stream.json", "datadog", OPENAI, answer)
sample("datadog/tides-bytes.json", "datadog", TIDES, chart)

upload = x(request("POST", "/v1/files", "--sail\r\nContent-Disposition: form-data; name=purpose\r\n\r\nbatch\r\n--sail\r\n"
                   "Content-Disposition: form-data; name=file; filename=log.jsonl\r\n\r\n{\"wind\": 17}\r\n--sail--\r\n",
                   content_type="multipart/form-data; boundary=sail"),
           reply(dumps({"id": "file-log0001", "object": "file", "bytes": 12, "filename": "log.jsonl", "purpose": "batch"})))

sample("nock/openai-tools.json", "nock-13", OPENAI, turn, answer)
sample("nock/openai-gzip.json", "nock-14", OPENAI, zipped, chart)
sample("cassetter/openai-tools.yaml", "cassetter", OPENAI, turn, answer, chart)
sample("php-vcr/openai-tools.yml", "php-vcr", OPENAI, turn, answer, limit)
sample("azure-test-proxy/openai-tools.json", "azure-test-proxy", OPENAI, upload, turn, answer, chart)
sample("braintrust/openai-tools.cassette.json", "braintrust", OPENAI, turn, answer, chart)
sample("wiremock/mappings/openai-stream.json", "wiremock", OPENAI, answer)
sample("wiremock/mappings/openai-tool.json", "wiremock", OPENAI, turn)
sample("wiremock/mappings/tides-bytes.json", "wiremock", TIDES, chart)
sample("wiremock/openai-tools.yaml", "wiremock-yaml", OPENAI, turn, answer, latin)
sample("exvcr/openai-tools.json", "exvcr", OPENAI, turn, answer, chart)
sample("easyvcr/openai-csharp.json", "easyvcr-csharp", OPENAI, turn, answer)
sample("easyvcr/openai-java.json", "easyvcr-java", OPENAI, turn, answer)
sample("scotch/tides.json", "scotch", TIDES, form)
sample("dvr/openai-tools.json", "dvr", OPENAI, turn, answer, chart)
sample("symfony/openai-tools.json", "symfony", OPENAI, turn, limit)
sample("opencode/openai-tools.json", "opencode", OPENAI, turn, answer, chart)
sample("mastra/openai-tools.json", "mastra", OPENAI, turn, answer, limit)
sample("mastra/openai-list.json", "mastra", OPENAI, answer, options={"list": True})
sample("req-llm/openai-stream.json", "req-llm", OPENAI, answer)
sample("req-llm/openai-tool.json", "req-llm", OPENAI, turn)
sample("mcp-cassette/tides.mcp.json", "mcp-cassette", TIDES)
sample("frames/openai-realtime.yaml", "frames", OPENAI)

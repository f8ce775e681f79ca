"""Builders for the scenarios: chat requests, whole replies and streamed ones, as small functions."""
import json
import re
import struct
import zlib

SAMPLES = []
T0 = 1760000000  # 2025-10-09 08:53:20 UTC


def sample(file, recorder, host, *exchanges, **how):
    SAMPLES.append({"file": file, "recorder": recorder, "host": host, "exchanges": exchanges, **how})


# ---- requests ----

def dumps(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def request(method, path, body=None, **headers):
    names = {k.replace("_", "-").title(): v for k, v in headers.items()}
    return {"method": method, "path": path, "headers": names, "body": body}


def post(path, body, **headers):
    return request("POST", path, dumps(body), accept="application/json",
                   content_type="application/json", **headers)


def chat(model, messages, path="/v1/chat/completions", headers=None, **more):
    return post(path, {"model": model, "messages": messages, **more}, **(headers or {}))


def system(text):
    return {"role": "system", "content": text}


def user(text):
    return {"role": "user", "content": text}


def tool(name, description, **properties):
    return {"type": "function", "function": {"name": name, "description": description, "parameters": {
        "type": "object", "properties": {k: {"type": v} for k, v in properties.items()},
        "required": list(properties)}}}


def call(id, name, arguments, **more):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}, **more}


# ---- replies ----

def reply(body, status=200, how="length", type="application/json", **headers):
    names = {k.replace("_", "-").title(): v for k, v in headers.items()}
    body = body if isinstance(body, bytes) else body.encode()
    return {"status": status, "headers": {**({"Content-Type": type} if type else {}), **names}, "body": body, "how": how}


def whole(id, model, message, finish="stop", usage=None, choice=None, headers=None, **more):
    choice = {"index": 0, "message": {"role": "assistant", **message}, **(choice or {}), "finish_reason": finish}
    return reply(dumps({"id": id, "object": "chat.completion", "created": T0, "model": model,
                        "choices": [choice], "usage": usage, **more}), **(headers or {}))


def usage(prompt, completion, cached=None, reasoning=None, **more):
    out = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    if cached is not None:
        out["prompt_tokens_details"] = {"cached_tokens": cached, "audio_tokens": 0}
    if reasoning is not None:
        out["completion_tokens_details"] = {"reasoning_tokens": reasoning, "audio_tokens": 0,
                                            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
    return {**out, **more}


def words(text):
    """Cut a text into deltas of one to three words, always in the same way."""
    parts, out, sizes = re.findall(r"\s*\S+|\s+$", text), [], (1, 3, 2)
    while parts:
        n = sizes[len(out) % 3]
        out.append("".join(parts[:n]))
        parts = parts[n:]
    return out


class Stream:
    """Builds the chunks of one streamed chat completion."""

    def __init__(self, id, model, created=T0, **more):
        self.base = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model, **more}
        self.out = []

    def raw(self, text):
        self.out.append(text)
        return self

    def chunk(self, choices, **more):
        return self.raw("data: " + dumps({**self.base, "choices": choices, **more}))

    def delta(self, delta, finish=None, index=0, choice=None, **more):
        return self.chunk([{"index": index, "delta": delta, **(choice or {}), "finish_reason": finish}], **more)

    def say(self, text, key="content", **more):
        for part in words(text):
            self.delta({key: part}, **more)
        return self

    def text(self, eol="\n", done=True):
        return "".join(e.replace("\n", eol) + eol * 2 for e in self.out + ["data: [DONE]"] * done)

    def reply(self, eol="\n", done=True, how="chunked", **headers):
        return reply(self.text(eol, done), how=how, type="text/event-stream", **headers)


def x(request, reply):
    return {"request": request, "reply": reply}


def png(rows, colours):
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    pixels = b"".join(b"\0" + b"".join(colours[c] for c in row) for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0))
            + part(b"IDAT", zlib.compress(pixels, 9)) + part(b"IEND", b""))


OPENAI, GROQ, ROUTER = "https://api.openai.com", "https://api.groq.com", "https://openrouter.ai"
FAKE_KEY = "sk-test-not-a-real-key-0000000000000000"

"""Writes the samples of recorders that do not run here, from the scenarios and with no traffic, in their exact layout.

    python3 formats_emit.py OUT_DIR

Each function names the source its layout was taken from.
"""
import base64
import hashlib
import json
import os
import struct
import sys
from urllib.parse import urlsplit

import yaml

import scenarios_formats  # noqa: F401 (fills SAMPLES)
from wire import SAMPLES

DATE = "Thu, 09 Oct 2025 08:53:20 GMT"
MOMENT = "2025-10-09T08:53:20.000Z"


def received(reply):
    return {"Date": DATE, **reply["headers"], "Content-Length": str(len(reply["body"]))}


def text(data):
    """The bytes as text, or nothing."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def b64(data):
    return base64.b64encode(data).decode()


def is_json(headers):
    return headers.get("Content-Type", "").startswith("application/json")


# ---- Azure test proxy: RecordEntry.cs of Azure/azure-sdk-tools ----

def azure(sample, path):
    def body(data, headers):
        if data is None:
            return None
        kind = headers.get("Content-Type", "")
        if kind.startswith("multipart/"):
            # The bytes of a file are one line in base64, whatever they are.
            lines, file, content = [], False, False
            for line in data.split(b"\r\n")[:-1]:
                boundary = line.startswith(b"--")
                lines += ["b64:" + b64(line), "\r\n"] if content and file else \
                    [line.decode(), "\r\n"] if content else [line.decode() + "\r\n"]
                file = not boundary and (file or b"filename=" in line)
                content = not content and not boundary and line == b""
            return lines
        if is_json(headers):
            return json.loads(data)
        if kind.startswith("text/"):
            lines, rest = [], data.decode()
            while rest:
                end = next((i for i, c in enumerate(rest) if c in "\r\n"), len(rest) - 1)
                end += rest[end + 1:end + 2] in ("\r", "\n")
                lines.append(rest[:end + 1])
                rest = rest[end + 1:]
            return lines if len(lines) > 1 or lines[0].endswith("\n") else lines[0]
        return b64(data)

    entries = [{
        "RequestUri": sample["host"] + x["request"]["path"], "RequestMethod": x["request"]["method"],
        "RequestHeaders": {"Authorization": "Sanitized", **x["request"]["headers"]},
        "RequestBody": body(x["request"]["body"] and x["request"]["body"].encode(), x["request"]["headers"]),
        "StatusCode": x["reply"]["status"], "ResponseHeaders": received(x["reply"]),
        "ResponseBody": body(x["reply"]["body"], x["reply"]["headers"])} for x in sample["exchanges"]]
    return json.dumps({"Entries": entries, "Variables": {"OPENAI_API_KEY": "api_key"}}, indent=2, ensure_ascii=False) + "\n"


# ---- Braintrust: cassettes of braintrustdata/braintrust-sdk-javascript ----

def braintrust(sample, path):
    blobs = path.removesuffix(".json") + ".blobs"

    def body(data, headers):
        kind = headers.get("Content-Type", "")
        if not data:
            return {"kind": "empty"}
        if is_json(headers):
            return {"kind": "json", "value": json.loads(data)}
        if kind.startswith("text/event-stream"):
            return {"chunks": data.decode().removesuffix("\n\n").split("\n\n"), "kind": "sse"}
        if text(data) is not None:
            return {"kind": "text", "value": text(data)}
        name = hashlib.sha256(data).hexdigest()
        os.makedirs(blobs, exist_ok=True)
        with open(os.path.join(blobs, name + ".bin"), "wb") as out:
            out.write(data)
        return {"contentType": kind, "kind": "binary", "path": f"{os.path.basename(blobs)}/{name}.bin", "sha256": name}

    entries = []
    for n, x in enumerate(sample["exchanges"]):
        request, reply = x["request"], x["reply"]
        address = urlsplit(sample["host"] + request["path"])
        lower = {k.lower(): v for k, v in request["headers"].items()}
        entries.append({
            "callIndex": sum(e["request"]["url"] == address.geturl() for e in entries), "id": f"{n:016x}",
            "matchKey": f"{request['method']} {address.hostname}{address.path}", "recordedAt": MOMENT,
            "request": {"body": body((request["body"] or "").encode(), request["headers"]), "headers": lower,
                        "method": request["method"], "url": address.geturl()},
            "response": {"body": body(reply["body"], reply["headers"]),
                         "headers": {k.lower(): v for k, v in reply["headers"].items()},
                         "status": reply["status"], "statusText": "OK"}})
    return json.dumps({"entries": entries, "meta": {"createdAt": MOMENT}}, indent=2, ensure_ascii=False) + "\n"


# ---- WireMock: mappings as YAML documents, as OpenTelemetry's tests have them ----

def mapping(x, body, at):
    request, reply = x["request"], x["reply"]
    address = urlsplit(request["path"])
    asked = {"urlPath": address.path, "method": request["method"]} if address.query else \
        {"url": request["path"], "method": request["method"]}
    if address.query:
        pairs = [pair.split("=") for pair in address.query.split("&")]
        asked["queryParameters"] = {name: {"hasExactly": [{"equalTo": value}]} for name, value in pairs}
    if request["body"] is not None and is_json(request["headers"]):
        asked["bodyPatterns"] = [{"equalToJson": request["body"], "ignoreArrayOrder": True, "ignoreExtraElements": False}]
    id = f"00000000-0000-4000-8000-{at:012d}"
    return {"id": id, "name": address.path.strip("/").replace("/", "_"), "request": asked,
            "response": {"status": reply["status"], **body, "headers": reply["headers"]},
            "uuid": id, "persistent": True, "insertionIndex": at}


class Literal(yaml.SafeDumper):
    """Writes text of several lines as a literal block."""


Literal.add_representer(str, lambda d, s: d.represent_scalar("tag:yaml.org,2002:str", s, style="|" if "\n" in s else None))


def wiremock_yaml(sample, path):
    def body(data):
        return {"body": text(data)} if text(data) is not None else {"base64Body": b64(data)}
    documents = [mapping(x, body(x["reply"]["body"]), at) for at, x in enumerate(sample["exchanges"], 1)]
    return "".join("---\n" + yaml.dump(each, Dumper=Literal, sort_keys=False, allow_unicode=True, width=10**6)
                   for each in documents)


# ---- ExVCR: json.ex and the records of parroty/exvcr ----

def exvcr(sample, path):
    def entry(x):
        request, reply = x["request"], x["reply"]
        data, binary = reply["body"], text(reply["body"]) is None
        body = b64(b"\x83m" + struct.pack(">I", len(data)) + data) if binary else text(data)
        return {"request": {"options": {"recv_timeout": 5000}, "body": request["body"] or "", "url": sample["host"] + request["path"],
                            "headers": request["headers"], "method": request["method"].lower(), "request_body": ""},
                "response": {"binary": binary, "type": "ok", "body": body, "headers": received(reply),
                             "status_code": reply["status"]}}
    return json.dumps([entry(x) for x in sample["exchanges"]], indent=2, ensure_ascii=False)


# ---- EasyVCR: Request.cs and Response.cs of EasyPost/easyvcr-csharp; the same facts as the Java one has them ----

def easyvcr_csharp(sample, path):
    def kind(data):
        return "Json" if data.startswith("{") else "Text"

    def entry(x):
        request, reply = x["request"], x["reply"]
        content = {k: v for k, v in request["headers"].items() if k.startswith("Content-")}
        sent, back = request["body"] or "", text(reply["body"])
        return {"Duration": 120, "RecordedAt": "2025-10-09T08:53:20.0000000+00:00",
                "Request": {"Body": sent, "BodyContentType": kind(sent), "ContentHeaders": content, "Method": request["method"],
                            "RequestHeaders": {k: v for k, v in request["headers"].items() if k not in content},
                            "Uri": sample["host"] + request["path"]},
                "Response": {"Body": back, "BodyContentType": kind(back),
                             "ContentHeaders": {k: v for k, v in received(reply).items() if k.startswith("Content-")},
                             "HttpVersion": "1.1", "ResponseHeaders": {"Date": DATE},
                             "Status": {"Code": reply["status"], "Message": "OK"}}}
    return json.dumps([entry(x) for x in sample["exchanges"]], indent=2, ensure_ascii=False)


def easyvcr_java(sample, path):
    def entry(x):
        request, reply, url = x["request"], x["reply"], sample["host"] + x["request"]["path"]
        return {"recordedAt": 1760000000,
                "request": {"body": request["body"] or "", "method": request["method"],
                            "headers": {k: [v] for k, v in request["headers"].items()}, "uri": url},
                "response": {"body": text(reply["body"]), "httpVersion": None,
                             "headers": {"null": [f"HTTP/1.1 {reply['status']} OK"], **{k: [v] for k, v in received(reply).items()}},
                             "status": {"code": reply["status"], "message": "OK"}, "uri": url},
                "duration": 120}
    return json.dumps([entry(x) for x in sample["exchanges"]], indent=2, ensure_ascii=False)


# ---- Scotch: the cassette of mleech/scotch, with CRLF as Windows has it ----

def scotch(sample, path):
    def entry(x):
        request, reply = x["request"], x["reply"]
        content = {k: v for k, v in request["headers"].items() if k.startswith("Content-")}
        return {"request": {"method": request["method"], "uri": sample["host"] + request["path"],
                            "requestHeaders": {k: v for k, v in request["headers"].items() if k not in content},
                            "contentHeaders": content, "body": request["body"] or ""},
                "response": {"status": {"code": str(reply["status"]), "message": "OK"}, "responseHeaders": {"Date": DATE},
                             "contentHeaders": {k: v for k, v in received(reply).items() if k.startswith("Content-")},
                             "body": text(reply["body"]), "httpVersion": "1.1"},
                "recordedAt": "2025-10-09T08:53:20+00:00"}
    return json.dumps([entry(x) for x in sample["exchanges"]], indent=2, ensure_ascii=False).replace("\n", "\r\n")


# ---- DVR: Interaction.swift of venmo/DVR ----

def dvr(sample, path):
    def body(data, headers):
        if not data:
            return {}
        if headers.get("Content-Type", "").startswith("text/"):
            return {"body": text(data)}
        return {"body": json.loads(data) if is_json(headers) else b64(data)}

    def entry(at, x):
        request, reply, url = x["request"], x["reply"], sample["host"] + x["request"]["path"]
        return {"recorded_at": 1760000000.5 + at,
                "request": {"headers": request["headers"], "method": request["method"], "url": url,
                            **body((request["body"] or "").encode(), request["headers"])},
                "response": {**body(reply["body"], reply["headers"]), "headers": received(reply),
                             "status": reply["status"], "url": url}}
    entries = [entry(at, x) for at, x in enumerate(sample["exchanges"])]
    name = os.path.basename(path).removesuffix(".json")
    return json.dumps({"interactions": entries, "name": name}, indent=2, ensure_ascii=False, separators=(",", " : "))


# ---- Symfony AI: cassettes of symfony/ai's platform bridges ----

def symfony(sample, path):
    def entry(x):
        request, reply = x["request"], x["reply"]
        signature = hashlib.md5((request["method"] + request["path"] + (request["body"] or "")).encode()).hexdigest()
        headers = {k.lower(): [v] for k, v in request["headers"].items()}
        return {"request": {"method": request["method"], "url": sample["host"] + request["path"], "signature": signature,
                            "headers": {**headers, "authorization": ["[redacted]"]}, "body": request["body"]},
                "response": {"status": reply["status"], "headers": {k.lower(): [v] for k, v in received(reply).items()},
                             "body_format": "json" if is_json(reply["headers"]) else "text", "body": text(reply["body"])}}
    return json.dumps({"interactions": [entry(x) for x in sample["exchanges"]]}, indent=4, ensure_ascii=False) + "\n"


# ---- opencode: its http-recorder's version 1 ----

def opencode(sample, path):
    def entry(x):
        request, reply = x["request"], x["reply"]
        headers = {"content-type": reply["headers"].get("Content-Type", "")}
        back = {"body": text(reply["body"])} if text(reply["body"]) is not None else \
            {"body": b64(reply["body"]), "bodyEncoding": "base64"}
        return {"request": {"method": request["method"], "url": sample["host"] + request["path"],
                            "headers": {"content-type": request["headers"].get("Content-Type", "")}, "body": request["body"] or ""},
                "response": {"status": reply["status"], "headers": headers, **back}}
    metadata = {"name": os.path.basename(path).removesuffix(".json"), "recordedAt": MOMENT, "tags": ["samples"]}
    return json.dumps({"version": 1, "metadata": metadata, "interactions": [entry(x) for x in sample["exchanges"]]},
                      indent=2, ensure_ascii=False) + "\n"


# ---- Mastra: llm-recorder.ts of mastra-ai/mastra; since 2026 with what the test is called before the recordings ----

def stream_pieces(data):
    """A stream as it may come over the wire: the first two events at once, one torn in two."""
    events = [event + b"\n\n" for event in data.split(b"\n\n")[:-1]]
    third = len(events[2]) // 2
    return [events[0] + events[1], events[2][:third], events[2][third:], *events[3:]]


def mastra(sample, path):
    def entry(at, x):
        request, reply, url = x["request"], x["reply"], sample["host"] + x["request"]["path"]
        sent = json.loads(request["body"])
        content = json.dumps(sent, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        kind = reply["headers"].get("Content-Type", "")
        streamed = "text/event-stream" in kind or "text/plain" in kind
        chunks = [piece.decode() for piece in stream_pieces(reply["body"])] if streamed else []
        back = {"chunks": chunks, "chunkTimings": [4 + n for n in range(len(chunks))]} if streamed else \
            {"body": json.loads(reply["body"])}
        return {"hash": hashlib.md5(f"{url}:{content}".encode()).hexdigest()[:16],
                "request": {"url": url, "method": request["method"], "body": sent, "timestamp": 1760000000123 + 1000 * at},
                "response": {"status": reply["status"], "statusText": "OK" if reply["status"] == 200 else "Too Many Requests",
                             "headers": {k.lower(): v for k, v in reply["headers"].items()}, **back, "isStreaming": streamed}}
    entries = [entry(at, x) for at, x in enumerate(sample["exchanges"])]
    if sample.get("options", {}).get("list"):
        content = entries
    else:
        meta = {"name": os.path.basename(path).removesuffix(".json"), "testFile": "src/kite.test.ts", "testName": "Kites > reads the wind",
                "provider": "openai", "model": "gpt-4.1-mini", "createdAt": MOMENT}
        content = {"meta": meta, "recordings": entries}
    return json.dumps(content, indent=2, ensure_ascii=False)


# ---- ReqLLM: transcript.ex of agentjido/req_llm; one exchange a file, the keys in order ----

def req_llm(sample, path):
    [x] = sample["exchanges"]
    request, reply = x["request"], x["reply"]
    sent, streamed = json.loads(request["body"]), "text/event-stream" in reply["headers"]["Content-Type"]
    copy = json.dumps(sent, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def headers(headers):
        # Those of the streaming client are text, those of the other one are lists.
        return {k.lower(): v if streamed else [v] for k, v in headers.items()}
    content = {
        "captured_at": "2025-10-09T08:53:20.123456Z", "model_spec": f"openai:{sent['model']}", "provider": "openai", "streaming": streamed,
        "request": {"body": {"b64": b64(copy.encode())}, "canonical_json": sent,
                    "headers": {"authorization": "[REDACTED:authorization]", **headers(request["headers"])},
                    "method": "POST" if streamed else "post", "url": sample["host"] + request["path"]},
        "response": {"body": None if streamed else json.loads(reply["body"]), "headers": headers(reply["headers"]),
                     "status": reply["status"]}}
    if streamed:
        content["chunks"] = [{"b64": b64(piece)} for piece in stream_pieces(reply["body"])]
    return json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True)


# ---- pydantic-ai: WebSocket messages in place of HTTP exchanges ----

def frames(sample, path):
    def message(direction, type, **data):
        return {"kind": "message", "direction": direction, "data": {"type": type, **data}}

    session = {"type": "realtime", "model": "gpt-realtime", "instructions": "You are a ship's bell. Two words."}
    return yaml.dump({"version": 1, "interactions": [
        message("received", "session.created", event_id="event_bell0001", session={"id": "sess_bell0001", **session}),
        message("sent", "session.update", session=session),
        message("sent", "conversation.item.create", item={
            "type": "message", "role": "user", "content": [{"type": "input_text", "text": "What is the hour?"}]}),
        message("sent", "response.create"),
        message("received", "response.output_text.delta", event_id="event_bell0002", response_id="resp_bell0001", delta="Eight"),
        message("received", "response.output_text.delta", event_id="event_bell0003", response_id="resp_bell0001", delta=" bells."),
        message("received", "response.done", event_id="event_bell0004", response={
            "id": "resp_bell0001", "status": "completed",
            "usage": {"input_tokens": 21, "output_tokens": 3, "total_tokens": 24}}),
    ]}, sort_keys=False)


RECORDERS = {"azure-test-proxy": azure, "braintrust": braintrust, "wiremock-yaml": wiremock_yaml,
             "exvcr": exvcr, "easyvcr-csharp": easyvcr_csharp, "easyvcr-java": easyvcr_java, "scotch": scotch, "dvr": dvr,
             "symfony": symfony, "opencode": opencode, "frames": frames, "mastra": mastra, "req-llm": req_llm}

if __name__ == "__main__":
    for sample in SAMPLES:
        if sample["recorder"] in RECORDERS:
            path = os.path.join(sys.argv[1], sample["file"])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            content = RECORDERS[sample["recorder"]](sample, path)
            with open(path, "w", encoding="utf-8", newline="") as out:
                out.write(content)
            print(path)

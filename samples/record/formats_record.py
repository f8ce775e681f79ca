"""Records the samples of Python's other recorders from server.py, and writes what no recorder here writes.

    python3 formats_record.py OUT_DIR [RECORDER…]

betamax     the real one (pip install betamax)
datadog     the real functions of the test agent's proxy (pip install ddapm-test-agent)
cassetter   the real one (pip install cassetter httpx)
mitmproxy   the real HAR writer (pip install mitmproxy)
llama-stack the real one (pip install llama-stack openai ollama, Python 3.12)
emit        OkReplay's tapes, in SnakeYAML's layout; Java's recorders do not run here
"""
import base64
import json
import os
import re
import sys
import textwrap
import threading
from datetime import datetime, timezone
from urllib.parse import urlsplit

from server import SAMPLES, serve

CLOCK = 1760000000


def requests_of(sample, n, base):
    for i, exchange in enumerate(sample["exchanges"]):
        yield exchange["request"], f"{base}/{n}/{i}{exchange['request']['path']}"


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write(text)


def betamax(sample, n, base, path):
    import betamax
    import requests
    import betamax.cassette.interaction
    import betamax.util

    betamax.util.timestamp = betamax.cassette.interaction.util.timestamp = lambda: "2025-10-09T08:53:20"
    name = os.path.splitext(os.path.basename(path))[0]
    if os.path.exists(path):
        os.remove(path)
    session = requests.Session()
    recorder = betamax.Betamax(session, cassette_library_dir=os.path.dirname(path))
    with recorder.use_cassette(name, record="all"):
        for request, url in requests_of(sample, n, base):
            session.request(request["method"], url, headers=request["headers"],
                            data=request["body"] and request["body"].encode())
    # The provider's host goes where the local server's is.
    text = open(path).read()
    for i in range(len(sample["exchanges"])):
        text = text.replace(f"{base}/{n}/{i}", sample["host"])
    write(path, text)


def datadog(sample, n, base, path):
    import requests
    from ddapm_test_agent import vcr_proxy

    (request, url), = requests_of(sample, n, base)
    body = (request["body"] or "").encode()
    kept = {"method": request["method"], "url": sample["host"] + request["path"], "headers": request["headers"], "data": body}
    response = requests.request(request["method"], url, headers=request["headers"], data=body)
    vcr_proxy._write_cassette_file(os.path.splitext(path)[0], kept, response, "")


def cassetter(sample, n, base, path):
    import cassetter
    import httpx

    if os.path.exists(path):
        os.remove(path)
    with cassetter.use_cassette(path, record_mode="all"), httpx.Client() as client:
        for request, url in requests_of(sample, n, base):
            client.request(request["method"], url, headers=request["headers"], content=request["body"])
    text = re.sub(r"recorded_at: .*", "recorded_at: '2025-10-09T08:53:20Z'", open(path).read())
    for i in range(len(sample["exchanges"])):
        text = text.replace(f"{base}/{n}/{i}", sample["host"])
    write(path, text.replace(urlsplit(base).netloc, urlsplit(sample["host"]).netloc))


def mitmproxy(sample, n, base, path):
    from http.client import HTTPConnection

    from mitmproxy import http
    from mitmproxy.addons.savehar import SaveHar
    from mitmproxy.test import tflow

    flows = []
    for at, (request, url) in enumerate(requests_of(sample, n, base), CLOCK):
        local = urlsplit(url)
        connection = HTTPConnection(local.netloc)
        target = local.path + (f"?{local.query}" if local.query else "")
        connection.request(request["method"], target, request["body"], request["headers"])
        answer = connection.getresponse()
        sent = http.Request.make(request["method"], sample["host"] + request["path"], request["body"] or "",
                                 request["headers"])
        received = http.Response.make(answer.status)
        received.headers = http.Headers([(name.encode(), value.encode()) for name, value in answer.getheaders()])
        received.raw_content = answer.read()
        sent.timestamp_start, sent.timestamp_end = at, at + 0.01
        received.timestamp_start, received.timestamp_end = at + 0.1, at + 0.15
        flow = tflow.tflow(req=sent, resp=received)
        server = flow.server_conn
        server.timestamp_start, server.timestamp_tcp_setup, server.timestamp_tls_setup = at, at + 0.002, at + 0.005
        flows.append(flow)
    write(path, json.dumps(SaveHar().make_har(flows), indent=4) + "\n")


def llama_stack(sample, n, base, path):
    """One file a call, named by a hash of the request; here it goes by the sample's name."""
    import asyncio
    import tempfile

    import openai
    from llama_stack.core.testing_context import reset_test_context, set_test_context
    from llama_stack.testing.api_recorder import api_recording

    (request, url), = requests_of(sample, n, base)
    body = json.loads(request["body"])

    async def ask():
        client = openai.AsyncOpenAI(base_url=url.removesuffix("/chat/completions"), api_key="none", max_retries=0)
        try:
            answer = await client.chat.completions.create(**body)
            if body.get("stream"):
                _ = [chunk async for chunk in answer]
        except openai.APIStatusError:
            pass

    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/tests/integration/recordings")
        context = set_test_context(f"tests/integration/beach/test_kite.py::test[txt=openai/{body['model']}]")
        try:
            with api_recording("record", f"{folder}/tests/integration/recordings"):
                asyncio.run(ask())
        finally:
            reset_test_context(context)
        found = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".json")]
        text, = [open(name, encoding="utf-8").read() for name in found]
    for i in range(len(sample["exchanges"])):
        text = text.replace(f"{base}/{n}/{i}", sample["host"])
    write(path, text)


def emit(sample, n, base, path):
    """A tape: headers once by name, text plain or quoted where YAML asks for it, bytes as !!binary."""
    def scalar(value):
        return f"'{value}'" if value in ("*/*", "1", "2") or ":" in value or value.isdigit() else value

    lines = ["!tape", f"name: {os.path.splitext(os.path.basename(path))[0]}", "interactions:"]
    for at, exchange in enumerate(sample["exchanges"]):
        request, reply = exchange["request"], exchange["reply"]
        moment = datetime.fromtimestamp(CLOCK + at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        lines += [f"- recorded: {moment}", "  request:", f"    method: {request['method']}",
                  f"    uri: {sample['host']}{request['path']}", "    headers:"]
        headers = {"Accept-Encoding": "gzip", "Host": urlsplit(sample["host"]).netloc, **request["headers"]}
        lines += [f"      {name}: {scalar(value)}" for name, value in sorted(headers.items())]
        lines += [f"    body: {request['body']}"] * (request["body"] is not None)
        lines += ["  response:", f"    status: {reply['status']}", "    headers:"]
        headers = {"Content-Length": str(len(reply["body"])), **reply["headers"]}
        lines += [f"      {name}: {scalar(value)}" for name, value in sorted(headers.items())]
        try:
            lines += ["    body: |", *textwrap.indent(reply["body"].decode(), "      ").splitlines()]
        except UnicodeDecodeError:
            encoded = base64.b64encode(reply["body"]).decode()
            lines += ["    body: !!binary |-", *textwrap.indent("\n".join(textwrap.wrap(encoded, 76)), "      ").splitlines()]
    write(path, "\n".join(lines) + "\n")


def main(out, only):
    server = serve()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    recorders = {"betamax": betamax, "datadog": datadog, "cassetter": cassetter, "mitmproxy": mitmproxy, "llama-stack": llama_stack, "emit": emit}
    for n, sample in enumerate(SAMPLES):
        recorder = recorders.get(sample["recorder"])
        if recorder and (not only or sample["recorder"] in only):
            path = os.path.join(out, sample["file"])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            recorder(sample, n, base, path)
            print(path)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

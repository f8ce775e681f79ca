"""Records the vcrpy samples from server.py with the vcrpy that is installed: 9 (most), 6 (aiohttp) or 5 (old httpx stub).

    python3 vcrpy_record.py OUT_DIR
"""
import asyncio
import copy
import gzip
import json
import os
import sys
import threading
from urllib.parse import urlsplit

import vcr
import yaml

from server import SAMPLES, serve


# ---- clients: each sends one request of the plan ----

def use_requests(method, url, headers, body):
    import requests
    requests.request(method, url, headers=headers, data=None if body is None else body.encode())


def use_proxy(method, url, headers, body):
    """As a proxy written with aiohttp does: it sends on the headers it was sent, whose keys are istr."""
    from multidict import istr
    use_requests(method, url, {istr(k): v for k, v in headers.items()}, body)


def use_urllib3(method, url, headers, body):
    import urllib3
    urllib3.PoolManager().request(method, url, headers=headers, body=body.encode())


def use_httpx(method, url, headers, body):
    import httpx
    with httpx.Client() as client:
        client.request(method, url, headers=headers, content=body and body.encode())


def use_aiohttp(method, url, headers, body):
    import aiohttp

    async def go():
        async with aiohttp.ClientSession() as session:
            async with session.request(method, url, headers=headers, data=body) as response:
                await response.text()
    asyncio.run(go())


# ---- serializers of our own, in the way of projects that have one ----

class LiteralDumper(yaml.Dumper):
    """Writes text of several lines as a literal block."""


LiteralDumper.add_representer(str, lambda d, s: d.represent_scalar(
    "tag:yaml.org,2002:str", s, style="|" if "\n" in s else None))


class Literal:
    @staticmethod
    def serialize(cassette):
        return yaml.dump(cassette, Dumper=LiteralDumper, allow_unicode=True, width=120)


class ParsedBody:
    """JSON bodies become a mapping under parsed_body; the body goes away."""
    @staticmethod
    def serialize(cassette):
        for interaction in cassette["interactions"]:
            for side in interaction.values():
                body = side["body"]["string"] if isinstance(side["body"], dict) else side["body"]
                if side["headers"].get("content-type", side["headers"].get("Content-Type")) == ["application/json"]:
                    side["parsed_body"] = json.loads(body)
                    del side["body"]
        return yaml.dump(cassette, Dumper=LiteralDumper, allow_unicode=True, width=120)


class Data:
    """A JSON response body becomes {"data": {...}}."""
    @staticmethod
    def serialize(cassette):
        for interaction in cassette["interactions"]:
            response = interaction["response"]
            response["body"] = {"data": json.loads(response["body"]["string"])}
        return json.dumps(cassette, indent=2, sort_keys=True)


class ParallelLists:
    """A persister: two lists side by side, bodies as bytes, headers redacted, gzip outside."""
    @staticmethod
    def load_cassette(path, serializer):
        raise vcr.cassette.CassetteNotFoundError

    @staticmethod
    def save_cassette(path, cassette, serializer):
        requests = [r._to_dict() for r in cassette["requests"]]
        for r in requests:
            r["headers"] = {k: ["**REDACTED**"] for k in r["headers"]}
        responses = [{**r, "headers": {k: "**REDACTED**" for k in r["headers"]}} for r in cassette["responses"]]
        text = yaml.safe_dump({"requests": requests, "responses": responses})
        with open(path, "wb") as out:
            out.write(gzip.compress(text.encode(), mtime=0))


def record(n, sample, base, path):
    if os.path.exists(path):
        os.remove(path)
    local = urlsplit(base).netloc
    host = urlsplit(sample["host"]).netloc

    def unlocal(request):
        """Put the provider's host where the local server's is."""
        request = copy.copy(request)
        for i in range(len(sample["exchanges"])):
            request.uri = request.uri.replace(f"{base}/{n}/{i}/", sample["host"] + "/")
        request.headers = copy.copy(request.headers)
        for name, value in list(request.headers.items()):
            if value == local:
                request.headers[name] = host
        return request

    tape = vcr.VCR(before_record_request=unlocal, record_mode="all")
    for name, serializer in {"literal": Literal, "parsed_body": ParsedBody, "data": Data}.items():
        tape.register_serializer(name, serializer)
    serializer = sample.get("serializer", "yaml")
    if serializer == "parallel_lists":
        tape.register_persister(ParallelLists)
        serializer = "yaml"
    with tape.use_cassette(path, serializer=serializer, **sample.get("options", {})):
        for i, exchange in enumerate(sample["exchanges"]):
            r = exchange["request"]
            client = sample["client"] if isinstance(sample["client"], str) else sample["client"][i]
            globals()["use_" + client](r["method"], f"{base}/{n}/{i}{r['path']}", r["headers"], r["body"])


def main(out):
    server = serve()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    for n, sample in enumerate(SAMPLES):
        if sample["recorder"] == "vcrpy-" + vcr.__version__.split(".")[0]:
            path = os.path.join(out, sample["file"])
            record(n, sample, base, path)
            print(path)


if __name__ == "__main__":
    main(sys.argv[1])

"""Records the samples of WireMock from server.py with the real recorder.

    python3 wiremock.py OUT_DIR WIREMOCK.jar

WireMock runs as a proxy for each exchange in turn; its recorder writes a mapping an exchange and, where a body is long or
no text, a file beside it. Ids are random, and so are the file names made of them: here they are counted.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from urllib.request import Request, urlopen

from server import SAMPLES, serve

PORT = 8781
RULES = {"captureHeaders": {"Accept": {}}, "requestBodyPattern": {"matcher": "equalToJson"}, "persist": True,
         "extractBodyCriteria": {"textSizeThreshold": "1 kb", "binarySizeThreshold": "1 kb"}}


def admin(path, body=None):
    data = json.dumps(body or {}).encode()
    asked = Request(f"http://127.0.0.1:{PORT}/__admin{path}", data, {"Content-Type": "application/json"})
    return json.load(urlopen(asked))


def started(jar, folder):
    java = subprocess.Popen(["java", "-jar", jar, "--port", str(PORT), "--root-dir", folder, "--disable-banner"],
                            stdout=subprocess.DEVNULL)
    for _ in range(100):
        try:
            urlopen(f"http://127.0.0.1:{PORT}/__admin/mappings")
            return java
        except OSError:
            time.sleep(0.2)
    raise SystemExit("WireMock does not answer")


def record(sample, n, base, out):
    """The mapping goes by the sample's name, the body by the name that WireMock gives it."""
    for i, exchange in enumerate(sample["exchanges"]):
        request = exchange["request"]
        admin("/recordings/start", {"targetBaseUrl": f"{base}/{n}/{i}", **RULES})
        connection = HTTPConnection("127.0.0.1", PORT)
        connection.request(request["method"], request["path"], request["body"] and request["body"].encode(), request["headers"])
        connection.getresponse().read()
        id = admin("/recordings/stop")["mappings"][0]["id"]
        mapping, = [os.path.join(out["folder"], "mappings", name) for name in os.listdir(os.path.join(out["folder"], "mappings"))]
        text = open(mapping, encoding="utf-8").read()
        os.remove(mapping)
        counted = f"00000000-0000-4000-8000-{out['count']:012d}"
        body = re.search(r'"bodyFileName" : "([^"]+)"', text)
        if body:
            name = body[1].replace(id, counted)
            target = os.path.join(out["samples"], "wiremock", "__files", name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.move(os.path.join(out["folder"], "__files", body[1]), target)
        path = os.path.join(out["samples"], sample["file"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text.replace(id, counted))
        print(path)


def main(samples, jar):
    server = serve()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = tempfile.mkdtemp()
    java = started(jar, folder)
    try:
        own = [(n, sample) for n, sample in enumerate(SAMPLES) if sample["recorder"] == "wiremock"]
        for count, (n, sample) in enumerate(own, 1):
            out = {"folder": folder, "samples": samples, "count": count}
            record(sample, n, f"http://127.0.0.1:{server.server_port}", out)
    finally:
        java.terminate()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])

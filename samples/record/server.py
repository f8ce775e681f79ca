"""A local server that answers each sample's requests exactly as the scenarios say, so that a real recorder can record it.

    python3 server.py 8765          serve until interrupted

A recorder calls http://127.0.0.1:PORT/<n>/<i><path> for exchange i of sample n,
and later replaces that prefix with the provider's host. GET /_plan lists the
requests to send, for recorders that are not written in Python.
"""
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import scenarios_go_vcr  # noqa: F401 (fills SAMPLES)
import scenarios_providers  # noqa: F401
import scenarios_vcrpy  # noqa: F401
import scenarios_openai  # noqa: F401
import scenarios_formats  # noqa: F401
import scenarios_bedrock  # noqa: F401
import scenarios_anthropic  # noqa: F401
from wire import SAMPLES

DATE = "Thu, 09 Oct 2025 08:53:20 GMT"  # a fixed clock: a rerun gives the same bytes


def plan():
    """The samples as JSON: where each goes, who records it, and what to send."""
    return json.dumps([
        {"file": s["file"], "recorder": s["recorder"], "host": s["host"], "options": s.get("options", {}),
         "requests": [x["request"] for x in s["exchanges"]]}
        for s in SAMPLES
    ]).encode()


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/_plan":
            return self.reply(200, {"Content-Type": "application/json"}, plan(), "length")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        n, i = self.path.split("/")[1:3]
        reply = SAMPLES[int(n)]["exchanges"][int(i)]["reply"]
        self.reply(reply["status"], reply["headers"], reply["body"], reply["how"])

    do_POST = do_DELETE = do_GET

    def reply(self, status, headers, body, how):
        """`how` is "length", "chunked" (a stream) or "close" (a stream that is cut off)."""
        self.send_response_only(status)
        for name, value in {"Date": DATE, **headers}.items():
            self.send_header(name, value)
        if how == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        elif how == "close":
            self.send_header("Connection", "close")
            self.close_connection = True
        elif status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if how != "chunked":
            self.wfile.write(body)
            return
        for part in re.findall(rb"(?s).+?(?:\n\n|\Z)", body):  # one chunk an event
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args):
        pass


def serve(port=0):
    return ThreadingHTTPServer(("127.0.0.1", port), Provider)


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8765).serve_forever()

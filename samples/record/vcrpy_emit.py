"""Writes the vcrpy samples whose recorder no longer runs here: Python 2, vcrpy before 1.0.

    python3 vcrpy_emit.py OUT_DIR
"""
import json
import os
import sys

import yaml

TIDES, DATE = "tides.harbour.example", "Sun, 02 Mar 2014 07:30:00 GMT"


class Unicode(str):
    """A Python 2 unicode object, which old PyYAML tagged."""


class OldRequest(dict):
    """A vcr.request.Request as vcrpy pickled it into YAML before 1.0."""


class FrozenSet(tuple):
    """A frozenset with a fixed order."""


class Dumper(yaml.Dumper):
    def ignore_aliases(self, data):
        return True


Dumper.add_representer(Unicode, lambda d, v: d.represent_scalar("tag:yaml.org,2002:python/unicode", v))
Dumper.add_representer(OldRequest, lambda d, v: d.represent_mapping(
    "tag:yaml.org,2002:python/object:vcr.request.Request", v))
Dumper.add_representer(FrozenSet, lambda d, v: d.represent_sequence(
    "tag:yaml.org,2002:python/object/apply:__builtin__.frozenset", [list(v)]))


def dump(data):
    # PyYAML before 5.1 wrote leaves in flow style; so does default_flow_style=None today.
    return yaml.dump(data, Dumper=Dumper, default_flow_style=None)


def chat_reply(text):
    return json.dumps({"id": "cmpl-moth0001", "object": "chat.completion", "created": 1700000000, "model": "gpt-3.5-turbo",
                       "choices": [{"index": 0, "message": {"role": "assistant", "content": text},
                                    "finish_reason": "stop"}],
                       "usage": {"prompt_tokens": 18, "completion_tokens": 12, "total_tokens": 30}})


PYTHON2 = dump({"interactions": [{
    "request": {
        "body": Unicode('{"messages": [{"role": "user", "content": "Why moths and lamps?"}], "model": "gpt-3.5-turbo"}'),
        "headers": {"Accept": ["*/*"], "Content-Length": ["91"], Unicode("Content-Type"): ["application/json"]},
        "method": Unicode("POST"), "uri": "https://api.openai.com/v1/chat/completions"},
    "response": {
        "body": {"string": Unicode(chat_reply("They take it for the sky, and keep turning their backs to it."))},
        "headers": {"Content-Type": [Unicode("application/json")], "Date": [DATE]},
        "status": {"code": 200, "message": Unicode("OK")}}}], "version": 1})

TORNADO = dump({"interactions": [{
    "request": {"body": None, "headers": {}, "method": "GET", "uri": f"http://{TIDES}/today"},
    "response": {"body": {"string": Unicode('{"high": "06:12", "low": "12:31"}')},
                 "headers": [("Content-Type", ["application/json"]), ("Date", [DATE])],
                 "status": {"code": 200, "message": "OK"}}}], "version": 1})


def before_1_0(method, path, body, reply):
    headers = [("accept", "*/*"), ("user-agent", "tide-clock/0.1")]
    request = {"body": body, "headers": dict(headers), "host": TIDES, "method": method, "path": path,
               "port": 80, "protocol": "http"}
    response = {"body": {"string": reply},
                "headers": ["content-type: application/json\r\n", f"date: {DATE}\r\n", f"content-length: {len(reply)}\r\n"],
                "status": {"code": 200, "message": "OK"}}
    return request, FrozenSet(headers), response


OLD = [before_1_0("GET", "/today", None, '{"high": "06:12",\n "low": "12:31"}'),
       before_1_0("POST", "/alarm?at=high", '{"ring": "twice"}', '{"ok": true}')]
OLD_YAML = dump([{"request": OldRequest(q, headers=h), "response": {
    **p, "body": {"string": Unicode(p["body"]["string"])}, "headers": [Unicode(x) for x in p["headers"]]}}
    for q, h, p in OLD])
OLD_JSON = json.dumps([{"request": q, "response": p} for q, h, p in OLD], indent=4) + "\n"

if __name__ == "__main__":
    for name, text in {"openai-python2-unicode.yaml": PYTHON2, "tides-python2-tornado.yaml": TORNADO,
                       "tides-before-1.0.yaml": OLD_YAML, "tides-before-1.0.json": OLD_JSON}.items():
        path = os.path.join(sys.argv[1], "vcrpy", name)
        with open(path, "w") as out:
            out.write(text)
        print(path)

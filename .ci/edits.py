"""Sets places of real cassettes, and reads source and result with readers that share no code with the program.

usage: edits.py BINARY CORPUS ANSWERS [--every N] [--show N]

Of every N-th file of each format: a header, a string and a number of a JSON body, and `response.text` are set. PyYAML or
Python's json reads both files; exactly one scalar differs, beside those that say a length, and inside a body exactly one
member. `cassette get` gives the value back. Where `response.text` is that of a stream, the vendor's SDK (vendors.py) reads
the recorded bytes: the text is the one that was set, and all else that the SDK tells is as before.
"""

import argparse
import base64
import binascii
import collections
import concurrent.futures
import gzip
import json
import os
import re
import shutil
import subprocess
import tempfile
import zlib

import vendors
import yaml

HEADER = 'Some value; of "mine"'
STRING = "it's \"h\u00e9llo\"\n\U0001f600"
NUMBER = 4711
ANSWER = "Quite another answer, \"in\" some\nw\u00f6rds \U0001f600."

# Headers that say how a body is to be read.
ABOUT_BODIES = {"content-length", "content-type", "content-encoding", "transfer-encoding"}

# Why an edit may be refused: a charset without that character, a stream that was cut, an answer that is empty.
REFUSED = re.compile("has no `|it is damaged|no text that another could take")


# A number, and the line of a header that says one.
LENGTH = r"(content-length: *)?\d+(\.0)?"


class Unread(Exception):
    """The independent reader does not read a file."""


class Loader(yaml.CSafeLoader):
    """YAML of any recorder: its own tags are left out, times stay text, repeated and unhashable keys do not matter."""


def untagged(loader, _suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return node.value
    return loader.construct_sequence(node, True) if isinstance(node, yaml.SequenceNode) else mapping(loader, node)


def mapping(loader, node):
    return {json.dumps(key, default=str): value for key, value in loader.construct_pairs(node, True)}


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in all if not tag.endswith(":timestamp")]
    for first, all in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_constructor("tag:yaml.org,2002:map", mapping)
Loader.add_constructor("!binary", lambda _, node: base64.b64decode(node.value))
Loader.add_multi_constructor("", untagged)


def load(path):
    """What a file holds, as its independent reader has it."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data.startswith(b"httprr trace v"):
        return wire(data)
    text = data.decode("utf-8-sig")
    try:
        if text.lstrip()[:1] in ("{", "["):
            return json.loads(text)
    except ValueError:
        pass
    try:
        return list(yaml.load_all(text, Loader))
    except (yaml.YAMLError, ValueError) as error:
        raise Unread(str(error)) from error


def wire(data):
    """The pairs of a trace: lines of the heads, and bodies without their chunks."""
    at, pairs = data.index(b"\n") + 1, []
    while at < len(data):
        end = data.index(b"\n", at)
        lengths = [int(length) for length in data[at:end].split()]
        at, pair = end + 1, [lengths]
        for length in lengths:
            message, at = data[at : at + length], at + length
            end = re.search(rb"\r?\n\r?\n", message)
            head, body = (message[: end.start()], message[end.end() :]) if end else (message, b"")
            lines = head.decode("latin-1").splitlines()
            if any(re.match("transfer-encoding: *chunked", line, re.I) for line in lines):
                body = unchunked(body)
            pair += [lines, body]
        pairs.append(pair)
    return pairs


def unchunked(body):
    whole = b""
    while body:
        length, _, body = body.partition(b"\n")
        length = int(length.split(b";")[0], 16)
        if not length:
            return whole
        whole, body = whole + body[:length], body[length:].lstrip(b"\r").removeprefix(b"\n")
    return whole


def scalars(value, path=()):
    """All scalars of a value, by their paths."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from scalars(inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from scalars(inner, (*path, at))
    else:
        yield path, value


def differing(old, new):
    """The scalars that differ, each by its path; nothing if there are others."""
    old, new = dict(scalars(old)), dict(scalars(new))
    if list(old) != list(new):
        return None
    same = lambda a, b: type(a) is type(b) and a == b
    return {path: (old[path], new[path]) for path in old if not same(old[path], new[path])}


def is_length(old, new):
    number = lambda value: isinstance(value, (int, float)) or re.fullmatch(LENGTH, str(value), re.I)
    return number(old) and number(new)


def at(value, path):
    for key in path:
        value = value[key]
    return value


def packed(data):
    """The bytes inside a compression."""
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    for opened in (lambda: zlib.decompress(data), lambda: unbrotli(data)):
        try:
            return opened()
        except Exception:
            continue
    return data


def unbrotli(data):
    import brotli

    return brotli.decompress(data)


def bodies(value):
    """The bytes that a scalar, or a list of them, may stand for."""
    if isinstance(value, list):
        for decode in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
            try:
                yield packed(b"".join(decode(text) for text in value))
            except (ValueError, TypeError):
                pass
        if all(isinstance(text, str) for text in value):
            yield "".join(value).encode()
            yield "".join(text + "\n\n" for text in value).encode()
        return
    if isinstance(value, bytes):
        yield packed(value)
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return
    text = value.removeprefix("base64:")
    try:
        listed = json.loads(text) if text.startswith("[") else None
    except ValueError:
        listed = None
    if isinstance(listed, list) and listed and all(isinstance(part, str) for part in listed):
        yield from bodies(listed)
    for decode in (lambda: base64.b64decode("".join(text.split()), validate=True), lambda: bytes.fromhex(text)):
        try:
            data = decode()
        except (ValueError, binascii.Error):
            continue
        yield packed(data)
    yield value.encode("utf-8", "surrogatepass")


def as_json(value):
    for data in bodies(value):
        try:
            text = data.decode()
            return json.loads(text, strict=False) if text.lstrip()[:1] in ("{", "[") else None
        except ValueError:
            continue
    return None


def body_path(doc, path):
    """The path of the body that a scalar belongs to: its own, or that of the list of its pieces."""
    around = at(doc, path[:-1])
    is_pieces = isinstance(around, list) and all(isinstance(piece, str) for piece in around)
    return path[:-1] if is_pieces else path


class Program:
    def __init__(self, binary):
        self.binary = binary

    def run(self, *arguments):
        done = subprocess.run([self.binary, *arguments], capture_output=True)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def get(self, file, interaction, path):
        code, out, _ = self.run("get", file, "-i", str(interaction), path, "--json", "--show-secrets")
        try:
            return json.loads(out, strict=False) if code == 0 else None
        except ValueError:
            return None


def first(value, path, wanted):
    """The path to the first scalar of a kind."""
    if isinstance(value, dict):
        plain = ((key, inner) for key, inner in value.items() if re.fullmatch(r"\w+", key, re.ASCII))
        found = (first(inner, f"{path}.{key}", wanted) for key, inner in plain)
    elif isinstance(value, list):
        found = (first(inner, f"{path}[{at}]", wanted) for at, inner in enumerate(value))
    else:
        return path if wanted(value) else None
    return next((path for path in found if path), None)


def cases(program, file):
    """What to set: the first of each kind in the first interactions."""
    is_number = lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)
    kinds = {"header": None, "string": None, "number": None, "text": None}
    for number in range(3):
        if all(kinds.values()):
            break
        headers = program.get(file, number, "request.headers") or {}
        free = [name for name in headers if name.lower() not in ABOUT_BODIES and "." not in name and isinstance(headers[name], str)]
        if free and not kinds["header"]:
            kinds["header"] = number, f"request.headers.{free[0]}", HEADER
        for side in ("request.body", "response.body"):
            body = program.get(file, number, side)
            # The events of a stream have a place of their own.
            if not isinstance(body, dict):
                continue
            for kind, wanted, new in (("string", lambda value: isinstance(value, str), STRING), ("number", is_number, NUMBER)):
                path = first(body, side, wanted)
                if path and not kinds[kind]:
                    kinds[kind] = number, path, new
        if not kinds["text"] and program.get(file, number, "response.text"):
            kinds["text"] = number, "response.text", ANSWER
    return {kind: case for kind, case in kinds.items() if case}


class Edited:
    """A cassette with something set, in a folder of its own with what lies beside it."""

    def __init__(self, program, corpus, name, case):
        self.interaction, self.path, self.new = case
        self.program, self.source = program, os.path.join(corpus, name)
        self.folder = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.folder.name, "a", "b", os.path.basename(name))
        os.makedirs(os.path.dirname(self.file))
        shutil.copy(self.source, self.file)
        for beside in ("__files", "../__files", os.path.basename(name).removesuffix(".json") + ".blobs"):
            found = os.path.join(os.path.dirname(self.source), beside)
            if os.path.isdir(found):
                shutil.copytree(found, os.path.join(os.path.dirname(self.file), beside))
        number = str(self.interaction)
        self.code, _, self.err = program.run("set", self.file, "-i", number, self.path, "--", str(self.new))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def get(self):
        return self.program.get(self.file, self.interaction, self.path)


def check(edited, kind, count):
    """What is not as it should be after a place was set, in words."""
    if edited.code:
        count["refused" if REFUSED.search(edited.err) else "failed"] += 1
        return [] if REFUSED.search(edited.err) else [edited.err.splitlines()[0]]
    faults = [] if edited.get() == edited.new else [f"get says {edited.get()!r}"]
    old, new = load(edited.source), load(edited.file)
    found = differing(old, new)
    if found is None:
        return [*faults, "there are other scalars in the file"]
    lengths = {path for path, (was, now) in found.items() if is_length(was, now) and now != edited.new}
    told = {path: pair for path, pair in found.items() if path not in lengths}
    count["checked"] += 1
    count["lengths"] += len(lengths)
    if not told:
        count["beside"] += 1
        return faults
    if kind == "header":
        values = [now.decode() if isinstance(now, bytes) else str(now) for _, now in told.values()]
        if len(told) != 1 or lengths and not isinstance(old[0], list) or not values[0].endswith(HEADER):
            faults.append(f"{sorted(map(str, found))} differ")
    elif kind in ("string", "number"):
        holders = {body_path(old, path) for path in told}
        # The same in protobuf, beside the JSON.
        twins = {path for path in holders if str(path[-1]).strip('"') == "raw" and isinstance(at(old, path), bytes)}
        if len(holders - twins) != 1:
            return [*faults, f"{sorted(map(str, holders))} differ"]
        holder = min(holders - twins)
        values = [now for path, (_, now) in told.items() if body_path(old, path) == holder]
        if values == [edited.new]:
            count["in the tree"] += 1
            return faults
        was, now = at(old, holder), at(new, holder)
        before, after = as_json(was), as_json(now)
        if before is None or after is None:
            count["not decoded"] += 1
            return faults
        members = differing(before, after)
        values = [new for _, new in members.values()] if members else None
        if values != [edited.new]:
            faults.append(f"{members} in the body differ")
        count["in a body"] += 1
    else:
        for path in {body_path(old, path) for path in told}:
            was, now = at(old, path), at(new, path)
            before, after = as_json(was), as_json(now)
            members = differing(before, after) if before is not None and after is not None else {path: (was, now)}
            values = [now for _, now in (members or {}).values()]
            # A stream that is no JSON is for the SDK.
            if before is not None and not all(isinstance(value, str) and value in ANSWER for value in values):
                faults.append(f"{members} differ")
            count["answers as JSON"] += before is not None
    return faults


def check_stream(edited, api, count):
    """What the vendor's SDK says of an answer before and after its text was set."""
    old, new = load(edited.source), load(edited.file)
    found = differing(old, new) or {}
    told = sorted((path for path, pair in found.items() if not is_length(*pair)), key=str)
    streams = {body_path(old, path) for path in told}
    why = "its bytes are not in the file"
    for path in streams:
        for before, after in zip(bodies(at(old, path)), bodies(at(new, path))):
            try:
                was = vendors.read(api, before)
            except Exception as error:  # An SDK says in its own way that it does not read something.
                why = f"{type(error).__name__}: {error}"[:160]
                continue
            if was is None:
                count["no SDK here"] += 1
                return []
            if not was["text"]:
                continue
            count["read"] += 1
            try:
                now = vendors.read(api, after)
            except Exception as error:
                return [f"the SDK reads it no more: {type(error).__name__}: {error}"[:300]]
            faults = [] if now["text"] == ANSWER else [f"the SDK reads {now['text']!r}"]
            return faults if now["rest"] == was["rest"] else [*faults, "the SDK reads something else differently"]
    count["not read"] += 1
    count[f"not read: {why}"] += 1
    return []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("corpus")
    parser.add_argument("answers")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--show", type=int, default=40)
    options = parser.parse_args()
    program = Program(os.path.abspath(options.binary))
    by_format = collections.defaultdict(list)
    for line in open(os.path.join(options.corpus, "INDEX.jsonl")):
        row = json.loads(line)
        by_format[row["format"]].append(row["path"])
    names = [name for paths in by_format.values() for name in sorted(paths)[:: options.every]]
    streams = [json.loads(line) for line in open(options.answers)]
    streams = [row for row in streams if row.get("streaming") and row.get("text") and not row.get("error")]
    by_api = collections.defaultdict(list)
    for row in streams:
        by_api[row["api"]].append(row)
    streams = [row for rows in by_api.values() for row in rows[:: options.every]]

    def one(name):
        count, faults, kinds = collections.Counter(), [], collections.Counter()
        try:
            load(os.path.join(options.corpus, name))
        except (Unread, UnicodeDecodeError):
            return collections.Counter({"files not read by Python": 1}), kinds, []
        for kind, case in cases(program, os.path.join(options.corpus, name)).items():
            kinds[kind] += 1
            with Edited(program, options.corpus, name, case) as edited:
                faults += [f"{name} {case[0]} {case[1]}: {fault}" for fault in check(edited, kind, count)]
        return count, kinds, faults

    def stream(row):
        count, case = collections.Counter(), (row["interaction"], "response.text", ANSWER)
        with Edited(program, options.corpus, row["path"], case) as edited:
            if edited.code:
                fault = [] if REFUSED.search(edited.err) else [edited.err.splitlines()[0]]
                return row["api"], collections.Counter({"refused": 1}), fault
            faults = check_stream(edited, row["api"], count)
        return row["api"], count, [f"{row['path']} {row['interaction']} ({row['api']}): {fault}" for fault in faults]

    faults, count, kinds = [], collections.Counter(), collections.Counter()
    by_api = collections.defaultdict(collections.Counter)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for counted, set_kinds, wrong in pool.map(one, names):
            count.update(counted)
            kinds.update(set_kinds)
            faults += wrong
        for api, counted, wrong in pool.map(stream, streams):
            by_api[api].update(counted)
            faults += wrong
    print(f"{len(names)} files: {dict(kinds)} set; {dict(count)}")
    for api, counted in sorted(by_api.items()):
        print(f"{sum(n for what, n in counted.items() if ':' not in what)} streams of {api}: {dict(counted)}")
    print(f"{len(faults)} faults")
    for fault in faults[: options.show]:
        print("  " + fault)
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()

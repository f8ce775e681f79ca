"""Compares the calls and tokens that `cassette tools` and `cassette usage` list with what the vendors' own SDKs read.

usage: conversations.py BINARY CORPUS ANSWERS

Tool calls: for each recorded answer with a verdict, the calls listed as made by its first choice are those of the answer;
all other calls listed are told by a request only, made by a further choice, run by the server, or made in an answer that
nobody has a verdict on. Tokens: for each file, the sums of the calls with a verdict are those of the answers, and where
the file has no other calls, they are the totals of the file.
"""

import collections
import json
import os
import subprocess
import sys

FIELDS = ["input_tokens", "output_tokens", "total_tokens", "reasoning_tokens", "cached_tokens"]

# Rows in which the expected answer is wrong, or its fields mean something else; see transcripts.py.
KNOWN = {
    "test_anthropic_2_completion.yaml#0",
    "bedrock-invokemodel-adds-anthropic-claude-model-attributes-to-span.json#0",
    "test_multimodal_tool_return_matrix[direct-url_force_download-document-xai].xai.yaml#1",
    "test_xai_web_search_user_location_recorded.xai.yaml#0",
    "test_xai_builtin_x_search_tool_stream.xai.yaml#0",
}


def run(binary, corpus, *arguments):
    done = subprocess.run([binary, *arguments, "--format", "json", "."], cwd=corpus, capture_output=True, text=True)
    return json.loads(done.stdout)


def main():
    binary, corpus, answers = os.path.abspath(sys.argv[1]), *sys.argv[2:]
    rows = [json.loads(line) for line in open(answers)]
    rows = [row for row in rows if not ("oracle_error" in row and "text" not in row)]
    rows = {(row["path"], row["interaction"]): row for row in rows if not row.get("error")}
    wrong = calls(rows, run(binary, corpus, "tools")["calls"])
    by_interaction = run(binary, corpus, "usage", "--by", "interaction")["rows"]
    wrong += tokens(rows, by_interaction, run(binary, corpus, "usage")["rows"])
    new = [line for line in wrong if line.split(": ")[0].rsplit("/", 1)[-1] not in KNOWN]
    print(f"{len(wrong) - len(new)} rows differ for a known reason, {len(new)} for another")
    for line in new[:40]:
        print("  " + line)
    sys.exit(1 if new else 0)


def calls(rows, listed):
    wrong, made, other = [], collections.defaultdict(list), collections.Counter()
    for call in listed:
        place = call["path"], call["interaction"]
        if call["told_by"] == "answer" and not call["server"] and place in rows and call["choice"] == 0:
            made[place].append((call["name"], call["id"]))
        else:
            kind = "a further choice" if call["told_by"] == "answer" and call["choice"] else call["told_by"]
            other["the server" if call["server"] else kind] += 1
    total = 0
    for place, row in rows.items():
        want = [(call["name"], call["id"]) for call in row.get("tool_calls") or []]
        total += len(want)
        got = made.get(place, [])
        # A wire without ids has none to compare; an old-style function call is no tool call there.
        same = len(want) == len(got) and all(a == c and b in (None, d) for (a, b), (c, d) in zip(want, got))
        if not same and not (not want and all(call[1] is None for call in got)):
            wrong.append(f"{place[0]}#{place[1]}: calls {want} listed as {got}")
    print(f"{total} calls in {len(rows)} answers with a verdict; {len(listed)} listed; beside them: {dict(other)}")
    return wrong


def tokens(rows, interactions, files):
    wrong, sums, extra = [], collections.defaultdict(collections.Counter), set()
    want = collections.defaultdict(collections.Counter)
    seen = 0
    for row in interactions:
        place = row["name"], row["interaction"]
        if place not in rows:
            if row["with_usage"]:
                extra.add(row["name"])
            continue
        usage = rows[place].get("usage") or {}
        usage["cached_tokens"] = usage.get("cached_tokens", usage.get("cache_read_tokens"))
        for field in FIELDS:
            if usage.get(field) is not None:
                want[place[0]][field] += usage[field]
                sums[place[0]][field] += row[field] or 0
        seen += bool(usage.get("input_tokens"))
    for path, expected in want.items():
        for field, number in expected.items():
            if number != sums[path][field]:
                wrong.append(f"{path}: {field} {number}, listed as {sums[path][field]}")
    totals = {row["name"]: row for row in files}
    whole = [path for path in want if path not in extra]
    for path in whole:
        # A number that some answers have and others lack is a sum all the same.
        for field, number in want[path].items():
            if number != (totals[path][field] or 0):
                wrong.append(f"{path}: {field} {number}, in all {totals[path][field]}")
    print(f"{seen} answers with tokens in {len(want)} files, {len(whole)} of them with no other calls that report tokens")
    return wrong


if __name__ == "__main__":
    main()

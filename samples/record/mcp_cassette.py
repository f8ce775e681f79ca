"""Records the sample of mcp-cassette with the real recorder, which stands between a client and mcp_tides.py.

    python3 mcp_cassette.py OUT_DIR MCP_CASSETTE

Times are put right, so that a rerun is the same.
"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ASKED = [
    {"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {},
                                                 "clientInfo": {"name": "harbour", "version": "0.1"}}},
    {"method": "notifications/initialized"},
    {"id": 2, "method": "tools/list"},
    {"id": 3, "method": "tools/call", "params": {"name": "high_water", "arguments": {"port": "Leith"}}},
]


def main(samples, program):
    path = os.path.join(samples, "mcp-cassette", "tides.mcp.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    server = [sys.executable, os.path.join(HERE, "mcp_tides.py")]
    recorder = subprocess.Popen([program, "record", "--cassette", path, "--", *server], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for message in ASKED:
        recorder.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        recorder.stdin.flush()
        if "id" in message:
            recorder.stdout.readline()
    recorder.stdin.close()
    recorder.wait()
    text = open(path, encoding="utf-8").read()
    text = re.sub(r'("recorded_at": )"[^"]*"', r'\1"2025-10-09T08:53:20.000000Z"', text)
    text = re.sub(r'("applied_at": )"[^"]*"', r'\1"2025-10-09T08:53:20.000000Z"', text)
    offsets = iter(range(0, 10**6, 40))
    text = re.sub(r'("t_offset_ms": )[\d.]+', lambda found: f"{found[1]}{next(offsets)}", text)
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write(text)
    print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A server of the Model Context Protocol over standard input and output, with one tool: just enough to be recorded."""
import json
import sys

INFO = {"name": "tides", "version": "1.0.0"}
TOOL = {"name": "high_water", "description": "Time of the next high water at a port",
        "inputSchema": {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}}


def answer(method, params):
    if method == "initialize":
        return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": INFO}
    if method == "tools/list":
        return {"tools": [TOOL]}
    return {"content": [{"type": "text", "text": "11:42"}], "isError": False}


for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        result = answer(message["method"], message.get("params"))
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)

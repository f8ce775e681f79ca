"""Writes the xAI gRPC samples: the messages are xai-sdk's own protobuf classes, the layout is that of pydantic-ai's tests.

    pip install xai-sdk==1.21.0 pyyaml==6.0.3
    python3 xai_emit.py OUT_DIR
"""
import json
import os
import sys

import yaml
from google.protobuf.json_format import MessageToDict, ParseDict
from xai_sdk.proto import chat_pb2

T0, MODEL = "2025-10-09T08:53:20Z", "grok-4-fast"


def kept(message):
    """A message as the recorder keeps it: for people, and as it was on the wire."""
    return {"json": MessageToDict(message, preserving_proto_field_name=True), "raw": message.SerializeToString()}


def asked(text, **more):
    message = {"role": "ROLE_USER", "content": [{"text": text}]}
    return kept(ParseDict({"model": MODEL, "messages": [message], **more}, chat_pb2.GetCompletionsRequest()))


def answered(**response):
    return kept(ParseDict({"id": "grok-0001", "model": MODEL, "created": T0, **response},
                          chat_pb2.GetChatCompletionResponse()))


def streamed(*chunks):
    chunks = [ParseDict({"id": "grok-0002", "model": MODEL, "created": T0, **chunk}, chat_pb2.GetChatCompletionChunk())
              for chunk in chunks]
    return {"chunks_json": [{"chunk": kept(chunk)["json"]} for chunk in chunks],
            "chunks_raw": [chunk.SerializeToString() for chunk in chunks]}


def call(id, kind, name, arguments, **more):
    return {"id": id, "type": kind, "function": {"name": name, "arguments": json.dumps(arguments)}, **more}


def usage(prompt, completion, reasoning):
    return {"prompt_tokens": prompt, "completion_tokens": completion, "reasoning_tokens": reasoning,
            "total_tokens": prompt + completion + reasoning, "cached_prompt_text_tokens": 4}


FUNCTION = {"name": "bell", "description": "Rings", "parameters": json.dumps({"type": "object", "properties": {}})}
SEARCH = call("call_owl0001", "TOOL_CALL_TYPE_WEB_SEARCH_TOOL", "web_search", {"query": "owl on a clock tower"})
TOOLS = {"interactions": [
    {"request_sample": asked("Ring the bell.", tools=[{"function": FUNCTION}], temperature=0.5),
     "response_sample": answered(usage=usage(21, 8, 5), outputs=[{
         "finish_reason": "REASON_TOOL_CALLS", "message": {
             "role": "ROLE_ASSISTANT", "reasoning_content": "There is a bell.",
             "tool_calls": [call("call_bell0001", "TOOL_CALL_TYPE_CLIENT_SIDE_TOOL", "bell", {"times": 2})]}}])},
    {"request_sample": asked("What lives in the tower?", tools=[{"web_search": {}}]),
     "response_sample": answered(usage=usage(40, 12, 30), outputs=[
         {"message": {"role": "ROLE_ASSISTANT", "tool_calls": [SEARCH]}},
         {"index": 1, "message": {"role": "ROLE_TOOL", "tool_calls": [
             {**SEARCH, "status": "TOOL_CALL_STATUS_COMPLETED"}]}},
         {"index": 2, "finish_reason": "REASON_STOP", "message": {
             "role": "ROLE_ASSISTANT", "content": "An owl. It keeps better time than the clock."}}])},
]}
STREAM = {"interactions": [
    {"request_stream": asked("Count to three."),
     "response_stream": streamed(*[
         {"usage": usage(9, at + 1, 0), "outputs": [{"delta": {"role": "ROLE_ASSISTANT", "content": word}}]}
         for at, word in enumerate(["One,", " two,", " three."])],
         {"usage": usage(9, 3, 0), "outputs": [{"delta": {"role": "ROLE_ASSISTANT"}, "finish_reason": "REASON_STOP"}]})},
    {"request_stream": {"raw": asked("And back?")["raw"]},
     "response_stream": {"chunks_raw": streamed({"outputs": [{"delta": {"content": "Three,"}}]})["chunks_raw"]}},
]}

if __name__ == "__main__":
    for name, data in {"tools.yaml": TOOLS, "stream.yaml": STREAM}.items():
        path = os.path.join(sys.argv[1], "xai-grpc", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            yaml.safe_dump({"version": 1, **data}, out, sort_keys=False, allow_unicode=True)
        print(path)

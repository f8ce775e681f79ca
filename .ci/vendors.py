"""What the vendors' own SDKs make of the bytes of a recorded stream.

`read(api, body)` gives the bytes to the SDK over a transport that goes nowhere, and returns what its own accumulator says:
`{"text": …, "rest": …}`, where `rest` is all else that must not change. Nothing if that SDK is not installed.
"""

import base64
import importlib
import json
import warnings

# What an SDK does not know of an answer it says in warnings.
warnings.simplefilter("ignore")


def read(api, body):
    reader = READERS.get(api)
    if reader is None:
        return None
    try:
        return reader(body)
    except ImportError:
        return None


def transport(body, content_type="text/event-stream", client="httpx"):
    http = importlib.import_module(client)

    def answer(_request):
        return http.Response(200, headers={"content-type": content_type}, content=body)

    return http.Client(transport=http.MockTransport(answer))


def plain(value, without=()):
    """A model of an SDK as JSON, without some keys."""
    value = value.model_dump(mode="json") if hasattr(value, "model_dump") else value
    if isinstance(value, dict):
        return {key: plain(inner, without) for key, inner in value.items() if key not in without}
    return [plain(inner, without) for inner in value] if isinstance(value, list) else value


def client_of(sdk):
    """The HTTP client that an SDK is made with: httpx or its successor."""
    return sdk.DefaultHttpxClient.__mro__[2].__module__.split(".")[0]


def openai(body):
    import openai as sdk

    http = transport(body, client=client_of(sdk))
    return sdk.OpenAI(api_key="a", base_url="http://localhost/v1", http_client=http, max_retries=0)


def openai_chat(body):
    from openai.lib.streaming.chat import ChatCompletionStreamState

    chunks = list(openai(body).chat.completions.create(model="a", messages=[], stream=True))
    first = [choice for chunk in chunks for choice in chunk.choices or [] if choice.index == 0]
    text = "".join(choice.delta.content or "" for choice in first if choice.delta)
    rest = [plain(chunk, {"content"}) for chunk in chunks]
    state = ChatCompletionStreamState()
    try:
        for chunk in chunks:
            state.handle_chunk(chunk)
    except (AttributeError, RuntimeError):
        # The accumulator knows OpenAI's own answers only, not all that others serve under its protocol.
        return {"text": text, "rest": rest}
    said = [choice.message.content or "" for choice in state.current_completion_snapshot.choices if choice.index == 0]
    if "".join(said) != text:
        raise ValueError("the accumulator and the chunks say different texts")
    return {"text": text, "rest": [rest, plain(state.current_completion_snapshot, {"content", "parsed"})]}


def openai_completions(body):
    texts, rest = [], []
    for chunk in openai(body).completions.create(model="a", prompt="a", stream=True):
        texts += [choice.text or "" for choice in chunk.choices if choice.index == 0]
        rest.append(plain(chunk, {"text"}))
    return {"text": "".join(texts), "rest": rest}


def openai_responses(body):
    texts, final, rest = [], None, []
    for event in openai(body).responses.create(model="a", input="a", stream=True):
        if event.type == "response.output_text.delta":
            texts.append(event.delta)
        elif event.type in ("response.completed", "response.incomplete", "response.failed"):
            final = event.response
        rest.append(event.type)
    if final is not None and final.output and final.output_text != "".join(texts):
        raise ValueError("the pieces and the end say different texts")
    return {"text": "".join(texts), "rest": [rest, plain(final, {"text"})]}


def anthropic(body):
    import anthropic as sdk

    http = transport(body, client=client_of(sdk))
    client = sdk.Anthropic(api_key="a", base_url="http://localhost", http_client=http, max_retries=0)
    with client.messages.stream(model="a", max_tokens=1, messages=[]) as stream:
        message = stream.get_final_message()
    text = "".join(block.text for block in message.content if block.type == "text")
    return {"text": text, "rest": plain(message, {"text"})}


def gemini(body):
    from google.genai import types

    texts, rest = [], []
    for chunk in documents(body):
        answer = types.GenerateContentResponse.model_validate(known(chunk, types.GenerateContentResponse))
        for candidate in (answer.candidates or [])[:1]:
            parts = (candidate.content.parts or []) if candidate.content else []
            texts += [part.text for part in parts if part.text and not part.thought]
        rest.append(plain(answer, {"text"}))
    return {"text": "".join(texts), "rest": rest}


def known(value, model):
    """A value without the fields that this version of the SDK does not know, which it refuses."""
    from pydantic import ValidationError

    try:
        model.model_validate(value)
    except ValidationError as error:
        unknown = [wrong["loc"] for wrong in error.errors() if wrong["type"] == "extra_forbidden"]
        for *around, key in unknown:
            holder = value
            for step in around:
                holder = holder[step]
            holder.pop(key, None)
    return value


def documents(body):
    """The JSON values of an event stream, or of a list."""
    text = body.decode()
    if text.lstrip().startswith("["):
        return json.loads(text)
    return [json.loads(line[5:]) for line in text.splitlines() if line.startswith("data:") and line[5:].strip()]


def mistral(body):
    from mistralai.client import Mistral

    texts, rest = [], []
    for event in Mistral(api_key="a", client=transport(body)).chat.stream(model="a", messages=[]):
        delta = event.data.choices[0].delta if event.data.choices else None
        if delta and isinstance(delta.content, str):
            texts.append(delta.content)
        elif delta and delta.content:
            texts += [chunk.text for chunk in delta.content if chunk.type == "text"]
        rest.append(plain(event.data, {"content", "text"}))
    return {"text": "".join(texts), "rest": rest}


def cohere(body):
    import cohere as sdk

    texts, rest = [], []
    for event in sdk.ClientV2(api_key="a", httpx_client=transport(body)).chat_stream(model="a", messages=[]):
        if event.type == "content-delta":
            texts.append(event.delta.message.content.text or "")
        rest.append(plain(json.loads(event.json()), {"text"}))
    return {"text": "".join(texts), "rest": rest}


def ollama(body):
    import ollama as sdk

    client = sdk.Client(host="http://localhost")
    client._client = transport(body, "application/x-ndjson")
    client._client.base_url = "http://localhost"
    texts, rest = [], []
    for part in client.chat(model="a", messages=[], stream=True):
        texts.append(part.message.content or "")
        rest.append(plain(part, {"content"}))
    return {"text": "".join(texts), "rest": rest}


def messages(body):
    """The messages of an AWS event stream, checked by its checksums."""
    from botocore.eventstream import EventStreamBuffer

    buffer = EventStreamBuffer()
    buffer.add_data(body)
    return [(event.headers.get(":event-type"), json.loads(event.payload or b"{}")) for event in buffer]


def bedrock_converse(body):
    texts, rest = [], []
    for kind, payload in messages(body):
        texts.append(payload.get("delta", {}).get("text") or "" if kind == "contentBlockDelta" else "")
        rest.append([kind, plain(payload, {"text", "p"})])
    return {"text": "".join(texts), "rest": rest}


def bedrock_invoke(body):
    events = [json.loads(base64.b64decode(payload["bytes"])) for _, payload in messages(body) if "bytes" in payload]
    if not any(event.get("type") == "message_start" for event in events):
        raise ValueError("no SDK reads what this model says")
    lines = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return anthropic(lines.encode())


READERS = {
    "openai-chat": openai_chat,
    "openai-completions": openai_completions,
    "openai-responses": openai_responses,
    "anthropic-messages": anthropic,
    "gemini": gemini,
    "mistral": mistral,
    "cohere": cohere,
    "ollama": ollama,
    "bedrock-converse": bedrock_converse,
    "bedrock-invoke": bedrock_invoke,
}

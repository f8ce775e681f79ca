"""Runs the check of transcripts against the vendors' SDKs and fails on any row that is not known to be the SDK's fault.

usage: transcripts.py PYTHON CHECK
"""

import subprocess
import sys

# Rows in which the expected answer is wrong, each with the reason, from the recorded bytes.
KNOWN = {
    "bedrock-runtime_model_anthropic.claude-3-haiku-20240307-v1_0_converse-stream_post_0143744a.json#0": "the expected answer read `base64:AAAA…` without undoing the prefix; decoded, every frame's checksums hold",
    "bedrock-invokemodel-adds-anthropic-claude-model-attributes-to-span.json#0": 'the body says `"completion": "…"`, expected as Messages',
    "test_anthropic_2_completion.yaml#0": 'the body says `"completion": "…"`, expected as Messages',
    "test_multimodal_tool_return_matrix[direct-url_force_download-document-xai].xai.yaml#1": "only output 0 was expected; the answer stands in the last output, the calls are of tools the server ran",
    "test_xai_web_search_user_location_recorded.xai.yaml#0": "the same",
    "test_xai_builtin_x_search_tool_stream.xai.yaml#0": "the same",
    "test_cancel_recorded_provider_stream[xai].xai.yaml#0": "`REASON_INVALID` is protobuf's default, not on the wire",
    "test_writer_streaming_completions_with_events_with_no_content.yaml#0": 'the chunks say `{"value": "…"}`, a key the SDK drops',
}


def main():
    python, check = sys.argv[1:]
    done = subprocess.run([python, check, "-n", "100000"], capture_output=True, text=True)
    print("\n".join(line for line in done.stdout.splitlines() if not line.startswith("- ")))
    if done.returncode > 1:
        sys.exit(done.stderr)
    rows = {line[2:].split("#")[0] + "#" + line.split("#", 1)[1].split(" ")[0] for line in done.stdout.splitlines() if line.startswith("- ")}
    new = sorted(row for row in rows if row.rsplit("/", 1)[1] not in KNOWN)
    print(f"{len(rows) - len(new)} rows differ for a known reason, {len(new)} for another")
    for row in new:
        print("  " + row)
    sys.exit(1 if new else 0)


if __name__ == "__main__":
    main()

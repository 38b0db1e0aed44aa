"""Pieces to bytes: exactly the service's, for each path and option."""

from __future__ import annotations

import json

from qwen_desktop.demo.frames import CompatibleWriter, NativeWriter, ServiceFailure, count_tokens, new_request_id


def payloads(sent: bytes) -> list[dict]:
    lines = [line for line in sent.decode().split("\n") if line.startswith("data:")]
    return [json.loads(line[5:]) for line in lines if line.strip() != "data: [DONE]"]


def test_native_text_frame_is_byte_for_byte_the_services() -> None:
    writer = NativeWriter(request_id="0b6c1e52", input_bytes=84)
    assert (
        writer.piece(text="你\u2028好")
        == (
            "id:1\nevent:result\n:HTTP_STATUS/200\n"
            'data:{"output":{"choices":[{"message":{"role":"assistant","content":"你\u2028好"},"index":0,'
            '"finish_reason":"null"}]},"usage":{"input_tokens":21,"output_tokens":3,"total_tokens":24,'
            '"prompt_tokens_details":{"cached_tokens":0}},"request_id":"0b6c1e52"}\n\n'
        ).encode()
    )
    assert writer.finish() == (
        b"id:2\nevent:result\n:HTTP_STATUS/200\n"
        b'data:{"output":{"choices":[{"message":{"role":"assistant","content":""},"index":0,"finish_reason":"stop"}]},'
        b'"usage":{"input_tokens":21,"output_tokens":3,"total_tokens":24,"prompt_tokens_details":{"cached_tokens":0}},'
        b'"request_id":"0b6c1e52"}\n\n'
    )


def test_thinking_on_the_text_path_keeps_an_empty_reasoning_beside_the_text() -> None:
    writer = NativeWriter(request_id="r", input_bytes=0, is_thinking=True)
    thought, said = payloads(writer.piece(reasoning="Hm") + writer.piece(text="Yes"))
    assert thought["output"]["choices"][0]["message"] == {
        "role": "assistant",
        "content": "",
        "reasoning_content": "Hm",
    }
    assert said["output"]["choices"][0]["message"] == {
        "role": "assistant",
        "content": "Yes",
        "reasoning_content": "",
    }
    assert said["usage"]["output_tokens_details"] == {"reasoning_tokens": 1}


def test_multimodal_frames_carry_lists_and_no_index() -> None:
    writer = NativeWriter(request_id="r", input_bytes=0, is_multimodal=True, is_thinking=True)
    thought, said, last = payloads(writer.piece(reasoning="Hm") + writer.piece(text="Yes") + writer.finish())
    assert thought["output"]["choices"][0] == {
        "message": {"role": "assistant", "content": [], "reasoning_content": "Hm"},
        "finish_reason": "null",
    }
    assert said["output"]["choices"][0]["message"] == {"role": "assistant", "content": [{"text": "Yes"}]}
    assert last["output"]["choices"][0] == {"message": {"role": "assistant", "content": []}, "finish_reason": "stop"}


def test_cumulative_frames_repeat_everything() -> None:
    writer = NativeWriter(request_id="r", input_bytes=0, is_thinking=True, is_cumulative=True)
    sent = writer.piece(reasoning="a") + writer.piece(reasoning="b") + writer.piece(text="c") + writer.piece(text="d")
    messages = [payload["output"]["choices"][0]["message"] for payload in payloads(sent + writer.finish())]
    assert [(m["reasoning_content"], m["content"]) for m in messages] == [
        ("a", ""),
        ("ab", ""),
        ("ab", "c"),
        ("ab", "cd"),
        ("ab", "cd"),
    ]


def test_old_text_format_has_no_choices() -> None:
    writer = NativeWriter(request_id="r", input_bytes=0, result_format="text")
    first, last = payloads(writer.piece(text="Hi") + writer.finish())
    assert first["output"] == {"text": "Hi", "finish_reason": "null"}
    assert last["output"] == {"text": "", "finish_reason": "stop"}


def test_compatible_chunk_is_byte_for_byte_the_services() -> None:
    writer = CompatibleWriter(
        request_id="8f7e", input_bytes=4, model_id="qwen3.6-plus", created_s=1795000010, includes_usage=True
    )
    head = (
        b'data: {"id":"chatcmpl-8f7e","object":"chat.completion.chunk","created":1795000010,"model":"qwen3.6-plus",'
        b'"system_fingerprint":null,"choices":['
    )
    assert writer.begin() == (
        head + b'{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],'
        b'"usage":null}\n\n'
    )
    assert writer.piece(text="Hi") == (
        head + b'{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}],"usage":null}\n\n'
    )
    assert writer.finish() == (
        head + b'{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop"}],"usage":null}\n\n' + head
    ) + (
        b'],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2,'
        b'"prompt_tokens_details":{"cached_tokens":0}}}\n\ndata: [DONE]\n\n'
    )


def test_compatible_usage_comes_only_when_asked_for() -> None:
    writer = CompatibleWriter(request_id="r", input_bytes=4, model_id="m", created_s=1)
    sent = writer.begin() + writer.piece(text="Hi") + writer.finish()
    assert all(payload["choices"] and payload["usage"] is None for payload in payloads(sent))


def test_error_frame_names_the_status_in_its_comment_and_counts_on() -> None:
    failure = ServiceFailure(429, "Throttling", "Slow down.")
    writer = NativeWriter(request_id="r", input_bytes=0)
    writer.piece(text="x")
    assert writer.error(failure) == (
        b'id:2\nevent:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling","message":"Slow down.","request_id":"r"}\n\n'
    )


def test_token_guess_depends_on_the_text_alone_not_on_its_pieces() -> None:
    whole, pieces = (NativeWriter(request_id="r", input_bytes=0) for _ in range(2))
    whole.piece(text="三天足够看完最要紧的地方")
    for character in "三天足够看完最要紧的地方":
        pieces.piece(text=character)
    assert payloads(whole.finish())[0]["usage"] == payloads(pieces.finish())[0]["usage"]
    assert [count_tokens(n) for n in (0, 1, 4, 5)] == [0, 1, 1, 2]


def test_request_ids_look_like_the_services_and_differ() -> None:
    ids = {new_request_id() for _ in range(100)}
    assert len(ids) == 100
    assert {tuple(len(part) for part in request_id.split("-")) for request_id in ids} == {(8, 4, 4, 4, 12)}

"""A path to a language model of half a megabyte written there: the shape of Qwen3, two layers, random weights.

llama.cpp loads it in milliseconds and answers with whatever the weights say: any byte, so its text breaks inside
characters, as that of real models does now and then.  Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
(read 2026-11-26).
"""

from __future__ import annotations

from pathlib import Path

LAYERS, WIDTH, HEADS, HEAD_WIDTH, INNER, CONTEXT = 2, 64, 4, 16, 128, 4096
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


def write_tiny_model(path: Path) -> None:
    """Takes about 0.1 s, and always writes the same."""
    import numpy
    from gguf import GGUFWriter, TokenType

    tokens = [*byte_tokens(), *SPECIAL]
    writer = GGUFWriter(path, "qwen3")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_key_length(HEAD_WIDTH)
    writer.add_value_length(HEAD_WIDTH)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10_000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.NORMAL] * 256 + [TokenType.CONTROL] * len(SPECIAL))
    writer.add_token_merges([f"{tokens[0]} {tokens[1]}"])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_chat_template(TEMPLATE)
    random = numpy.random.default_rng(7)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, random.normal(0, 0.3, shape).astype(numpy.float32))

    def add_ones(name: str, width: int) -> None:
        writer.add_tensor(name, numpy.ones(width, dtype=numpy.float32))

    add("token_embd.weight", len(tokens), WIDTH)
    add_ones("output_norm.weight", WIDTH)
    add("output.weight", len(tokens), WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        add_ones(f"{block}.attn_norm.weight", WIDTH)
        add_ones(f"{block}.ffn_norm.weight", WIDTH)
        add_ones(f"{block}.attn_q_norm.weight", HEAD_WIDTH)
        add_ones(f"{block}.attn_k_norm.weight", HEAD_WIDTH)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"{block}.{name}.weight", WIDTH, WIDTH)
        add(f"{block}.ffn_gate.weight", INNER, WIDTH)
        add(f"{block}.ffn_up.weight", INNER, WIDTH)
        add(f"{block}.ffn_down.weight", WIDTH, INNER)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def byte_tokens() -> list[str]:
    """The 256 characters that stand for the bytes in vocabularies of GPT-2's kind."""
    seen = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in seen]
    return [chr(byte) if byte in seen else chr(256 + hidden.index(byte)) for byte in range(256)]

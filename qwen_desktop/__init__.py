"""Qwen Desktop: a native client for Alibaba's Qwen models."""

__version__ = "0.1.0"

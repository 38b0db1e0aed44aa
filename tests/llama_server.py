"""A real llama.cpp server on loopback, in a process of its own: `python -m tests.llama_server MODEL`.

Prints its port, serves until its standard input ends, and loads nothing but that model.
"""

from __future__ import annotations

import json
import os
import sys

MODEL_ID = "qwen3-0.6b"
"""As of a model that can think and need not."""


def main(path: str) -> None:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.model_alias = [MODEL_ID]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = 4096
    parameters.n_parallel = 1
    parameters.n_gpu_layers = 0
    parameters.warmup = False
    parameters.ui = False
    parameters.cpuparams.n_threads = 1
    parameters.sampling.seed = 7
    server = xllamacpp.Server(parameters)
    port = int(server.listening_address.rpartition(":")[2])
    print(json.dumps({"event": "ready", "port": port}), flush=True)
    sys.stdin.read()
    os._exit(0)  # nothing to be kept, and threads of the library need not be waited for


if __name__ == "__main__":
    main(sys.argv[1])

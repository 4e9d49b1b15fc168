"""An ONNX network, ready to run on the processor."""

from pathlib import Path

import onnxruntime  # type: ignore[import-untyped]


def open_network(path: Path, *, threads: int) -> onnxruntime.InferenceSession:
    """``threads``: processor threads of one call. Calls from several threads may run side by side."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

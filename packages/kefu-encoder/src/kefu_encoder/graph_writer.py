"""Nodes and constants of an ONNX graph, written one by one so that no torch is needed."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from kefu_encoder.artefact import ROWS

OPSET = 20
IR_VERSION = 9
_EPSILON = 1e-12

Weights = Mapping[str, NDArray[np.float32]]
Chinese = Mapping[str, NDArray[np.float16]]
EXACT_NODE = "exact"
"""Nodes whose name begins so stay fp16 or fp32 in the int8 network; they are small."""
Attribute = int | float | Sequence[int]


class GraphWriter:
    """Collects nodes and constants; every method returns the name of a tensor.

    ``weights`` have the names of the Hugging Face BERT; ``chinese`` is the half that was learned here.
    """

    def __init__(self, weights: Weights, chinese: Chinese) -> None:
        self._weights = weights
        self._chinese = chinese
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def add(
        self, operator: str, inputs: Sequence[str], *, output: str = "", prefix: str = "v", **attributes: Attribute
    ) -> str:
        name = output or f"{prefix}{len(self._nodes)}"
        self._nodes.append(_node(operator, inputs, name, attributes))
        return name

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def integer(self, value: int) -> str:
        """A single number, without an axis."""
        return self.constant(f"n_{value}", np.array(value, dtype=np.int64))

    def integers(self, *values: int) -> str:
        return self.constant("i_" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def number(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, dtype=np.float32))

    def weight(self, name: str) -> str:
        return self.constant(name, self._weights[name])

    def exact(self, operator: str, inputs: Sequence[str], *, output: str = "", **attributes: Attribute) -> str:
        """Like ``add``, for a node that the int8 network leaves exact."""
        return self.add(operator, inputs, output=output, prefix=EXACT_NODE, **attributes)

    def learned(self, name: str) -> str:
        """A tensor of the Chinese half. Rows stay fp16 and are widened after the look-up; they are most of it."""
        value = self._chinese[name]
        return self.constant(name, value if name == ROWS else value.astype(np.float32))

    def is_learned(self, name: str) -> bool:
        return name in self._chinese

    def linear(self, x: str, name: str, *, is_exact: bool = False) -> str:
        """``x`` times the matrix of this name, and its bias. ``is_exact``: also in the int8 network."""
        inputs = [x, self.constant(f"{name}.weight.T", self._weights[f"{name}.weight"].T)]
        product = self.exact("MatMul", inputs) if is_exact else self.add("MatMul", inputs)
        return self.add("Add", [product, self.weight(f"{name}.bias")])

    def layer_norm(self, x: str, name: str) -> str:
        inputs = [x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.add("LayerNormalization", inputs, axis=-1, epsilon=_EPSILON)

    def to_model(self, *, inputs: Sequence[str], output: str, width: int) -> onnx.ModelProto:
        """A checked model: inputs int64 [batch, length], output float32 [batch, width]."""
        read = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in inputs]
        written = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", width])
        graph = helper.make_graph(self._nodes, "minilm", read, [written], list(self._constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return model


def _node(operator: str, inputs: Sequence[str], output: str, attributes: Mapping[str, Attribute]) -> onnx.NodeProto:
    node = helper.make_node(operator, list(inputs), [output], name=output)
    node.attribute.extend(helper.make_attribute(name, value) for name, value in sorted(attributes.items()))
    return node

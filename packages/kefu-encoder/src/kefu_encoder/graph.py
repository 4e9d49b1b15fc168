"""MiniLM (a 6-layer BERT with mean pooling) as an ONNX graph.

Architecture: Devlin et al. 2018 (arXiv 1810.04805), sizes of nreimers/MiniLM-L6-H384-uncased.

The Chinese half is a second table for the ids from FIRST_ROW up, and in every layer a small adapter (Houlsby et al. 2019,
arXiv 1902.00751) behind a gate that is 1 for a sentence with such an id and 0 for every other: an English sentence
takes the path of the original network, number for number.

Two networks share this body: the encoder, and the reader, which has changed weights and a head of its own.
"""

import numpy as np
import onnx
from onnx import TensorProto

from kefu_encoder.artefact import ROWS
from kefu_encoder.graph_writer import Chinese, GraphWriter, Weights
from kefu_encoder.table import DIMENSION, WORDS
from kefu_encoder.tokeniser import FIRST_ROW

LAYERS = 6
HEADS = 12
HEAD_SIZE = DIMENSION // HEADS
_MASKED = -1e9
_KINDS = "embeddings.token_type_embeddings.weight"


def build_graph(weights: Weights, chinese: Chinese) -> onnx.ModelProto:
    """The encoder. ``input_ids``, ``attention_mask`` -> ``embedding``: float32 [batch, 384], unit length."""
    graph = GraphWriter(weights, chinese)
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    hidden = _body(graph, mask, kind=graph.constant("token_type", weights[_KINDS][0]))
    graph.add("LpNormalization", [_mean(graph, hidden, mask)], output="embedding", axis=-1, p=2)
    return graph.to_model(inputs=["input_ids", "attention_mask"], output="embedding", width=DIMENSION)


def build_reader_graph(weights: Weights, chinese: Chinese) -> onnx.ModelProto:
    """The reader. ``input_ids``, ``attention_mask``, ``segments`` -> ``logit``: float32 [batch, 1].

    ``weights``: those of the encoder with the reader's changes added, and its head.
    """
    graph = GraphWriter(weights, chinese)
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    hidden = _body(graph, mask, kind=graph.add("Gather", [graph.weight(_KINDS), "segments"], axis=0))
    first = graph.add("Gather", [hidden, graph.integer(0)], axis=1)
    pooled = graph.add("Concat", [first, _mean(graph, hidden, mask)], axis=-1)
    inner = graph.add("Gelu", [graph.linear(pooled, "head.inner", is_exact=True)])
    graph.add("Identity", [graph.linear(inner, "head.outer", is_exact=True)], output="logit")
    return graph.to_model(inputs=["input_ids", "attention_mask", "segments"], output="logit", width=1)


def _body(graph: GraphWriter, mask: str, *, kind: str) -> str:
    """The last layer, [batch, length, 384]."""
    is_row = graph.add("GreaterOrEqual", ["input_ids", graph.integers(FIRST_ROW)])
    hidden = _embeddings(graph, is_row, kind)
    bias = _mask_bias(graph, mask)
    gate = _gate(graph, is_row)
    for layer in range(LAYERS):
        hidden = _layer(graph, hidden, bias, gate, layer=layer)
    return hidden


def _embeddings(graph: GraphWriter, is_row: str, kind: str) -> str:
    words = _token_rows(graph, is_row)
    length = graph.add("Gather", [graph.add("Shape", ["input_ids"]), graph.integers(1)], axis=0)
    table = graph.weight("embeddings.position_embeddings.weight")
    positions = graph.add("Slice", [table, graph.integers(0), length])
    placed = graph.add("Add", [graph.add("Add", [words, positions]), kind])
    return graph.layer_norm(placed, "embeddings.LayerNorm")


def _token_rows(graph: GraphWriter, is_row: str) -> str:
    """Rows of two tables: apart, so that the Chinese one does not change the scale of the English one in int8."""
    none = graph.integers(0)
    english_ids = graph.add("Where", [is_row, none, "input_ids"])
    chinese_ids = graph.add("Where", [is_row, graph.add("Sub", ["input_ids", graph.integers(FIRST_ROW)]), none])
    english = graph.add("Gather", [graph.weight(WORDS), english_ids], axis=0)
    chinese = graph.exact("Gather", [graph.learned(ROWS), chinese_ids], axis=0)
    chinese = graph.add("Cast", [chinese], to=TensorProto.FLOAT)
    return graph.add("Where", [graph.add("Unsqueeze", [is_row, graph.integers(2)]), chinese, english])


def _gate(graph: GraphWriter, is_row: str) -> str:
    """float32 [batch, 1, 1]: 1 for a sentence that holds a Chinese row."""
    found = graph.add("Cast", [is_row], to=TensorProto.FLOAT)
    return graph.add("Unsqueeze", [graph.add("ReduceMax", [found, graph.integers(1)], keepdims=1), graph.integers(2)])


def _mask_bias(graph: GraphWriter, mask: str) -> str:
    spread = graph.add("Unsqueeze", [mask, graph.integers(1, 2)])
    padding = graph.add("Sub", [graph.number("one", 1.0), spread])
    return graph.add("Mul", [padding, graph.number("masked", _MASKED)])


def _layer(graph: GraphWriter, hidden: str, bias: str, gate: str, *, layer: int) -> str:
    prefix = f"encoder.layer.{layer}."
    attended = graph.linear(_attention(graph, hidden, bias, prefix=prefix), f"{prefix}attention.output.dense")
    hidden = graph.layer_norm(graph.add("Add", [attended, hidden]), f"{prefix}attention.output.LayerNorm")
    wide = graph.add("Gelu", [graph.linear(hidden, f"{prefix}intermediate.dense")])
    narrow = graph.add("Add", [graph.linear(wide, f"{prefix}output.dense"), hidden])
    if graph.is_learned(f"adapter.{layer}.down"):
        narrow = graph.add("Add", [narrow, graph.add("Mul", [gate, _adapter(graph, hidden, layer)])])
    return graph.layer_norm(narrow, f"{prefix}output.LayerNorm")


def _adapter(graph: GraphWriter, hidden: str, layer: int) -> str:
    """What Chinese adds beside the feed-forward step."""
    inner = graph.exact("MatMul", [hidden, graph.learned(f"adapter.{layer}.down")])
    inner = graph.add("Gelu", [graph.add("Add", [inner, graph.learned(f"adapter.{layer}.bias")])])
    return graph.exact("MatMul", [inner, graph.learned(f"adapter.{layer}.up")])


def _attention(graph: GraphWriter, hidden: str, bias: str, *, prefix: str) -> str:
    query = _heads(graph, hidden, f"{prefix}attention.self.query", order=(0, 2, 1, 3))
    key = _heads(graph, hidden, f"{prefix}attention.self.key", order=(0, 2, 3, 1))
    value = _heads(graph, hidden, f"{prefix}attention.self.value", order=(0, 2, 1, 3))
    scale = graph.number("scale", 1.0 / float(np.sqrt(HEAD_SIZE)))
    scores = graph.add("Mul", [graph.add("MatMul", [query, key]), scale])
    shares = graph.add("Softmax", [graph.add("Add", [scores, bias])], axis=-1)
    mixed = graph.add("Transpose", [graph.add("MatMul", [shares, value])], perm=[0, 2, 1, 3])
    return graph.add("Reshape", [mixed, graph.integers(0, 0, DIMENSION)])


def _heads(graph: GraphWriter, hidden: str, name: str, *, order: tuple[int, ...]) -> str:
    split = graph.add("Reshape", [graph.linear(hidden, name), graph.integers(0, 0, HEADS, HEAD_SIZE)])
    return graph.add("Transpose", [split], perm=list(order))


def _mean(graph: GraphWriter, hidden: str, mask: str) -> str:
    """Average over the tokens that are not padding (the pooling MiniLM was trained with)."""
    column = graph.add("Unsqueeze", [mask, graph.integers(2)])
    total = graph.add("ReduceSum", [graph.add("Mul", [hidden, column]), graph.integers(1)], keepdims=0)
    count = graph.add("ReduceSum", [column, graph.integers(1)], keepdims=0)
    return graph.add("Div", [total, count])

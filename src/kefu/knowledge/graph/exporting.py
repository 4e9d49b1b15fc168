"""The graph for other programs: GraphML (http://graphml.graphdrawing.org) and JSON."""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from kefu.domain.graph import Edge, Entity
from kefu.kit.jsonvalue import JsonObject

_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
_ATTRIBUTES = {
    "node": ("name", "language", "kind", "aliases", "value"),
    "edge": (
        "relation", "negated", "qualifier", "status", "extractor", "confidence",
        "document", "version", "start", "end", "sentence",
    ),
}  # fmt: skip
_TYPES = {"negated": "boolean", "confidence": "double", "version": "int", "start": "int", "end": "int"}
_UNWRITABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), " ")
"""What XML 1.0 has no way to write."""


def to_graphml(edges: Sequence[Edge]) -> bytes:
    """One node an entity, one a value; each edge with the sentence that proves it."""
    root = Element("graphml", xmlns=_NAMESPACE)
    for owner, names in _ATTRIBUTES.items():
        for name in names:
            kind = _TYPES.get(name, "string")
            SubElement(root, "key", {"id": f"{owner}_{name}", "for": owner, "attr.name": name, "attr.type": kind})
    graph = SubElement(root, "graph", id="kefu", edgedefault="directed")
    for entity in entities_of(edges):
        _fill(SubElement(graph, "node", id=entity.id), "node", _entity_row(entity))
    for edge in edges:
        target = edge.object.id if edge.object is not None else f"{edge.id}_value"
        if edge.object is None:
            _fill(SubElement(graph, "node", id=target), "node", {"value": edge.value.text if edge.value else ""})
        element = SubElement(graph, "edge", id=edge.id, source=edge.subject.id, target=target)
        _fill(element, "edge", _edge_row(edge))
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def to_json(edges: Sequence[Edge]) -> JsonObject:
    """Entities and edges as lists; an edge names its ends by id."""
    return {
        "entities": [{"id": one.id, **_entity_row(one)} for one in entities_of(edges)],
        "edges": [
            {
                "id": one.id,
                "subject": one.subject.id,
                "object": one.object.id if one.object else None,
                "value": one.value.text if one.value else None,
                **_edge_row(one),
            }
            for one in edges
        ],
    }


def entities_of(edges: Iterable[Edge]) -> list[Entity]:
    """The ends of edges, each once."""
    ends = (end for edge in edges for end in (edge.subject, edge.object) if end is not None)
    return list({entity.id: entity for entity in ends}.values())


def _entity_row(entity: Entity) -> JsonObject:
    return {
        "name": entity.name,
        "language": entity.language,
        "kind": entity.kind.value,
        "aliases": " | ".join(entity.aliases),
    }


def _edge_row(edge: Edge) -> JsonObject:
    row: JsonObject = {
        "relation": edge.relation,
        "negated": edge.is_negated,
        "qualifier": edge.qualifier,
        "status": edge.status.value,
        "extractor": edge.extractor.value,
        "confidence": edge.confidence,
    }
    if edge.proof is not None:
        proof = edge.proof
        row |= {
            "document": proof.document_key,
            "version": proof.version,
            "start": proof.start,
            "end": proof.end,
            "sentence": proof.sentence,
        }
    return row


def _fill(element: Element, owner: str, row: JsonObject) -> None:
    for name, value in row.items():
        if value not in ("", None):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            SubElement(element, "data", key=f"{owner}_{name}").text = text.translate(_UNWRITABLE)

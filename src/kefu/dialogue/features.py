"""What speaks for an answer, as numbers: measured by ``answer.evidence``, weighed by ``calibrate``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Features:
    """All in [0, 1]. "Lead" is the passage of the first quote; "rest" the best passage of another document."""

    top: float = 0.0
    """Fused score of the lead."""
    lexical: float = 0.0
    semantic: float = 0.0
    margin: float = 0.0
    """How far the lead's fused score is above the rest's, as a share of the lead's; 0 when below."""
    passage_coverage: float = 0.0
    quote_coverage: float = 0.0
    rarest: float = 0.0
    """How surely the lead has the question's rarest term."""
    uncovered: float = 0.0
    """Share of the question's topic words that no passage has at all."""
    numbers: float = 0.0
    agreement: float = 0.0
    """1 when lexical and semantic search put the same document first; 0.5 when there is no semantic search."""
    type_match: float = 0.0
    quoted: float = 0.0
    """Cosine of the question with the quote nearest to it."""
    nearest: float = 0.0
    """Cosine of the question with the nearest FAQ wording or passage found: is this spoken of at all?"""
    alike: float = 0.0
    """Likeness to a wording of the lead's FAQ question."""
    heading: float = 0.0
    """Coverage of the question by the lead's title, headings and FAQ questions alone."""
    coverage_margin: float = 0.0
    """Lead's coverage above the rest's, moved to [0, 1]: 0.5 is level."""
    merit: float = 0.0
    """Selection score of the lead's document as a share of what a perfect one reaches."""
    lead: float = 0.0
    """How likely the lead's document is the better one of the best two: 0.5 is level."""
    matched: float = 0.0
    """Weight of the covered terms, saturating: two common words of two say less than six of seven."""
    length: float = 0.0
    foreign: float = 0.0
    meant: float = 0.0
    """1 when an encoder spoke, 0 when words alone were compared."""
    read: float = 0.0
    """How surely the surest quote answers, by the reader."""
    read_lead: float = 0.0
    """How far the reader puts it before the surest piece of another document: 0.5 is level."""
    was_read: float = 0.0
    """1 when a reader spoke."""

"""SentencePiece: a vocabulary of pieces with scores. It cuts text for a model and is no model by itself.

Source: sentencepiece_model.proto of SentencePiece: ModelProto has the pieces in field 1, each a text (1), a score (2)
and a type (3); fields 2 and 3 say how it was trained and how text is normalised.
"""

from __future__ import annotations

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, FIXED32, VARINT, Field, Wire, WireError
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "SentencePiece vocabulary"
SUFFIXES = ()
MARK = rb"\x0a[\x07-\x7f]\x0a[\x01-\x78]"
LEAST = 40

READ_LIMIT = 256 * 1024
PIECE_LIMIT = 2_000
"""Pieces that are read; vocabularies have up to some hundred thousand."""
_LEAST_PIECES = 3
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds pieces of text and scores only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A vocabulary whose first pieces are such; None for every other message."""
    wire = Wire(blob, READ_LIMIT, 4 * PIECE_LIMIT)
    pieces, types = 0, set()
    try:
        for field in wire.fields(0, blob.size):
            if field.number != 1 or wire.is_cut_off or pieces == PIECE_LIMIT:
                break
            types.add(_type_of(wire, field))
            pieces += 1
    except WireError:
        return None
    except BudgetExceededError:
        pass
    # An unknown piece (2) comes early in every vocabulary, and tells it from another list of named scores.
    if pieces < _LEAST_PIECES or 2 not in types:
        return None
    return Detection(
        format="sentencepiece",
        title=TITLE,
        is_weight=False,
        confidence=Confidence.CERTAIN,
        loading=_LOADING,
        metadata={"pieces": f"{pieces:,}" if pieces < PIECE_LIMIT else f"{pieces:,} and more"},
    )


def _type_of(wire: Wire, piece: Field) -> int:
    """Type of a piece, 1 where it is not written. Raises WireError for another message."""
    piece.expect(BYTES)
    kinds = {1: BYTES, 2: FIXED32, 3: VARINT}
    seen = set()
    kind = 1
    for field in wire.fields(piece.start, piece.end):
        field.expect(kinds.get(field.number, field.wire) if field.number in kinds else -1)
        seen.add(field.number)
        if field.number == 3:
            kind = field.value
    if not {1, 2} <= seen or kind > 6:
        raise WireError
    return kind

"""The answer for models that are numbers and nothing else: text, or structures of fixed size."""

from __future__ import annotations

from collections.abc import Mapping

from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers and settings only",))
_CUT = LoadingVerdict(LoadingSafety.UNKNOWN, ("it could not be read to its end",))
DAMAGED = "It is damaged or cut off."
TOO_LARGE = "It is larger than what is read here; its numbers were not counted."


def plain_model(
    identifier: str,
    title: str,
    metadata: Mapping[str, object],
    *,
    parameters: int | None = None,
    remark: str | None = None,
    confidence: Confidence = Confidence.CERTAIN,
) -> Detection:
    """A model whose loading makes numbers. A remark of damage makes it probable and its loading unknown."""
    is_damaged = remark == DAMAGED
    return Detection(
        format=identifier,
        title=title,
        is_weight=True,
        confidence=min(confidence, Confidence.PROBABLE) if is_damaged else confidence,
        loading=_CUT if is_damaged else _SAFE,
        parameters=parameters if parameters and not is_damaged and parameters < 2**63 else None,
        metadata={name: shown(value) for name, value in metadata.items() if value not in {None, ""}},
        remarks=(remark,) if remark else (),
    )

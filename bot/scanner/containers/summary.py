"""One answer for an archive, of the answers for its members."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from bot.scanner.wording import LIMIT, shown
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety, LoadingVerdict

_T = TypeVar("_T", str, LicenseStatement)
_REMARKS = 6
_REASONS = 10
_STATEMENTS = 20
"""Licences and base models that are kept; more say nothing more."""
_ORDER = [LoadingSafety.SAFE, LoadingSafety.EXECUTES_CODE, LoadingSafety.UNKNOWN, LoadingSafety.DANGEROUS]


@dataclass(frozen=True)
class Found:
    """A member that is weights."""

    name: str
    detection: Detection


def archive(identifier: str, title: str, found: list[Found], count: int, unlooked: list[str]) -> Detection:
    """The detection of an archive of `count` members. `unlooked` says of some why they were not looked at."""
    sure = [each for each in found if each.detection.confidence > Confidence.POSSIBLE]
    counted = sure or found
    files = "weight file" if len(counted) == 1 else "weight files"
    parameters = [each.detection.parameters for each in counted]
    known = [number for number in parameters if number is not None]
    tensors = [each.detection.tensors for each in counted if each.detection.tensors is not None]
    return Detection(
        format=identifier,
        title=f"{title} with {len(counted):,} {files if sure else f'possible {files}'}",
        is_weight=True,
        confidence=max(each.detection.confidence for each in found),
        loading=_loading(counted, unlooked),
        parameters=sum(known) if len(known) == len(parameters) else None,
        tensors=sum(tensors) if len(tensors) == len(counted) else None,
        metadata={"members": f"{count:,}", "contains": _contents(counted)},
        licenses=_first(statement for each in counted for statement in each.detection.licenses),
        base_models=_first(name for each in counted for name in each.detection.base_models),
        remarks=_remarks(counted, unlooked),
    )


def _contents(found: list[Found]) -> str:
    """The first members as far as they fit: `a/b.onnx (ONNX), c.pt (PyTorch checkpoint (zip)), 3 more`."""
    words: list[str] = []
    room = LIMIT - 20
    for each in found:
        word = f"{shown(each.name, 120)} ({each.detection.title})"
        room -= len(word) + 2
        if words and room < 0:
            break
        words.append(shown(word, LIMIT - 20))
    rest = len(found) - len(words)
    return ", ".join([*words, f"{rest:,} more"] if rest else words)


def _loading(found: list[Found], unlooked: list[str]) -> LoadingVerdict:
    worst = max((each.detection.loading.safety for each in found), key=_ORDER.index)
    reasons = [
        f"{shown(each.name, 60)}: {reason}"
        for each in found
        if each.detection.loading.safety is worst
        for reason in each.detection.loading.reasons
    ]
    if unlooked and worst is not LoadingSafety.DANGEROUS:
        return LoadingVerdict(LoadingSafety.UNKNOWN, tuple(unlooked[:_REASONS]))
    return LoadingVerdict(worst, tuple(reasons[:_REASONS]))


def _remarks(found: list[Found], unlooked: list[str]) -> tuple[str, ...]:
    remarks = [f"{shown(each.name, 80)}: {remark}" for each in found for remark in each.detection.remarks]
    if unlooked:
        what = "One member was" if len(unlooked) == 1 else f"{len(unlooked):,} members were"
        remarks.insert(0, f"{what} not looked at ({unlooked[0]}).")
    return tuple(remarks[:_REMARKS])


def _first(values: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))[:_STATEMENTS]

"""Writes docs/detection.md: what was found in the corpus, by this detector and by other tools."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import others
from measure import SLOW, Answer, measured
from others import Found, compare
from packages import Kind, corpus_folder

from rules.facts import Confidence

PAGE = Path(__file__).parents[2] / "docs" / "detection.md"
AIMS = "aims.json"
"""File in the corpus folder with the figures that `test_aims.py` holds against the aims."""
OTHERS_SAMPLE = 1000
"""Ordinary files that the other tools get, evenly drawn: some need a second for each file."""
SURE = Confidence.PROBABLE
INTRODUCTION = """\
# Detection, measured

Written on {date} by the scripts of `make corpus`; do not edit. The corpus is `tests/corpus/manifest/`:
{packages:,} pinned packages of PyPI, npm and Debian, checked by SHA-256, whose weight files were labelled by hand from
the packages' contents and documentation, never from what a detector says. It holds

- {published:,} published weight files of {formats} formats;
- {made:,} weight files of {made_formats} formats made here with the format's own library (`tests/corpus/makers/`),
  mostly of formats that no package ships;
- {headerless:,} published files of raw numbers (shards), which have no structure of their own;
- {archives:,} whole packages (wheels and npm's archives) that carry weights;
- {ordinary:,} ordinary files: sources, documents, images, fonts, firmware, databases, measurements, games, maps.

Files that are neither (graphs whose numbers lie in another file, models without trained numbers, frequency tables,
models of formats that are out of scope) are left out: {neither:,} files.

Aims: every published weight file certain or probable by its own name, 99 % of them when renamed to `data.bin`, and
at most one ordinary file in 100,000 called a weight with that confidence. **{aims}**

To run it again: `make corpus`. WEIGHBRIDGE_CORPUS names the folder of the packages (about 20 GB; in the user's
cache otherwise), WEIGHBRIDGE_CORPUS_TOOLS that of the other tools' virtual environments
(`v_identify`, `v_magika`, `v_picklescan`, `v_modelscan`, `v_modelaudit`; a tool that is not there is
left out). Debian's packages need `apt-get` and `dpkg-deb`. `tests/corpus/pin.py` describes a package for the manifest.
"""
OTHER_TOOLS = """
## Other tools on the same files

The published weight files with a structure of their own, and {sample:,} of the ordinary files evenly drawn: one false
alarm there is {each:,.0f} in 100,000, and none there says little. These tools are not all made for this question:
picklescan, modelscan and modelaudit look for dangerous models, so their row says only which files they looked into.
`-` is a tool that gave no report within {timeout} seconds for that column; modelaudit gets {portion} files
at a time.

| Tool | Counts as found | Recall, own name | Recall, `data.bin` | Ordinary files found |
| --- | --- | --: | --: | --: |
"""
KINDS = (
    (Kind.PUBLISHED, "Published weights by format", "`embedded` is weights in a script or in a bundle of assets."),
    (Kind.MADE, "Weights made with the format's own library", ""),
    (
        Kind.HEADERLESS,
        "Raw numbers beside the file that describes them",
        (
            "Alone, such a file is at most possible, and renamed it is any block of numbers. "
            "`In company` counts those that a neighbouring file names as parts of its model: they are one artifact."
        ),
    ),
    (Kind.ARCHIVE, "Whole packages that carry weights", "By registry."),
)


def write_page() -> None:
    """Measure everything, write the page and the figures for the test."""
    answers = measured()
    own = _own(answers, Kind.PUBLISHED)
    ordinary = sorted(_own(answers, Kind.ORDINARY), key=lambda each: each.sample.file)
    drawn = [each.sample for each in ordinary[:: max(1, len(ordinary) // OTHERS_SAMPLE)][:OTHERS_SAMPLE]]
    found = compare([each.sample for each in own], drawn)
    PAGE.write_text(page(answers, found, len(drawn)), encoding="utf-8")
    (corpus_folder() / AIMS).write_text(json.dumps(aims(answers)), encoding="utf-8")


def aims(answers: Sequence[Answer]) -> dict[str, int]:
    """The figures that the aims speak of."""
    own, renamed = _own(answers, Kind.PUBLISHED), _renamed(answers, Kind.PUBLISHED)
    ordinary = _own(answers, Kind.ORDINARY)
    return {
        "weights": len(own),
        "formats": len({each.sample.meant for each in own}),
        "found": _at(own, SURE),
        "found_renamed": _at(renamed, SURE),
        "ordinary": len(ordinary),
        "false_alarms": _at(ordinary, SURE),
        "errors": sum(bool(each.error) for each in answers),
    }


def page(answers: Sequence[Answer], found: Sequence[Found], sample: int) -> str:
    """The whole page as Markdown."""
    own = _own(answers, Kind.PUBLISHED)
    introduction = INTRODUCTION.format(
        date=datetime.datetime.now(tz=datetime.UTC).date(),
        packages=len({each.sample.package for each in answers}),
        published=len(own),
        formats=len({each.sample.meant for each in own}),
        made=len(_own(answers, Kind.MADE)),
        made_formats=len({each.sample.meant for each in _own(answers, Kind.MADE)}),
        headerless=len(_own(answers, Kind.HEADERLESS)),
        archives=len(_own(answers, Kind.ARCHIVE)),
        ordinary=len(_own(answers, Kind.ORDINARY)),
        neither=len(_own(answers, Kind.NEITHER)),
        aims=_verdict(aims(answers)),
    )
    table = OTHER_TOOLS.format(
        timeout=others.TIMEOUT, portion=others.PORTION, sample=sample, each=100_000 / max(1, sample)
    )
    for tool in found:
        shown = f"| {_part(tool.own, len(own))} | {_part(tool.renamed, len(own))} | {_part(tool.ordinary, sample)} |"
        table += f"| {tool.tool} | {tool.counts} {shown}\n"
    here = f"| Weighbridge | certain or probable | {_part(_at(own, SURE), len(own))} "
    renamed = _renamed(answers, Kind.PUBLISHED)
    drawn = _own(answers, Kind.ORDINARY)
    here += f"| {_part(_at(renamed, SURE), len(own))} | {_at(drawn, SURE):,} of all {len(drawn):,} |\n"
    return introduction + _levels(answers) + table + here + _formats(answers) + _lists(answers)


def _verdict(figures: dict[str, int]) -> str:
    unmet = [
        name
        for name, is_met in (
            ("recall by own name", figures["found"] == figures["weights"]),
            ("recall when renamed", figures["found_renamed"] >= 0.99 * figures["weights"]),
            ("false alarms", figures["false_alarms"] * 100_000 <= figures["ordinary"]),
        )
        if not is_met
    ]
    return f"Not met: {', '.join(unmet)}." if unmet else "All are met."


def _levels(answers: Sequence[Answer]) -> str:
    text = (
        "\n## This detector\n\nPublished weight files with a structure of their own. Precision is of the files called "
        "weights by their own names, in this corpus.\n\n"
        "| At least | Recall, own name | Recall, `data.bin` | Precision | False alarms | In 100,000 |\n"
        "| --- | --: | --: | --: | --: | --: |\n"
    )
    own, renamed = _own(answers, Kind.PUBLISHED), _renamed(answers, Kind.PUBLISHED)
    ordinary = _own(answers, Kind.ORDINARY)
    for level in sorted(Confidence, reverse=True):
        right, alarms = _at(own, level), _at(ordinary, level)
        precision = f"{right / (right + alarms):.1%}" if right + alarms else "-"
        text += (
            f"| {level.label} | {_part(right, len(own))} | {_part(_at(renamed, level), len(renamed))} | {precision} "
            f"| {alarms:,} | {alarms * 100_000 / max(1, len(ordinary)):.2f} |\n"
        )
    return text


def _formats(answers: Sequence[Answer]) -> str:
    text = ""
    for kind, title, words in KINDS:
        own, renamed = _own(answers, kind), _renamed(answers, kind)
        level = Confidence.POSSIBLE if kind is Kind.HEADERLESS else SURE
        counted = "possible or surer" if kind is Kind.HEADERLESS else "certain or probable"
        text += f"\n## {title}\n\nCounted as found: {counted}. {words}".rstrip() + "\n\n"
        text += "| Labelled | Files | Own name | `data.bin` | In company |\n| --- | --: | --: | --: | --: |\n"
        for name in sorted({each.sample.meant for each in own}):
            mine, other = ([each for each in some if each.sample.meant == name] for some in (own, renamed))
            company = sum(each.is_in_company for each in mine)
            text += f"| {name} | {len(mine)} | {_at(mine, level)} | {_at(other, level)} | {company} |\n"
    return text


def _lists(answers: Sequence[Answer]) -> str:
    missed = [
        each
        for each in answers
        if each.sample.kind in {Kind.PUBLISHED, Kind.MADE, Kind.ARCHIVE} and each.confidence < SURE
    ]
    alarms = [each for each in answers if each.sample.kind is Kind.ORDINARY and each.confidence >= SURE]
    doubts = [each for each in answers if each.sample.kind is Kind.ORDINARY and each.confidence == Confidence.POSSIBLE]
    failed = [each for each in answers if each.error]
    slow = [each for each in answers if each.seconds > SLOW]
    text = ""
    for title, some in (
        ("Misses", missed),
        ("False alarms", alarms),
        ("Ordinary files called possible", doubts),
        ("Errors", failed),
        (f"Answers that took more than {SLOW:g} seconds of a processor", slow),
    ):
        lines = sorted({_line(each) for each in some})
        text += f"\n## {title}: {len(some):,}\n\n" + ("\n".join(lines) or "None.") + "\n"
    return text


def _line(answer: Answer) -> str:
    said = f"{answer.format} ({Confidence(answer.confidence).label})" if answer.confidence else "no weight"
    if answer.format and not answer.confidence:
        said += f" ({answer.format})"
    name = ", as `data.bin`" if answer.is_renamed else ""
    meant = answer.sample.meant or answer.sample.kind
    error = f"; {answer.error[:120]}" if answer.error else ""
    return f"- {answer.sample.package}: `{answer.sample.path}`{name}: {meant}, called {said}{error}"


def _own(answers: Iterable[Answer], kind: Kind) -> list[Answer]:
    return [each for each in answers if each.sample.kind is kind and not each.is_renamed]


def _renamed(answers: Iterable[Answer], kind: Kind) -> list[Answer]:
    return [each for each in answers if each.sample.kind is kind and each.is_renamed]


def _at(answers: Iterable[Answer], level: Confidence) -> int:
    return sum(answer.confidence >= level for answer in answers)


def _part(count: int | None, total: int) -> str:
    return "-" if count is None else f"{count} of {total} ({count / max(1, total):.1%})"


if __name__ == "__main__":
    write_page()

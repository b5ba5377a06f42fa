"""Ask five scanners about the union of their test suites and print the table of docs/decisions/0007: `make pickles`."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.pickle_suites.scanners import OURS, Answers, ask, installed
from tests.pickle_suites.suites import Sample, samples

_ROWS = (
    ("found, of {} that can act", "malicious", True, "dangerous"),
    ("unknown", "malicious", True, "unknown"),
    ("only suspicious", "malicious", True, "suspicious"),
    ("missed: called clean", "malicious", True, "clean"),
    ("crashed", "malicious", True, "crash"),
    ("false alarms, of {} benign", "benign", None, "dangerous"),
    ("warned or unknown, of {} suspicious", "suspicious", None, "not clean"),
    ("inert ones called dangerous, of {}", "malicious", False, "dangerous"),
)


def main() -> None:
    """Print the table and, for each file that another scanner finds and we do not, its name."""
    with tempfile.TemporaryDirectory() as folder:
        known = samples(Path(folder))
        print(f"{len(known):,} files", file=sys.stderr)
        answers = {name: ask(name, [sample.path for sample in known]) for name in installed()}
        for suites in ("the scanners' own suites", "our own bypasses"):
            chosen = [each for each in known if (each.suite == OURS) == (suites == "our own bypasses")]
            if chosen:
                print(f"\n{suites}\n\n" + table(chosen, answers))
        differences(known, answers)


def table(known: list[Sample], answers: dict[str, Answers]) -> str:
    """The table in Markdown."""
    lines = ["| | " + " | ".join(answers) + " |", "|---" + "|---:" * len(answers) + "|"]
    for title, label, acting, word in _ROWS:
        rows = [each for each in known if each.label == label and acting in {None, each.acts}]
        if not rows:
            continue
        cells = [str(_count(rows, given, word)) for given in answers.values()]
        lines.append(f"| {title.format(f'{len(rows):,}')} | " + " | ".join(cells) + " |")
    seconds = [f"{sum(given[each.path][1] for each in known):.0f}" for given in answers.values()]
    lines.append("| seconds in all | " + " | ".join(seconds) + " |")
    return "\n".join(lines)


def _count(rows: list[Sample], given: Answers, word: str) -> int:
    words = Counter(given[each.path][0] for each in rows)
    return len(rows) - words["clean"] - words["crash"] if word == "not clean" else words[word]


def differences(known: list[Sample], answers: dict[str, Answers]) -> None:
    """Print what somebody finds and we do not, and where we alone raise an alarm."""
    ours = answers[OURS]
    for each in known:
        others = [name for name, given in answers.items() if name != OURS and given[each.path][0] == "dangerous"]
        found = ours[each.path][0] == "dangerous"
        if each.label == "malicious" and each.acts and others and not found:
            print(f"not found by us ({ours[each.path][0]}): {Path(each.path).name}, by {', '.join(others)}")
        if each.label == "benign" and found:
            print(f"alarm of ours on a benign file: {Path(each.path).name}")


if __name__ == "__main__":
    main()

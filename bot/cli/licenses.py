"""`weighbridge licenses`: what is known of a licence, and what each pack says to it."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable, Iterator

import click

from rules.licenses import License, acceptance, classify, find_license
from rules.licenses.catalogue import catalogue
from rules.licenses.license import CATEGORY_WORDS, View
from rules.licenses.spelling import names
from rules.policy import Policy, pack_names, pack_policy
from rules.policy_licenses import Ruling, Selection
from rules.text import printable

_LINE_LIMIT = 10_000
"""Characters of one line of the standard input; the longest identifier has under a hundred."""

_VIEWS = {View.YES: "yes", View.NO: "no", View.NOT_EVALUATED: "not evaluated"}


@click.group("licenses")
def command() -> None:
    """Explain licences: their kind, what the FSF, the OSI and Debian say, and which packs accept them."""


@command.command("show")
@click.argument("identifier", metavar="ID")
def show(identifier: str) -> None:
    """Explain one licence. ID is an SPDX identifier, one of the Hugging Face hub, or a name.

    Exit code 0 where it is known, 1 otherwise.
    """
    found = classify(identifier)
    license_ = found.licenses[0] if len(found.licenses) == 1 and found.spdx == found.licenses[0].id else None
    if license_ is None:
        click.echo(f"weighbridge: {_not_one(identifier)}", err=True)
        sys.exit(1)
    for line in _explained(license_):
        click.echo(line)


@command.command("classify")
@click.argument("identifiers", nargs=-1, metavar="[ID]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per identifier and line.")
def classify_command(identifiers: tuple[str, ...], as_json: bool) -> None:
    """Say of each identifier or SPDX expression what kind of licence it is and which packs accept it.

    Without an ID they are read from standard input, one a line. What is not known is "unknown" and accepted by no
    pack. Exit code 0.
    """
    for identifier in identifiers or _lines():
        answer = _classified(identifier)
        click.echo(json.dumps(answer) if as_json else _in_a_line(answer))


def _lines() -> Iterator[str]:
    """Identifiers from standard input, empty lines left out; a line that is no text is read as far as it is one."""
    while piece := sys.stdin.buffer.readline(_LINE_LIMIT):
        word = piece.decode("utf-8", "replace").strip()
        if word:
            yield word


def _classified(identifier: str) -> dict[str, object]:
    found = classify(identifier)
    return {
        "id": identifier,
        "spdx": found.spdx,
        "category": found.category.value,
        "fsf_free": _truth(found.fsf_free),
        "osi_approved": _truth(found.osi_approved),
        "accepted_by": {pack: _accepts(policy, found.spdx) for pack, policy in _policies()},
    }


def _policies() -> Iterator[tuple[str, Policy]]:
    return ((pack, pack_policy(pack)) for pack in pack_names())


def _accepts(policy: Policy, spdx: str | None) -> bool:
    return spdx is not None and acceptance(spdx, policy.accepts).accepted


def _truth(view: View) -> bool | None:
    return None if view is View.NOT_EVALUATED else view is View.YES


def _in_a_line(answer: dict[str, object]) -> str:
    accepted = answer["accepted_by"]
    packs = [pack for pack, accepts in accepted.items() if accepts] if isinstance(accepted, dict) else []
    known = answer["spdx"] or "not known"
    identifier = printable(str(answer["id"]))
    return f"{identifier}: {known}, {answer['category']}, accepted by {', '.join(packs) or 'no pack'}"


def _explained(license_: License) -> Iterator[str]:
    yield f"{license_.name} ({license_.id})" if license_.name != license_.id else license_.id
    yield ""
    yield f"Kind      {license_.category.value}: {CATEGORY_WORDS[license_.category]}"
    yield f"          ({license_.category_source})"
    for who, view, source in (
        ("FSF free", license_.fsf_free, license_.fsf_source),
        ("OSI", license_.osi_approved, license_.osi_source),
        ("DFSG", license_.dfsg_free, license_.dfsg_source),
    ):
        yield f"{who:<10}{_VIEWS[view]} ({source})"
    if license_.conditions:
        yield f"Asks      {license_.conditions}"
    if license_.url:
        yield f"Text      {license_.url}"
    for text in license_.texts:
        words = f"; SHA-256 of its words {text.words}" if text.words else ""
        yield f"          {text.dated}: {text.note}{words}"
    if license_.aliases:
        yield f"Also      {', '.join(license_.aliases)}"
    yield "Packs"
    for pack, policy in _policies():
        yield f"  {pack:<18}{_verdict(policy, license_)}"


def _verdict(policy: Policy, license_: License) -> str:
    words = [Selection.read((word,)) for word in policy.accepted_words]
    why = [word.words[0] for word in words if word.names(license_) or word.covers(license_)]
    match policy.rule_on(license_):
        case Ruling.ACCEPTED:
            return f"accepts it ({', '.join(why)})"
        case Ruling.DENIED:
            return "denies it"
        case Ruling.TO_REVIEW:
            return "lets a person decide each time"
        case Ruling.NOT_NAMED:
            return f"does not accept it (it accepts {', '.join(policy.accepted_words) or 'nothing'})"


def _not_one(identifier: str) -> str:
    """Why an identifier names no single licence, and what may have been meant."""
    shown = printable(identifier[:100])
    found = classify(identifier)
    if found.family is not None:
        return f"{shown!r} names several licences; what tells them apart is {found.family.members}"
    if found.spdx is not None:
        parts = ", ".join(license_.id for license_ in found.licenses)
        return f"{shown!r} is an expression of several parts; show them one by one: {parts}"
    near = difflib.get_close_matches(identifier.lower()[:100], _known_words(), n=1)
    meant = find_license(near[0]) or names().get(near[0]) if near else None
    return f"no licence {shown!r} is known" + (f"; did you mean {meant.id}?" if meant is not None else "")


def _known_words() -> Iterable[str]:
    known = catalogue()
    return {*known.by_spdx_id, *known.by_scancode_key, *names()}

"""`weighbridge policy check`: is it a policy at all?"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from bot.cli.policy._loading import ORGANISATION, PolicyFaultError, named
from rules.policy import POLICY_PATH, Policy


@click.command("check")
@click.argument("policies", metavar="[POLICY]...", nargs=-1)
@ORGANISATION
def command(policies: tuple[str, ...], organisation: Path | None) -> None:
    """Say what is wrong with policies, with file, line, key and what is allowed.

    Exit status: 0 all can be used, 1 one cannot, 2 a file could not be read.
    """
    broken = False
    for word in policies or (POLICY_PATH,):
        try:
            policy = named(word, organisation)
        except PolicyFaultError as error:
            error.show()
            broken = True
            continue
        beneath = ", ".join(policy.origin.stack)
        click.echo(f"{word}: good{f', built on {beneath}' if beneath else ''}")
        for remark in _remarks(policy, datetime.datetime.now(datetime.UTC).date()):
            click.echo(f"  {remark}")
    sys.exit(1 if broken else 0)


def _remarks(policy: Policy, today: datetime.date) -> Iterator[str]:
    yield from policy.origin.remarks
    for waiver in policy.waivers:
        if waiver.has_ended(today):
            where = f"{waiver.source}:{waiver.line}" if waiver.line else waiver.source
            yield f"{where}: the waiver of {waiver.rule} ended on {waiver.until.isoformat()}; it can be taken out."

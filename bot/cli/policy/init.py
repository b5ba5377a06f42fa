"""`weighbridge policy init`: a first policy to change."""

from __future__ import annotations

from pathlib import Path

import click

from rules.packs import pack_names
from rules.policy import DEFAULT_PACK, POLICY_PATH, pack_policy

_TEXT = """\
# What this repository wants of model weights. Read on the target branch of each merge request.
# All rules: `weighbridge policy show`; why one holds for a file: `weighbridge policy explain RULE PATH`.
version: 1

# {title}
# {standing}
extends: {pack}

# `observe` reports everything and blocks nothing: the way to begin. Then `enforce`.
mode: {mode}

# Paths that are never judged; every report says how many there are.
ignore: []

# Licences by SPDX identifier, category (permissive, copyleft, ...) or view (fsf-free, osi-approved, dfsg-free).
# What is not named here is decided by the pack.
licenses:
  accept: []
  deny: []
  review: []

# off, info, warning or blocking for each rule.
rules: {{}}

# What holds for some paths only.
scopes: []

# Exceptions with a reason and a last day:
#   - rule: license-missing
#     path: models/old.bin
#     reason: The authors were asked on 3 May; their answer is awaited.
#     until: 2027-06-30
waivers: []

# Examples that must be judged as they say: `weighbridge policy test`.
tests:
  - name: Weights under Apache-2.0 are welcome
    given: {{path: models/example.safetensors, license: Apache-2.0, card: true}}
    expect: {{includes: {{license-missing: off, license-not-accepted: off}}}}
"""


@click.command("init")
@click.option("--pack", type=click.Choice(pack_names()), default=DEFAULT_PACK, show_default=True)
@click.option("--enforce", is_flag=True, help="Block from the first day on, instead of only reporting.")
@click.option("--output", type=click.Path(path_type=Path), default=Path(POLICY_PATH), show_default=True)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(pack: str, *, enforce: bool, output: Path, force: bool) -> None:
    """Write a first policy with every part explained."""
    header = pack_policy(pack).pack
    standing = f"Standing: {header.status.value}, {header.date.isoformat()}, {header.source}"
    text = _TEXT.format(pack=pack, title=header.title, standing=standing, mode="enforce" if enforce else "observe")
    try:
        with output.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise click.UsageError(f"{output} is there already; --force writes over it") from error
    except OSError as error:
        raise click.UsageError(f"{output}: {error.strerror}") from error
    click.echo(f"Wrote {output}. Commit it to the branch that merge requests go to; until then nothing changes.")

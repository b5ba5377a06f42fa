"""How `weighbridge scan` ends where no judgement is possible."""

from __future__ import annotations

import click


class CannotJudgeError(click.ClickException):
    """No judgement is possible: one line on standard error, exit status 2."""

    exit_code = 2

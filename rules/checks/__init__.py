"""The rules, one module each; a rule's id is its module's name with hyphens.

A rule module holds

its docstring
    a title on the first line, then the sections of `HEADINGS` as `## ` headings, in that order.
    It is published as the rule's page, so it is written for the person who got the finding;
`SEVERITY`
    the severity where neither a policy nor a pack names one;
`CASES` (optional)
    the cases a policy may weigh one by one, each with a sentence that explains it;
`Options` (optional)
    a subclass of `RuleOptions`: what a policy may set, with defaults;
`check_artifact(subject, options) -> Problem | None`, `check_change(subjects, options) -> Problem | None` or
`check_past(artifact, options) -> Problem | None`
    what is wrong with one artifact, with the change as a whole, or with weights that only the change's history
    still holds. Pure; at most one problem each. A rule has one of them; one about artifacts may look at those of the
    history too.

The runner adds the severity and the guideline's citation, which are the policy's business.
Adding a rule is adding one module here and its test; nothing else names it. Installed distributions bring rules of
their own, in modules that keep the same contract: `rules.checks._plugins`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ConfigDict

from rules.checks._plugins import PluginError, distribution_of, plugin_modules, plugin_rules
from rules.checks._subject import Problem, Refusal, Standing, Subject
from rules.facts import Artifact
from rules.findings import Severity

__all__ = [
    "HEADINGS",
    "Check",
    "PluginError",
    "Problem",
    "Refusal",
    "RuleOptions",
    "Standing",
    "Subject",
    "all_checks",
    "distribution_of",
    "plugin_rules",
    "read_check",
]

HEADINGS = ("What it checks", "Why it matters", "Example", "How to fix", "References")
"""Sections of every rule's docstring, in order."""


class RuleOptions(BaseModel):
    """Base of the options of a rule; names are written with hyphens in policy files."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: name.replace("_", "-"),
        validate_default=True,
        defer_build=True,
    )


@dataclass(frozen=True)
class Check:
    """One rule as the rest of the house sees it."""

    id: str
    title: str
    sections: Mapping[str, str]
    """Markdown of each section by its heading, in the order of HEADINGS."""
    severity: Severity
    cases: Mapping[str, str]
    options: type[RuleOptions]
    # Options are typed by the rule that declares them, so the registry cannot name their type.
    on_artifact: Callable[[Subject, Any], Problem | None] | None
    on_change: Callable[[Sequence[Subject], Any], Problem | None] | None
    on_past: Callable[[Artifact, Any], Problem | None] | None

    @property
    def is_about_change(self) -> bool:
        """True where it judges the merge request as a whole and no single weights."""
        return self.on_change is not None


@functools.cache
def all_checks() -> Mapping[str, Check]:
    """Every rule by its id, in alphabetical order. Raises TypeError where an installed one breaks the contract."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    checks = {
        check.id: check for check in (read_check(importlib.import_module(f"{__name__}.{name}")) for name in names)
    }
    for identifier, module in plugin_modules(checks).items():
        try:
            checks[identifier] = read_check(module, identifier)
        except TypeError as error:
            raise PluginError(
                f"the rule {identifier} of {distribution_of(identifier)} is not usable: {error}"
            ) from error
    return dict(sorted(checks.items()))


def read_check(module: ModuleType, identifier: str | None = None) -> Check:
    """The rule that a module defines, by the id that its name is where no other is given.

    Raises TypeError, naming the module, where it breaks the contract.
    """
    on_artifact, on_change, on_past = (
        getattr(module, f"check_{subject}", None) for subject in ("artifact", "change", "past")
    )
    if (on_change is None) == (on_artifact is None and on_past is None):
        raise TypeError(
            f"{module.__name__} must define check_change alone, or check_artifact, check_past or both of these"
        )
    if not isinstance(severity := getattr(module, "SEVERITY", None), Severity):
        raise TypeError(f"{module.__name__} must define SEVERITY")
    title, sections = _page(module)
    return Check(
        id=identifier or module.__name__.rpartition(".")[2].replace("_", "-"),
        title=title,
        sections=sections,
        severity=severity,
        cases=getattr(module, "CASES", {}),
        options=getattr(module, "Options", RuleOptions),
        on_artifact=on_artifact,
        on_change=on_change,
        on_past=on_past,
    )


def _page(module: ModuleType) -> tuple[str, Mapping[str, str]]:
    title, *parts = re.split(r"^## (.+)\n", module.__doc__ or "", flags=re.MULTILINE)
    sections = {heading: text.strip() for heading, text in zip(parts[::2], parts[1::2], strict=True)}
    if not title.strip() or tuple(sections) != HEADINGS or not all(sections.values()):
        raise TypeError(f"the docstring of {module.__name__} needs a title and the sections {', '.join(HEADINGS)}")
    return title.strip().rstrip("."), sections

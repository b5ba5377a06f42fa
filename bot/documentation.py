"""The pages under docs/ that are made from the code: `make docs` writes them, a test holds them current."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.packs_page import packs_page
from bot.scanner.containers.kinds import all_containers
from bot.scanner.formats import all_formats
from bot.setting_tables import TABLES
from bot.settings import PREFIX, Settings
from rules.checks import all_checks
from rules.text import size

_NOTE = "<!-- Made by `make docs` from the code. Change it there. -->"

_SETTINGS = f"""\
Each is an environment variable, or a line in `weighbridge.toml` without the prefix and in lower case, such as
`listen = "127.0.0.1:8080"`. The file is looked for in the working directory, or where `{PREFIX}CONFIG` says. The
environment goes first. A wrong setting stops the start with its name, its fault and the fix; an unknown one too.
`weighbridge doctor` checks them against the database and the forges."""

_FURTHER = """\
Further GitHub, GitLab and Forgejo servers, and further Apps on one GitHub, are tables in `weighbridge.toml`, as many as
there are. Their keys mean what the settings above mean; `[[forgejo]]` has those of `[[gitlab]]`.

```toml
[[github]]
api_url = "https://github.example.org/api/v3"
app_id = 7                                  # or token = "..."
private_key_file = "/etc/weighbridge/github-app-7.pem"
webhook_secret = "..."                      # several while one is replaced: ["new", "old"]

[[gitlab]]
url = "https://gitlab.example.org"
token = "..."
webhook_secret = "..."
```

All servers of a kind send to the same address, `/webhooks/github` and so on: the secret tells which one speaks, and
what it says of another host is ignored. So give each its own. Of several Apps on one host, the one that is installed in
a repository is used for it."""

_FORMATS = """\
Each is told by its bytes, whatever its name. A name ending is listed where it promises this format and no other use: a
file of that name that is something else is called out. Formats that cannot be told without a name, and the confidence
of each answer, are explained in the modules of `bot/scanner/formats`."""

_CONTAINERS = """\
Files that no format knows are looked into where they carry other files, within limits of bytes, members and depth.
What could not be looked through is said so and never shown as clean."""


def pages() -> Mapping[str, str]:
    """The text of each page by its file name."""
    return {
        "settings.md": settings_page(),
        "rules.md": rules_page(),
        "formats.md": formats_page(),
        "packs.md": f"{_NOTE}\n{packs_page()}",
    }


def settings_page() -> str:
    """Every setting with its default and what it does."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(name)} | {_cell(field.description or '')} |"
        for name, field in Settings.model_fields.items()
        if name not in TABLES
    ]
    head = [_NOTE, "# Settings", "", _SETTINGS, "", "| setting | default | meaning |", "|---|---|---|"]
    return "\n".join([*head, *rows, "", "## Further forges", "", _FURTHER, ""])


def rules_page() -> str:
    """Every rule, from its own docstring."""
    lead = (
        "What each rule weighs is the policy's choice; where neither a policy nor its pack says, its own default holds."
    )
    parts = [_NOTE, "# Rules", "", lead, ""]
    checks = all_checks()
    parts += [f"- [`{identifier}`](#{identifier}): {check.title}" for identifier, check in checks.items()]
    for identifier, check in checks.items():
        parts += ["", f"## {identifier}", "", check.title, "", f"Default: `{check.severity.label}`."]
        parts += [f"Case `{case}`: {meaning}" for case, meaning in check.cases.items()]
        options = check.options().model_dump(by_alias=True)
        parts += [f"Option `{name}`, by default `{_option(value)}`." for name, value in options.items()]
        for heading, text in check.sections.items():
            parts += ["", f"### {heading}", "", text]
    return "\n".join(parts) + "\n"


def formats_page() -> str:
    """Every format and container, from its own docstring."""
    formats = [
        f"| `{identifier}` | {_cell(module.TITLE)} | {' '.join(f'`{each}`' for each in module.SUFFIXES)} |"
        f" {_cell(_first_line(module))} |"
        for identifier, module in all_formats().items()
    ]
    containers = [
        f"| `{identifier}` | {_cell(module.TITLE)} | {_cell(_first_line(module))} |"
        for identifier, module in all_containers().items()
    ]
    table = ["| format | title | endings that promise it | what it is |", "|---|---|---|---|", *formats]
    inside = ["| container | title | what it is |", "|---|---|---|", *containers]
    parts = [_NOTE, "# Formats", "", _FORMATS, "", *table, "", "## Looked into", "", _CONTAINERS, "", *inside]
    return "\n".join(parts) + "\n"


def _first_line(module: object) -> str:
    return (module.__doc__ or "").partition("\n")[0]


def _option(value: object) -> str:
    """A default as a policy file has it; the large numbers among them are sizes."""
    return size(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 1024 else str(value)


def _default(name: str) -> str:
    field = Settings.model_fields[name]
    if field.default_factory is not None:
        return "the host's name"
    if field.default is None or field.default == ():
        return "none"
    if isinstance(field.default, tuple):
        return f"`{','.join(f'{value:g}' for value in field.default)}`"
    return f"`{field.default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write the pages."""
    folder = Path(__file__).parents[1] / "docs"
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()

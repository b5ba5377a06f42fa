"""The page that every comment links to."""

from __future__ import annotations

import html
import re

from flask.testing import FlaskClient

from bot.dashboard.why import rule_entries
from rules.checks import all_checks
from rules.packs import pack_names
from rules.policy import load_policy


def test_every_rule_has_an_anchor_its_title_and_what_each_pack_makes_of_it(visitor: FlaskClient) -> None:
    page = visitor.get("/why").text
    for rule in all_checks():
        assert page.count(f'id="{rule}"') == 1
    for entry in rule_entries():
        assert [name for name, _ in entry.packs] == list(pack_names())
        assert all(words for _, words in entry.packs)
    [missing] = [entry for entry in rule_entries() if entry.id == "license-missing"]
    assert "blocking" in dict(missing.packs)["guix"]
    assert html.escape(missing.title) in page
    assert re.search(r"<pre><code>printf .*</code></pre>\s*<p>with the licence", page, re.DOTALL), (
        "Markdown stays in form"
    )


def test_somebody_from_elsewhere_may_read_it_and_nothing_else(visitor: FlaskClient) -> None:
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    assert visitor.get("/why", headers=elsewhere).status_code == 200
    assert visitor.get("/", headers=elsewhere).status_code == 403


def test_the_examples_on_it_are_good_policies(visitor: FlaskClient) -> None:
    blocks = [
        html.unescape(block) for block in re.findall(r"<pre><code>(.*?)</code></pre>", visitor.get("/why").text, re.S)
    ]
    examples = [block for block in blocks if re.match(r"(version|ignore|scopes|waivers|mode):", block)]
    assert len(examples) == 5
    for example in examples:
        text = example if example.startswith("version") else f"version: 1\n{example}"
        load_policy(text.encode(), name="example.yml")

"""The pages show what was said, and what strangers write can do no harm there."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from bot.sandbox.markdown import to_html


def test_the_page_of_a_pull_request_shows_its_state_files_checks_and_comments(stage: Any) -> None:
    stage.bot.post(
        f"{stage.path}/issues/1/comments", json={"body": "## Weighed\n\n| file | size |\n|--|--|\n| a | 1 |"}
    )
    status = {"state": "failure", "context": "weighbridge", "description": "1 problem blocks"}
    stage.bot.post(f"{stage.path}/statuses/{stage.pull.head}", json=status)
    page = requests.get(stage.sandbox.page_of("distro/packages", 1))
    assert page.status_code == 200
    for words in ("Add a tiny model", "alice/packages:add-model", "models/tiny.bin", "<h2>Weighed</h2>", "<td>a</td>"):
        assert words in page.text
    assert "1 problem blocks" in page.text
    assert "old/name.txt" in page.text


def test_the_index_lists_every_merge_request(stage: Any) -> None:
    assert stage.sandbox.page_of("distro/packages", 1) in requests.get(stage.sandbox.url).text


def test_a_page_that_is_not_there_is_a_404(stage: Any) -> None:
    assert requests.get(f"{stage.sandbox.url}/distro/packages/pull/99").status_code == 404
    assert requests.get(f"{stage.sandbox.url}/no/such/pull/1").status_code == 404


def test_a_page_may_load_and_run_nothing(stage: Any) -> None:
    stage.world.edit(stage.pull, title="<script>alert(1)</script>", body='<img src=x onerror="alert(1)">')
    page = requests.get(stage.sandbox.page_of("distro/packages", 1))
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert "<img" not in page.text


def test_the_files_that_comments_link_to_can_be_read(stage: Any) -> None:
    card = requests.get(f"{stage.sandbox.url}/distro/packages/blob/{stage.pull.head}/README.md")
    assert (card.headers["Content-Type"], card.text) == (
        "text/plain; charset=utf-8",
        "# Packages\n\nNow with a model.\n",
    )
    weights = requests.get(f"{stage.sandbox.url}/distro/packages/blob/{stage.pull.head}/models/tiny.bin")
    assert weights.headers["Content-Type"] == "application/octet-stream"
    assert requests.get(f"{stage.sandbox.url}/distro/packages/blob/main/models/tiny.bin").status_code == 404


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<!-- weighbridge:summary -->\nHello", "\n<p>Hello</p>\n"),
        ("<details><summary>More</summary>\n\n**bold**\n\n</details>", "<details><summary>More</summary>\n<p><strong>"),
        ("<details open>", "<details open>"),
        ('<details onclick="alert(1)">', "<details>"),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ("a <kbd>b</kbd> <a href='javascript:alert(1)'>c</a>", "<kbd>b</kbd> &lt;a href="),
        ("<svg/onload=alert(1)>", "&lt;svg/onload=alert(1)&gt;"),
        ("![a](http://example.org/a.png)", '!<a href="http://example.org/a.png"'),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
        ("`<script>`", "<code>&lt;script&gt;</code>"),
        ("~~gone~~", "<s>gone</s>"),
        ("<details <script>>", "&lt;script&gt;"),
    ],
)
def test_markdown_keeps_the_harmless_and_shows_the_rest_as_text(source: str, shown: str) -> None:
    assert shown in to_html(source)

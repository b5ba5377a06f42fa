"""What is particular to Forgejo: pages of trees, blobs asked for together, names that change, the cost of it all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.forges import forgejo_tree
from bot.forges.forgejo import ForgejoForge
from bot.forges.protocol import ForgeError, NotFoundError, RefusedError, UnavailableError, Verdict, VerdictState
from bot.scanner.readers import UnreadableError
from bot.scanner.scan import collect
from rules.facts import ChangeStatus
from tests.forges.conftest import MOVED, ODD, WEIGHTS, Scene


@pytest.fixture
def counted(forgejo: Scene) -> Scene:
    forgejo.forge.whoami()
    forgejo.world.misbehaviour.forget_requests()
    return forgejo


def asked(scene: Scene) -> list[str]:
    return [f"{one.method} {one.path.rpartition('packages/')[2]}" for one in scene.world.misbehaviour.requests]


def test_a_merge_request_and_its_changes_cost_two_calls_and_a_tree_for_binaries(counted: Scene) -> None:
    found = counted.read()
    changes = counted.forge.changes(found)
    assert changes.complete
    assert asked(counted) == ["GET pulls/1", "GET pulls/1.diff", f"GET git/trees/{found.head}"]


def test_without_weights_three_calls_are_enough(counted: Scene) -> None:
    found = counted.branch("words", {"notes.md": b"# Words\n"})
    counted.world.misbehaviour.forget_requests()
    found = counted.read(found.number)
    counted.forge.changes(found)
    counted.forge.set_verdict(found, Verdict(VerdictState.SUCCESS, "no weights"), first=True)
    assert asked(counted) == ["GET pulls/2", "GET pulls/2.diff", f"POST statuses/{found.head}"]


def test_what_the_diff_showed_and_what_was_asked_for_ahead_costs_nothing_more(forgejo: Scene) -> None:
    found = forgejo.read()
    forgejo.forge.changes(found)
    tree = forgejo.forge.tree(found)
    card, readme = tree.entry("models/card.md"), tree.entry("README.md")
    assert card is not None
    assert readme is not None
    tree.read_ahead([card, readme, *tree.entries("docs/a b")])  # type: ignore[attr-defined]
    forgejo.world.misbehaviour.forget_requests()
    assert tree.open(card).read(0, 3) == b"---"
    assert tree.open(readme).read(0, 10) == b"# Packages"
    assert forgejo.forge.read_file(found, found.head, "absent.yml", 99) is None
    assert asked(forgejo) == []


def test_small_files_are_read_together_and_large_ones_by_part(forgejo: Scene) -> None:
    files = {f"m/{number}.bin": b"\0%d" % number * 50 for number in range(90)} | {"m/large.bin": WEIGHTS * 9}
    found = forgejo.branch("many", files)
    tree = forgejo.forge.tree(found)
    entries = tree.entries("m")
    forgejo.world.misbehaviour.forget_requests()
    for entry, reader in zip(entries, tree.open_all(entries), strict=True):
        assert not isinstance(reader, UnreadableError)
        assert reader.read(0, 9) == files[entry.path][:9]
    assert forgejo.world.misbehaviour.count("*/git/blobs") == 3
    assert forgejo.world.misbehaviour.count("*/raw/*") == 1


def test_where_blobs_are_not_given_together_each_is_read_by_itself(forgejo: Scene) -> None:
    forgejo.world.limits.forgejo.many_blobs = False
    found = forgejo.branch("few", {f"m/{number}.bin": b"\0%d" % number for number in range(5)})
    tree = forgejo.forge.tree(found)
    entries = tree.entries("m")
    for _ in range(2):
        contents = [reader.read(0, 9) for reader in tree.open_all(entries) if not isinstance(reader, UnreadableError)]
        assert contents == [b"\0%d" % number for number in range(5)]
    assert forgejo.world.misbehaviour.count("*/git/blobs") == 1


def test_a_blob_that_is_not_what_it_should_be_is_read_by_itself(
    forgejo: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = forgejo.branch("few", {f"m/{number}.bin": b"\0%d" % number for number in range(3)})
    tree = forgejo.forge.tree(found)
    rows = [{"sha": entry.oid, "content": "AAAA" * number} for number, entry in enumerate(tree.entries("m"))]
    monkeypatch.setattr(forgejo.forge._client, "unpaged", lambda *_, **__: [*rows, {}])  # type: ignore[attr-defined]
    contents = [reader.read(0, 9) for reader in tree.open_all(tree.entries("m"))]  # type: ignore[union-attr]
    assert contents == [b"\x000", b"\x001", b"\x002"]


@pytest.mark.parametrize("limit", [10_000, 3])
def test_a_tree_of_many_pages_is_read_whole_or_where_it_is_needed(
    forgejo: Scene, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(forgejo_tree, "ENTRIES_LIMIT", limit)
    forgejo.world.limits.forgejo.tree_page = 3
    tree = forgejo.forge.tree(forgejo.read())
    assert tree.entry("docs/a b/note.md") is not None
    assert {entry.path for entry in tree.entries("models")} >= {ODD, "models/card.md"}
    assert tree.entries("nowhere/at/all") == []
    whole = {entry.path for entry in forgejo.forge.tip_tree(_tip(forgejo)).walk()}
    assert whole == {
        entry.path for entry in forgejo.repository.git.tree("main", recursive=True) if entry.kind == "blob"
    }
    found = tree.entry("models/tiny one.bin")
    assert found is not None
    assert tree.holds([found.oid, "0" * 40]) == (frozenset({found.oid}) if limit > 3 else frozenset())


def _tip(scene: Scene) -> Any:
    return scene.forge.tip(str(scene.repository.id), scene.repository.full_name)


def test_the_list_of_files_fills_in_what_a_diff_beyond_the_limit_does_not_show(
    forgejo: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = forgejo.forge.changes(forgejo.read())
    monkeypatch.setattr("bot.forges.forgejo.DIFF_LIMIT", 400)
    found = forgejo.forge.changes(forgejo.read())
    assert (found.complete, {file.path for file in found.files}) == (True, {file.path for file in shown.files})
    files = {file.path: file for file in found.files}
    card, moved, touched = files["models/card.md"], files["new/moved.bin"], files["new/touched.bin"]
    assert (card.content, card.known_text, card.status) == (None, False, ChangeStatus.ADDED)
    assert moved.entry is not None
    assert touched.entry is not None
    assert moved.previous_oid == moved.entry.oid
    assert touched.previous_oid != touched.entry.oid
    forgejo.world.delete_repository(forgejo.fork)
    assert not forgejo.forge.changes(forgejo.read()).complete, "Forgejo lists no files without the fork"


def test_a_diff_of_an_older_state_is_called_incomplete(forgejo: Scene) -> None:
    found = forgejo.read()
    forgejo.world.commit(forgejo.fork, "add-model", {"models/card.md": None, "models/bare.txt": None}, "Less", "alice")
    changes = forgejo.forge.changes(found)
    assert (changes.complete, len(changes.files)) == (False, 8)
    assert "8 of 10" in (changes.remark or "")


def test_a_renamed_repository_is_found_by_its_id(forgejo: Scene) -> None:
    found = forgejo.read()
    forgejo.repository.full_name = "distro/models"
    forgejo.world.create_repository("distro/packages", files={"other": b"1"}, forge="forgejo")
    forgejo.world.grant("distro/packages", "weighbridge-bot", "write")
    again = forgejo.forge.merge_request(found.repository_id, "distro/packages", found.number)
    assert (again.repository, again.key) == ("distro/models", found.key)
    comment = forgejo.forge.create_comment(found, "hello")
    assert forgejo.forge.own_comments(found) == [comment]
    assert forgejo.forge.read_file(found, found.base, ".weighbridge.yml", 100) == b"packs: [guix]\n"


def test_a_status_of_our_name_that_somebody_else_set_is_replaced(forgejo: Scene) -> None:
    found = forgejo.read()
    verdict = Verdict(VerdictState.FAILURE, "blocked")
    forgejo.forge.set_verdict(found, verdict)
    forgejo.world.verdicts.set_status(
        forgejo.repository, found.head, "weighbridge", "failure", "alice", description="blocked"
    )
    forgejo.forge.set_verdict(found, verdict)
    newest = forgejo.world.verdicts.newest_statuses(forgejo.repository, found.head)
    assert [(one.creator, one.state) for one in newest] == [("weighbridge-bot", "failure")]


def test_our_status_is_found_among_those_of_many_names(forgejo: Scene) -> None:
    found = forgejo.read()
    for number in range(60):
        forgejo.world.verdicts.set_status(forgejo.repository, found.head, f"ci {number}", "success", "alice")
    for _ in range(2):
        forgejo.forge.set_verdict(found, Verdict(VerdictState.SUCCESS, "fine"))
    assert len(forgejo.world.verdicts.statuses_of(forgejo.repository, found.head)) == 61


def test_the_last_word_of_a_person_counts(forgejo: Scene) -> None:
    say = forgejo.world.conversation.review
    for login in ("grace", "linus"):
        forgejo.world.create_user(login)
    for _ in range(60):
        say(forgejo.pull, "grace", "COMMENTED", "Hm", forgejo.pull.head)
    say(forgejo.pull, "grace", "CHANGES_REQUESTED", "Which data?", forgejo.pull.head)
    say(forgejo.pull, "grace", "APPROVED", "", forgejo.pull.head)
    say(forgejo.pull, "linus", "APPROVED", "", forgejo.pull.head)
    say(forgejo.pull, "linus", "CHANGES_REQUESTED", "I was wrong", forgejo.pull.head)
    found = forgejo.forge.approvals(forgejo.read())
    assert found is not None
    assert [approval.user for approval in found] == ["grace"]


def test_what_the_history_of_one_repository_held_is_read_where_it_is_in_another(forgejo: Scene) -> None:
    world, files = forgejo.world, {"m/gone.bin": MOVED[:-1]}
    world.commit(forgejo.repository, "twice", files, "Add", "alice")
    found = forgejo.branch("twice", {"m/gone.bin": None, "a.txt": b"a\n"})
    (past,) = forgejo.forge.past_changes(found, forgejo.forge.changes(found)).files
    assert past.entry is not None
    assert forgejo.forge.tree(found).open(past.entry).read(0, 9) == MOVED[:9]
    other = world.create_repository("distro/other", files={"README.md": b"# Other\n"}, forge="forgejo")
    world.commit(other, "again", files | {"copy.bin": MOVED[:-1]}, "Add", "alice")
    number = world.open_merge_request(other, "again", author="alice").number
    elsewhere = forgejo.forge.merge_request(str(other.id), other.full_name, number)
    for change in forgejo.forge.changes(elsewhere).files:
        assert change.entry is not None
        assert forgejo.forge.tree(elsewhere).open(change.entry).read(0, 9) == MOVED[:9]


def test_a_copy_of_weights_that_the_target_holds_is_nothing_new(forgejo: Scene) -> None:
    forgejo.world.commit(forgejo.repository, "main", {"m.bin": MOVED}, "Before", "alice")
    found = forgejo.branch("copy", {"copies/m.bin": MOVED})
    facts = collect(forgejo.forge.changes(found), forgejo.forge.tree(found), base=forgejo.forge.base_tree(found))
    assert facts.artifacts == ()


def test_a_token_that_may_only_read_is_told_which_scopes_it_lacks(forgejo: Scene) -> None:
    token = forgejo.world.create_token("weighbridge-bot", scopes=frozenset({"read"}))
    reader = ForgejoForge(forgejo.sandbox.forgejo_url, token)
    found = forgejo.read()
    with pytest.raises(RefusedError, match="write:repository"):
        reader.create_comment(found, "hello")


def test_an_address_that_redirects_is_told_and_not_followed(forgejo: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(environ: Any, start: Any) -> list[bytes]:
        start("301 Moved Permanently", [("Location", "https://elsewhere.invalid/")])
        return [b""]

    monkeypatch.setattr(forgejo.sandbox._server, "app", moved)
    with pytest.raises(ForgeError, match="set WEIGHBRIDGE_FORGEJO_URL to its final address"):
        forgejo.read()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b'{"message": 1}'])
def test_an_answer_that_is_not_what_it_should_be_is_a_forge_error(
    forgejo: Scene, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    def strange(environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/json")])
        return [body]

    found = forgejo.read()
    monkeypatch.setattr(forgejo.sandbox._server, "app", strange)
    with pytest.raises(ForgeError):
        forgejo.forge.merge_request(found.repository_id, found.repository, 1)
    assert forgejo.forge.own_threads(found) == ()


def test_a_commit_that_is_not_there_has_no_tree_and_takes_no_status(forgejo: Scene) -> None:
    found = replace(forgejo.read(), head="1" * 40)
    with pytest.raises(ForgeError):
        forgejo.forge.tree(found).entries("")
    with pytest.raises(NotFoundError):
        forgejo.forge.set_verdict(found, Verdict(VerdictState.SUCCESS, "fine"))


def test_a_diff_whose_connection_breaks_is_asked_for_again_later(forgejo: Scene) -> None:
    found = forgejo.read()
    forgejo.sandbox.misbehave("dropped", "*.diff")
    with pytest.raises(UnavailableError):
        forgejo.forge.changes(found)
    assert forgejo.forge.changes(found).complete

"""Requests reach the forge and the internet, and no private network, whatever a name says at which moment."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import requests

from bot.forges import addresses
from bot.forges.addresses import guarded_session, is_public, is_the_forges
from bot.forges.http import HttpReader
from bot.forges.lfs import open_lfs_object
from bot.forges.protocol import UnavailableError
from bot.sandbox.server import Sandbox
from bot.scanner.readers import UnreadableError, WrongObjectError
from rules.facts import Pointer
from tests.forges.conftest import Scene

Named = Callable[..., None]
PUBLIC = "93.184.215.14"


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Named:
    """Set what names resolve to: `named(host=[first answer, second answer, ...])`, the last one for good."""
    known: dict[str, list[Sequence[str]]] = {}

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror(f"{host} is not known")
        answers = known[host]
        chosen = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in chosen]

    monkeypatch.setattr(addresses, "getaddrinfo", resolve)
    return lambda **hosts: known.update({name.replace("_", "."): answers for name, answers in hosts.items()})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # metadata of a cloud's machine
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "192.88.99.1",
        "5f00::1",
        "no address",
    ],
)
def test_addresses_of_private_networks_are_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_addresses_on_the_internet_are_told(address: str) -> None:
    assert is_public(address)


def test_the_forges_own_host_and_names_below_it_are_its_own() -> None:
    assert is_the_forges("media.git.example", "git.example")
    assert not is_the_forges("evilgit.example", "git.example")
    assert not is_the_forges("git.example.evil.example", "git.example")
    assert not is_the_forges("1.127.0.0.1", "127.0.0.1")


def test_a_name_that_leads_into_a_private_network_is_not_reached(named: Named) -> None:
    named(store_example=[["10.0.0.7"]], mixed_example=[[PUBLIC, "127.0.0.1"]])
    for host in ("store.example", "mixed.example"):
        with pytest.raises(UnreadableError, match="private network"):
            guarded_session("git.example").get(f"http://{host}/object", timeout=1)


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(
    named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def connect(address: Any, *_: Any, **__: Any) -> None:
        asked.append(address)
        raise OSError("not today")

    monkeypatch.setattr(addresses, "create_connection", connect)
    named(store_example=[[PUBLIC], ["127.0.0.1"]])
    with pytest.raises(requests.ConnectionError):
        guarded_session("git.example").get("https://store.example/object", timeout=1)
    assert asked == [(PUBLIC, 443)]


def test_a_forge_in_a_private_network_is_reached_under_its_name(named: Named, sandbox: Sandbox) -> None:
    named(git_example=[["127.0.0.1"]], media_git_example=[["127.0.0.1"]])
    port = sandbox.url.rpartition(":")[2]
    for host in ("git.example", "media.git.example"):
        answer = guarded_session("git.example").get(f"http://{host}:{port}/nowhere", timeout=5)
        assert answer.status_code == 404
    with pytest.raises(UnreadableError, match="private network"):
        guarded_session("other.example").get(f"http://git.example:{port}/nowhere", timeout=5)


def test_behind_a_proxy_names_are_the_proxys_business_and_addresses_are_not(named: Named) -> None:
    session = guarded_session("git.example")
    proxies = {"http": "http://127.0.0.1:9"}
    named(**{"127_0_0_1": [["127.0.0.1"]], "10_0_0_7": [["10.0.0.7"]]})
    with pytest.raises(UnreadableError, match="private network"):
        session.get("http://10.0.0.7/object", proxies=proxies, timeout=1)
    with pytest.raises(requests.exceptions.ProxyError):
        session.get("http://unknown.example/object", proxies=proxies, timeout=1)


def test_a_redirect_into_a_private_network_is_not_followed(sandbox: Sandbox, named: Named) -> None:
    named(forge_example=[["127.0.0.1"]], inside_example=[["10.0.0.7"]])
    answer = requests.Response()
    answer.status_code, answer.headers["Location"] = 302, "http://inside.example/secret"

    class Redirecting(requests.Session):
        def get(self, url: Any, **_: Any) -> requests.Response:  # type: ignore[override]
            answer.url = url
            answer._content_consumed = True
            return answer

    reader = HttpReader(Redirecting(), "http://forge.example/raw", 10, {}, may_follow=lambda _: True)
    with pytest.raises(UnreadableError, match=r"inside\.example, which lies in a private network"):
        reader.read(0, 5)


def pointer_to(scene: Scene) -> Pointer:
    return Pointer("git-lfs", "sha256", scene.world.lfs.put(scene.lfs), len(scene.lfs))


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("http://10.0.0.7/object", "private network"),
        ("http://inside.example:5432/object", "private network"),
        ("file:///etc/passwd", "not https"),
        ("gopher://store.example/", "not https"),
        ("https:///nothing", "not https"),
    ],
)
def test_an_lfs_server_cannot_send_us_into_a_private_network(
    sandbox: Sandbox, named: Named, monkeypatch: pytest.MonkeyPatch, href: str, reason: str
) -> None:
    named(**{"inside_example": [["192.168.0.9"]], "10_0_0_7": [["10.0.0.7"]]})
    told = {"actions": {"download": {"href": href}}}
    monkeypatch.setattr("bot.forges.lfs._batch", lambda *_: told)
    pointer = Pointer("git-lfs", "sha256", "0" * 64, 10)
    with pytest.raises(UnreadableError, match=reason):
        open_lfs_object(requests.Session(), "http://git.example/a/b.git", ("", ""), pointer).read(0, 5)


def test_an_lfs_server_cannot_lead_from_https_to_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "bot.forges.lfs._batch", lambda *_: {"actions": {"download": {"href": "http://git.example/object"}}}
    )
    with pytest.raises(UnreadableError, match="not https"):
        open_lfs_object(
            requests.Session(), "https://git.example/a/b.git", ("", ""), Pointer("git-lfs", "sha256", "0" * 64, 10)
        )


def test_an_object_that_only_the_fork_has_is_read_there(scene: Scene) -> None:
    content = b"GGUF only in the fork"
    scene.world.put_lfs_object(scene.fork, content)
    pointer = Pointer("git-lfs", "sha256", scene.world.lfs.put(content), len(content))
    reader = scene.forge.tree(scene.read()).open_object(pointer)
    assert reader is not None
    assert reader.read(0, 100) == content


def test_an_object_that_neither_has_is_missing_and_one_of_a_fork_that_is_hidden_only_unread(scene: Scene) -> None:
    pointer = Pointer("git-lfs", "sha256", "0" * 64, 5)
    with pytest.raises(WrongObjectError):
        scene.forge.tree(scene.read()).open_object(pointer)
    scene.fork.private = True
    with pytest.raises(UnreadableError, match="fork") as caught:
        scene.forge.tree(scene.read()).open_object(pointer)
    assert not isinstance(caught.value, WrongObjectError)
    scene.world.delete_repository(scene.fork)
    with pytest.raises(WrongObjectError):
        scene.forge.tree(scene.read()).open_object(pointer)


def test_an_object_of_a_private_repository_is_read_with_our_credentials(scene: Scene) -> None:
    scene.repository.private = True
    reader = scene.forge.tree(scene.read()).open_object(pointer_to(scene))
    assert reader is not None
    assert reader.read(0, 4) == b"GGUF"


def test_a_store_that_cannot_be_reached_may_be_tried_again(named: Named) -> None:
    named(store_example=[[PUBLIC]])
    reader = HttpReader(guarded_session("git.example"), "http://nowhere.example/o", 10, {}, lambda _: False)
    with pytest.raises(UnavailableError):
        reader.read(0, 5)

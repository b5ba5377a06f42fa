"""Git LFS: pointers, the batch answer, transfers with and without ranges."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import requests

CONTENT = b"weights" * 1000


def batch(
    stage: Any, operation: str, oid: str, *, token: str | None, name: str = "distro/packages"
) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(
            f"{stage.sandbox.url}/{name}.git/info/lfs/objects/batch",
            json={"operation": operation, "transfers": ["basic"], "objects": [{"oid": oid, "size": len(CONTENT)}]},
            auth=("x-access-token", token) if token else None,
            headers={"Accept": "application/vnd.git-lfs+json"},
        )


def test_an_object_is_fetched_by_the_address_that_the_batch_answer_names(stage: Any) -> None:
    pointer = stage.world.put_lfs_object(stage.repository, CONTENT)
    oid = hashlib.sha256(CONTENT).hexdigest()
    assert f"oid sha256:{oid}\nsize 7000\n" in pointer.decode()
    answer = batch(stage, "download", oid, token=stage.bot.token)
    assert answer.headers["Content-Type"] == "application/vnd.git-lfs+json"
    href = answer.json()["objects"][0]["actions"]["download"]["href"]
    assert requests.get(href).content == CONTENT
    assert requests.get(href.partition("?")[0]).status_code == 403


@pytest.mark.parametrize("honoured", [True, False])
def test_a_range_of_an_object_is_a_206_or_the_whole(stage: Any, honoured: bool) -> None:
    stage.world.limits.lfs_range = honoured
    stage.world.put_lfs_object(stage.repository, CONTENT)
    oid = hashlib.sha256(CONTENT).hexdigest()
    href = batch(stage, "download", oid, token=None).json()["objects"][0]["actions"]["download"]["href"]
    answer = requests.get(href, headers={"Range": "bytes=0-6"})
    assert (answer.status_code, answer.content) == ((206, b"weights") if honoured else (200, CONTENT))
    beyond = requests.get(href, headers={"Range": "bytes=9000-"})
    assert beyond.status_code == (416 if honoured else 200)


def test_a_missing_object_is_an_error_inside_a_good_answer(stage: Any) -> None:
    answer = batch(stage, "download", "0" * 64, token=stage.bot.token)
    assert answer.status_code == 200
    assert answer.json()["objects"][0]["error"]["code"] == 404


def test_an_object_of_the_fork_is_not_one_of_the_target(stage: Any) -> None:
    stage.world.put_lfs_object(stage.fork, CONTENT)
    oid = hashlib.sha256(CONTENT).hexdigest()
    assert "error" in batch(stage, "download", oid, token=stage.bot.token).json()["objects"][0]
    there = batch(stage, "download", oid, token=stage.bot.token, name="alice/packages").json()["objects"][0]
    assert "actions" in there


def test_a_private_repository_asks_for_credentials(stage: Any) -> None:
    stage.repository.private = True
    answer = batch(stage, "download", "0" * 64, token=None)
    assert answer.status_code == 401
    assert "LFS-Authenticate" in answer.headers
    assert batch(stage, "download", "0" * 64, token=stage.stranger.token).status_code == 404


def test_an_upload_is_kept_only_under_its_own_digest(stage: Any) -> None:
    oid = hashlib.sha256(CONTENT).hexdigest()
    href = batch(stage, "upload", oid, token=stage.bot.token).json()["objects"][0]["actions"]["upload"]["href"]
    assert requests.put(href, data=b"something else").status_code == 422
    assert requests.put(href, data=CONTENT).status_code == 200
    assert "actions" not in batch(stage, "upload", oid, token=stage.bot.token).json()["objects"][0]


def test_new_objects_are_refused_in_public_forks_and_without_the_right_to_push(stage: Any) -> None:
    oid = hashlib.sha256(CONTENT).hexdigest()
    assert batch(stage, "upload", oid, token=stage.alice.token, name="alice/packages").status_code == 403
    assert batch(stage, "upload", oid, token=stage.stranger.token).status_code == 403


@pytest.mark.parametrize("body", [b"", b"[]", b'{"operation":"download","objects":[{"oid":"../x","size":1}]}'])
def test_a_wrong_batch_request_is_a_422(stage: Any, body: bytes) -> None:
    address = f"{stage.sandbox.url}/distro/packages.git/info/lfs/objects/batch"
    assert requests.post(address, data=body).status_code == 422

"""Git LFS: from a pointer to a reader of the object it stands for (git-lfs documentation, docs/api/batch.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import requests

from bot.forges.addresses import guarded_session
from bot.forges.http import TIMEOUT, HttpReader, retry_after
from bot.forges.protocol import NotFoundError, UnavailableError
from bot.scanner.readers import BlobReader, UnreadableError, WrongObjectError
from rules.facts import Pointer

_MEDIA_TYPE = "application/vnd.git-lfs+json"


def open_lfs_object(
    session: requests.Session,
    repository_url: str,
    auth: tuple[str, str],
    pointer: Pointer,
    fork_url: Callable[[], str | None] = lambda: None,
) -> BlobReader:
    """A reader of the object, fetched by range from where the forge's LFS server says it is.

    `repository_url` is the repository's clone address, ending in `.git`. Where its store does not have the object, that
    of the fork is asked which `fork_url` names: weights are pushed to there. The credentials go to the forge alone; the
    address of the object comes from the forge's answer, never from the merge request, and may not lead to a private
    network unless the forge itself is there. Raises WrongObjectError where no server has such an object,
    UnreadableError where it is not given out.
    """
    try:
        return _open(session, repository_url, auth, pointer)
    except WrongObjectError as missing:
        try:
            fork = fork_url()
        except NotFoundError as error:
            raise UnreadableError(f"{missing}, and the fork cannot be seen with our credentials") from error
        if fork is None:
            raise
        try:
            return _open(session, fork, auth, pointer)
        except WrongObjectError:
            raise missing from None
        except UnreadableError as error:
            raise UnreadableError(f"{missing}, and of the fork {error}") from error


def _open(session: requests.Session, repository_url: str, auth: tuple[str, str], pointer: Pointer) -> BlobReader:
    wanted: dict[str, str | int] = {"oid": pointer.digest, "size": pointer.size or 0}
    answer = _batch(session, repository_url, auth, wanted)
    download = answer.get("actions", {}).get("download", {})
    href, headers = download.get("href"), download.get("header", {})
    if not isinstance(href, str) or not isinstance(headers, Mapping):
        reason = answer.get("error", {}).get("message", "it names no place to download it from")
        missing = str(answer.get("error", {}).get("code")) in {"404", "410"}
        raise (WrongObjectError if missing else UnreadableError)(
            f"the LFS server does not have the object: {str(reason)[:200]}"
        )
    place, forge = urlsplit(href), urlsplit(repository_url)
    if place.scheme not in {"https", forge.scheme} or not place.hostname or not forge.hostname:
        raise UnreadableError("the LFS server names an address that is not https")
    reaching = session if place.hostname == forge.hostname else guarded_session(forge.hostname)
    size = pointer.size if pointer.size is not None else _size_in(answer)
    told = {str(key): str(value) for key, value in headers.items()}
    return HttpReader(reaching, href, size, told, may_follow=lambda _url: False)


def _size_in(answer: Mapping[str, object]) -> int:
    size = answer.get("size")
    if not isinstance(size, int):
        raise UnreadableError("neither the pointer nor the LFS server says how large the object is")
    return size


def _batch(
    session: requests.Session, repository_url: str, auth: tuple[str, str], wanted: Mapping[str, str | int]
) -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    url = f"{repository_url}/info/lfs/objects/batch"
    request = {"operation": "download", "transfers": ["basic"], "objects": [wanted], "hash_algo": "sha256"}
    try:
        response = session.post(
            url,
            json=request,
            headers={"Accept": _MEDIA_TYPE, "Content-Type": _MEDIA_TYPE},
            auth=auth,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise UnavailableError(f"asking the LFS server of {urlsplit(url).hostname} failed: {error}") from error
    if response.status_code == requests.codes.too_many_requests or response.status_code >= 500:
        raise UnavailableError(f"the LFS server answered {response.status_code}", retry_after(response.headers))
    if response.status_code != requests.codes.ok:
        raise UnreadableError(f"the LFS server answered {response.status_code} {response.reason}")
    try:
        answer = response.json()["objects"][0]
    except (ValueError, LookupError, TypeError) as error:
        raise UnreadableError("the LFS server's answer could not be read") from error
    if not isinstance(answer, Mapping):
        raise UnreadableError("the LFS server's answer could not be read")
    return answer

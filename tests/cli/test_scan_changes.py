"""What `weighbridge scan` makes of odd changes: history, copies, pointers, links, submodules, foreign names."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_scan import CARD, Checkout, safetensors


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "project")


def judged(checkout: Checkout, *arguments: str) -> dict[str, Any]:
    done = checkout.scan("--format", "json", *arguments)
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def findings(content: dict[str, Any]) -> dict[str, str]:
    return {finding["rule"]: finding["severity"] for finding in content["findings"]}


def test_weights_that_a_later_commit_removes_are_still_spoken_of(checkout: Checkout) -> None:
    checkout.commit({"m/old.safetensors": safetensors()})
    (checkout.path / "m/old.safetensors").unlink()
    checkout.commit({"notes.txt": b"gone again"})
    done = checkout.scan()
    assert done.returncode == 0
    assert "stay in the history" in done.stdout
    assert "git rebase --interactive" in done.stdout


def test_a_change_of_a_thousand_commits_is_looked_through(checkout: Checkout) -> None:
    stream = io.BytesIO()
    content = safetensors()
    for number in range(1000):
        stream.write(b"commit refs/heads/topic\ncommitter a <a@b> %d +0000\ndata 1\nx\n" % (1700000000 + number))
        if number == 0:
            stream.write(b"from refs/heads/main\n")
        stream.write(b"M 100644 inline f.txt\ndata 4\n%04d\n" % number)
        if number == 500:
            stream.write(b"M 100644 inline w.bin\ndata %d\n" % len(content) + content + b"\n")
        if number == 501:
            stream.write(b"D w.bin\n")
    subprocess.run(["git", "fast-import", "--quiet", "--force"], cwd=checkout.path, input=stream.getvalue(), check=True)
    content_of = judged(checkout, "--base", "main", "--head", "topic")
    assert [artifact["path"] for artifact in content_of["facts"]["past"]] == ["w.bin"]


def test_a_copy_and_a_move_of_what_the_base_holds_are_nothing_new(checkout: Checkout) -> None:
    checkout.git("checkout", "-q", "main")
    checkout.commit({"m/model.safetensors": safetensors(), "n/model.safetensors": safetensors()[:-4] + b"abcd"})
    checkout.git("checkout", "-q", "-B", "topic")
    checkout.git("mv", "n/model.safetensors", "moved.safetensors")
    checkout.commit({"copy.bin": safetensors()})
    assert judged(checkout)["facts"]["artifacts"] == []


def test_a_replaced_file_is_shown_with_what_it_was(checkout: Checkout) -> None:
    checkout.git("checkout", "-q", "main")
    checkout.commit({"m/model.safetensors": safetensors(), "m/README.md": CARD})
    checkout.git("checkout", "-q", "-B", "topic")
    checkout.commit({"m/model.safetensors": safetensors()[:-4] + b"abcd"})
    (artifact,) = judged(checkout)["facts"]["artifacts"]
    assert artifact["previous"]["size"] == len(safetensors())
    assert "as large as before" in checkout.scan("--format", "markdown").stdout


def test_a_damaged_lfs_pointer_and_other_content_behind_one_are_told_apart(checkout: Checkout) -> None:
    content = safetensors()
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    objects = checkout.path / ".git/lfs/objects" / digest[:2] / digest[2:4]
    objects.mkdir(parents=True)
    (objects / digest).write_bytes(content[:-4] + b"abcd")
    checkout.commit({"m/a.safetensors": pointer.encode(), "m/README.md": CARD})
    assert findings(judged(checkout))["pointer-broken"] == "blocking"
    checkout.commit({"m/a.safetensors": pointer.replace("sha256:", "sha256:zz").encode()})
    content_of = judged(checkout)
    assert findings(content_of)["pointer-broken"] == "warning"


def test_dvc_and_annex_pointers_stand_for_weights_by_their_names(checkout: Checkout) -> None:
    dvc = b"outs:\n- md5: a304afb96060aad90176268345e10355\n  size: 4096\n  path: model.pt\n"
    key = f"SHA256E-s31390--{'ab' * 32}.safetensors"
    checkout.commit({"m/model.pt.dvc": dvc, "m/README.md": CARD})
    (checkout.path / "m/voice.safetensors").symlink_to(f"../.git/annex/objects/x/y/{key}/{key}")
    checkout.commit({})
    artifacts = {artifact["path"]: artifact for artifact in judged(checkout)["facts"]["artifacts"]}
    assert artifacts["m/model.pt.dvc"]["size"] == 4096
    assert artifacts["m/model.pt.dvc"]["pointer"]["path"] == "m/model.pt"
    assert artifacts["m/voice.safetensors"]["size"] == 31390
    assert {artifact["detection"]["confidence"] for artifact in artifacts.values()} == {"possible"}


def test_a_submodule_at_a_model_hub_is_possibly_weights(checkout: Checkout) -> None:
    modules = b'[submodule "w"]\n\tpath = vendor/w\n\turl = https://huggingface.co/someone/some-model\n'
    checkout.write({".gitmodules": modules})
    checkout.git("add", "-A")
    checkout.git("update-index", "--add", "--cacheinfo", f"160000,{'12' * 20},vendor/w")
    checkout.git("commit", "-q", "-m", "Add the model")
    content = judged(checkout)
    (artifact,) = content["facts"]["artifacts"]
    assert (artifact["path"], artifact["detection"]["format"]) == ("vendor/w", "submodule")
    assert all(finding["severity"] != "blocking" for finding in content["findings"])


def test_weights_in_a_zip_in_a_tarball_are_found_and_a_bomb_is_not_unpacked(checkout: Checkout) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep/model.safetensors", safetensors())
    outer = io.BytesIO()
    with tarfile.open(fileobj=outer, mode="w:gz") as tar:
        member = tarfile.TarInfo("release/models.zip")
        member.size = len(inner.getvalue())
        tar.addfile(member, io.BytesIO(inner.getvalue()))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.bin", bytes(400 * 1024 * 1024))
    checkout.commit({"release.tar.gz": outer.getvalue(), "bomb.zip": bomb.getvalue()})
    content = judged(checkout)
    assert [artifact["path"] for artifact in content["facts"]["artifacts"]] == ["release.tar.gz"]
    assert [entry["path"] for entry in content["facts"]["not_examined"]] == ["bomb.zip"]


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_repositories_of_both_hashes_and_names_of_any_bytes(tmp_path: Path, hash_name: str) -> None:
    checkout = Checkout(tmp_path / "named", f"--object-format={hash_name}")
    (checkout.path / "d").mkdir()
    odd = b"d/gr\xf6\xdfe\n\xff.safetensors"
    (checkout.path / os.fsdecode(odd)).write_bytes(safetensors())
    checkout.commit({})
    (artifact,) = judged(checkout)["facts"]["artifacts"]
    assert artifact["path"].encode("utf-8", "surrogateescape") == odd
    assert len(artifact["oid"]) == (40 if hash_name == "sha1" else 64)


def test_a_shallow_clone_says_what_to_do_and_a_partial_one_names_what_it_lacks(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.commit({"m/model.safetensors": safetensors(), "m/README.md": CARD})
    checkout.commit({"more.txt": b"more"})
    checkout.git("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    source = f"file://{checkout.path}"
    subprocess.run(["git", "clone", "-q", "--no-checkout", "--filter=blob:none", source, str(partial)], check=True)
    clone = Checkout(partial)
    content = judged(clone, "--base", "origin/main", "--head", "origin/topic")
    assert "m/model.safetensors" in [entry["path"] for entry in content["facts"]["not_examined"]]
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", "--no-single-branch", source, str(shallow)], check=True)
    done = Checkout(shallow).scan("--base", "origin/main", "--head", "origin/topic")
    assert done.returncode == 2
    assert "fetch more history" in done.stderr

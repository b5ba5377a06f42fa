"""The files of one model are one artifact; a file with papers of its own is not taken for another's part."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import pytest

from bot.scanner.folder import Folder
from bot.scanner.groups import in_company
from bot.scanner.tree import Change
from rules.facts import Artifact, ChangeStatus, Confidence, Facts, LoadingSafety
from tests.scanner.formats.test_kaldi import NNET3, TRANSITIONS
from tests.scanner.test_scan import Files, look, pointer_to, safetensors

NUMBERS = bytes((3 * number * number) % 251 for number in range(4096))


def shard(**metadata: str) -> bytes:
    return safetensors(metadata=metadata or None)


def index(*shards: str) -> bytes:
    return json.dumps(
        {"metadata": {"total_size": 8192}, "weight_map": {f"w{n}": name for n, name in enumerate(shards)}}
    ).encode()


def tfjs(*shards: str, count: int = 1024) -> bytes:
    weights = [{"name": "dense/kernel", "shape": [count], "dtype": "float32"}]
    manifest = {
        "format": "layers-model",
        "modelTopology": {"node": []},
        "weightsManifest": [{"paths": list(shards), "weights": weights}],
    }
    return json.dumps(manifest).encode()


def only(facts: Facts) -> Artifact:
    (artifact,) = facts.artifacts
    return artifact


def test_shards_and_their_index_are_one_artifact_whose_numbers_are_added_up() -> None:
    names = [f"m/model-0000{number}-of-00003.safetensors" for number in (1, 2, 3)]
    files: dict[str, bytes | None] = {name: shard() for name in names}
    files["m/model.safetensors.index.json"] = index(*(name.removeprefix("m/") for name in names))
    artifact = only(look(Files(files)))
    assert artifact.path == names[0]
    assert [part.path for part in artifact.parts] == [*names[1:], "m/model.safetensors.index.json"]
    assert artifact.detection.parameters == 3 * 1024
    assert artifact.size == sum(len(content or b"") for content in files.values())
    assert artifact.files[0].size == len(shard())


def test_shards_without_their_index_are_one_by_their_names() -> None:
    names = [f"m/model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    assert len(only(look(Files({name: shard() for name in names}))).parts) == 1
    elsewhere = Files({names[0]: shard(), names[1].replace("m/", "n/"): shard()})
    assert len(look(elsewhere).artifacts) == 2


def test_forty_pointers_of_one_model_are_one_artifact() -> None:
    names = [f"m/model-{number:05}-of-00040.safetensors" for number in range(1, 41)]
    contents = [shard(part=str(number)) for number in range(40)]
    artifact = only(look(Files(dict(zip(names, map(pointer_to, contents), strict=True)), objects=contents)))
    assert len(artifact.parts) == 39
    assert artifact.size == sum(map(len, contents))
    assert artifact.size_in_git < 40 * 200
    assert all(part.sha256 for part in artifact.files)


def test_a_manifest_and_the_bare_numbers_it_names_are_one_model() -> None:
    artifact = only(look(Files({"web/model.json": tfjs("group1-shard1of1.bin"), "web/group1-shard1of1.bin": NUMBERS})))
    assert artifact.path == "web/model.json"
    assert [part.path for part in artifact.parts] == ["web/group1-shard1of1.bin"]
    assert artifact.detection.is_weight
    assert artifact.detection.confidence is Confidence.CERTAIN
    assert artifact.detection.parameters == 1024


def test_bare_numbers_are_known_by_a_manifest_that_the_change_leaves_as_it_is() -> None:
    tree = Files({"web/model.json": tfjs("group1-shard1of1.bin"), "web/group1-shard1of1.bin": NUMBERS})
    artifact = only(look(tree, tree.added("web/group1-shard1of1.bin")))
    assert artifact.path == "web/group1-shard1of1.bin"
    assert artifact.detection.confidence is Confidence.CERTAIN
    assert "model.json" in artifact.detection.remarks[0]


def test_all_bare_numbers_that_one_manifest_names_are_one_model() -> None:
    names = ["web/group1-shard1of2.bin", "web/group1-shard2of2.bin"]
    manifest = tfjs("group1-shard1of2.bin", "group1-shard2of2.bin")
    tree = Files({"web/model.json": manifest, names[0]: NUMBERS, names[1]: NUMBERS[::-1]})
    artifact = only(look(tree, *map(tree.added, names)))
    assert [part.path for part in artifact.files] == names
    assert artifact.detection.parameters == 1024
    assert all(part.sha256 for part in artifact.files)


def test_numbers_that_no_manifest_names_are_not_drawn_into_a_model() -> None:
    tree = Files({"web/model.json": tfjs("group1-shard1of1.bin"), "web/level.dat": NUMBERS})
    assert [part.path for artifact in look(tree).artifacts for part in artifact.parts] == []


def test_a_file_with_another_licence_is_not_hidden_in_a_group() -> None:
    files = {"m/a.safetensors": shard(license="llama3.1"), "m/model.json": tfjs("a.safetensors")}
    artifacts = look(Files(dict(files))).artifacts
    assert "m/a.safetensors" in [artifact.path for artifact in artifacts]
    assert all(not artifact.parts for artifact in artifacts)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", ".", "model.json", "a/../../b"])
def test_a_manifest_that_points_anywhere_draws_nothing_in(name: str) -> None:
    tree = Files({"web/model.json": tfjs(name), "b": NUMBERS, "etc/passwd": NUMBERS})
    assert all(not artifact.parts for artifact in look(tree).artifacts)


def test_a_copy_of_what_the_base_holds_is_nothing_new() -> None:
    base = Files({"old/model.safetensors": shard()})
    head = Files(
        {"old/model.safetensors": shard(), "new/model.safetensors": shard(), "new/other.safetensors": shard(a="b")}
    )
    changes = [head.added("new/model.safetensors"), head.added("new/other.safetensors")]
    facts = look(head, *changes, base=base)
    assert [artifact.path for artifact in facts.artifacts] == ["new/other.safetensors"]


def test_what_is_replaced_is_told_with_its_size_and_digest() -> None:
    old, new = shard(version="1"), shard(version="22")
    base, head = Files({"m.safetensors": pointer_to(old)}), Files({"m.safetensors": new})
    change = Change(
        "m.safetensors", ChangeStatus.MODIFIED, head.entry("m.safetensors"), previous_oid=base.oid("m.safetensors")
    )
    artifact = only(look(head, change, base=base))
    assert artifact.previous is not None
    assert artifact.previous.size == len(old)
    assert artifact.previous.sha256 is not None


def test_a_file_on_disk_is_known_by_the_description_beside_it(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_bytes(tfjs("weights.bin"))
    (tmp_path / "weights.bin").write_bytes(NUMBERS)
    company = in_company("weights.bin", Folder(tmp_path))
    assert company is not None
    describing, found = company
    assert describing == "model.json"
    assert (found.is_weight, found.confidence) == (True, Confidence.CERTAIN)
    assert in_company("other.bin", Folder(tmp_path)) is None


def test_the_pieces_of_a_file_that_was_cut_are_one_model() -> None:
    whole = safetensors(size=9000)
    pieces = {
        f"m/model.safetensors.00{number}": whole[start : start + 3200] for number, start in enumerate((0, 3200, 6400))
    }
    artifact = only(look(Files({**pieces, "m/notes.aa": NUMBERS})))
    assert [part.path for part in artifact.files] == list(pieces)
    assert artifact.size == len(whole)
    assert artifact.detection.remarks == ("It is in 3 pieces, of which the first shows what it is.",)
    incomplete = only(look(Files(dict(list(pieces.items())[:2]))))
    assert "cut off" in incomplete.detection.remarks[0]


def test_the_pieces_of_a_zip_are_one_model_by_the_names_of_its_first_members() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model/data.pkl", b"\x80\x02}.")
        archive.writestr("model/data/0", NUMBERS * 2)
    whole = stream.getvalue()
    pieces = {f"m/model.pth.a{'abc'[number]}": whole[4000 * number : 4000 * (number + 1)] for number in range(3)}
    artifact = only(look(Files(pieces)))
    assert [part.path for part in artifact.files] == list(pieces)
    assert (artifact.detection.format, artifact.detection.confidence) == ("cut-zip", Confidence.PROBABLE)
    assert artifact.detection.loading.safety is LoadingSafety.UNKNOWN


def test_a_group_of_thousands_is_joined_in_time() -> None:
    names = [f"m/model-{number:05}-of-03000.safetensors" for number in range(1, 3001)]
    header = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    content = struct.pack("<Q", len(header)) + header + bytes(4)
    assert len(only(look(Files(dict.fromkeys(names, content)))).parts) == 2999


def test_the_folders_of_a_vosk_model_belong_to_its_acoustic_model() -> None:
    acoustic = b"\0B" + TRANSITIONS + NNET3
    tree = Files({"v/am/final.mdl": acoustic, "v/graph/words.bin": NUMBERS, "v/ivector/online.conf": b"words"})
    artifact = only(look(tree))
    assert [part.path for part in artifact.files] == ["v/am/final.mdl", "v/graph/words.bin"]


def test_what_a_list_of_arrays_does_not_count_is_counted_in_the_files_it_names() -> None:
    data = Path(__file__).parent / "formats" / "data"
    node = (data / "ocdbt_node.bin").read_bytes()
    names = json.loads((data / "orbax_METADATA").read_bytes())
    for leaf in names["tree_metadata"].values():
        leaf["value_metadata"].pop("write_shape", None)
    record = json.dumps({"item_handlers": "x", "init_timestamp_nsecs": 1}).encode()
    files: dict[str, bytes | None] = {"c/d/a1": node, "c/ocdbt.process_0/d/b2": node}
    files |= {"c/_CHECKPOINT_METADATA": record, "c/_METADATA": json.dumps(names).encode()}
    counted = only(look(Files({"x/d/a1": node}))).detection.parameters
    assert counted
    assert only(look(Files(files))).detection.parameters == counted


def test_a_record_beside_a_description_is_not_its_numbers() -> None:
    tree = Files({"web/model.json": tfjs("group1-shard1of1.pb"), "web/group1-shard1of1.pb": NUMBERS})
    assert not look(tree, tree.added("web/group1-shard1of1.pb")).artifacts

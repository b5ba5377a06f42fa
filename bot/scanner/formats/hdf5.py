"""HDF5: a file system in a file. Keras' models are kept in it, those of others too, and measurements of every kind.

Sources: "HDF5 File Format Specification, Version 3.0"; keras/src/legacy/saving/legacy_h5_format.py and
keras/src/saving/saving_lib.py of Keras for the names by which its models are told.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._keras import loading_of_config
from bot.scanner.formats._layers import NamedArray, rated
from bot.scanner.formats._licences import statements
from bot.scanner.formats._paths import leads_outside
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.hdf5.file import File, signature_at
from bot.scanner.structures.hdf5.objects import Attribute, Object
from bot.scanner.structures.hdf5.tree import walk
from bot.scanner.structures.pages import DamagedError
from bot.scanner.wording import shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "HDF5"
SUFFIXES = (".keras.h5", ".weights.h5")
MARK = rb"(?:|.{512}|.{1024}|.{2048}|.{4096}|.{8192}|.{16384}|.{32768})\x89HDF\r\n\x1a\n"

READ_LIMIT = 24 * 1024 * 1024
"""Bytes beyond the head that are read: a description of up to 4 MiB, and headers, which lie all over a file. Keras'
older files take a page of 4 KiB for each layer and each array: this is enough for some two thousand layers."""
_KERAS_ATTRIBUTES = frozenset({"keras_version", "layer_names", "weight_names", "model_config"})
_MEASURED_ATTRIBUTES = frozenset({"_NCProperties", "_Netcdf4Dimid", "DIMENSION_LIST", "Conventions", "NX_class",
                                  "encoding-type"})  # fmt: skip
"""What NetCDF, the CF conventions, NeXus and AnnData write beside measurements."""
_KERAS_3 = re.compile(r".*/vars/\d+")
_OPTIMISER = ("optimizer_weights", "optimizer")
"""Groups beside a model's numbers that hold the state of its training."""
_ARRAYS = 20_000
"""Arrays whose names and shapes are compared."""
_MATLAB = b"MATLAB 7.3"
"""How the block before a MATLAB file begins; its networks are objects, which another module knows."""
_LICENSE_KEY = re.compile(r"licen[cs]e([._-]?(name|link|url))?", re.IGNORECASE)
_ENOUGH = 20
"""Arrays after which one may say that a file is no model, though its end was not seen."""
_DENSEST = 10_000
"""Numbers for each byte of the file beyond which its shapes are not believed; deflate reaches about a thousand."""
_MOST = 10


@dataclass
class _Contents:
    datasets: int = 0
    parameters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    is_keras: bool = False
    arrays: list[NamedArray] = field(default_factory=list)
    is_matlab: bool = False
    is_measured: bool = False
    """True where an attribute says that the numbers are measurements."""
    texts: dict[str, str] = field(default_factory=dict)
    """Attributes of the root that are shown or judged."""
    config: str | None = None
    config_unread: bool = False
    files: list[str] = field(default_factory=list)
    partial: bool = False
    remark: str | None = None
    """Why the walk stopped before its end."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A file of this format, a model or not; None for everything else."""
    start = signature_at(blob.head)
    if start is None:
        return None
    contents = _Contents(is_matlab=blob.head.startswith(_MATLAB))
    try:
        file = File(blob, start, READ_LIMIT)
        if file.is_cut_off:
            contents.remark = "It is cut off: it promises more bytes than are there."
        for path, found in walk(file):
            _add(file, path, found, contents)
    except DamagedError:
        contents.remark = contents.remark or "It is damaged or cut off: not all of it could be read."
    except BudgetExceededError:
        contents.remark = contents.remark or "It is larger than what is read of its structure here."
    return _described(contents, blob.size)


def _add(file: File, path: str, found: Object, contents: _Contents) -> None:
    contents.partial = contents.partial or found.is_partial
    contents.files += [*found.files, *(link.file for link in found.links if link.file is not None)]
    # The group alone may be anybody's; with arrays in it, it is where Keras keeps a whole model's numbers.
    in_model = found.is_dataset and path.startswith("model_weights/")
    if in_model or _KERAS_ATTRIBUTES & found.attributes.keys():
        contents.is_keras = True
    contents.is_measured = contents.is_measured or not _MEASURED_ATTRIBUTES.isdisjoint(found.attributes)
    if path == "":
        _add_root(file, found.attributes, contents)
    if found.is_dataset:
        _add_dataset(path, found, contents)


def _add_dataset(path: str, found: Object, contents: _Contents) -> None:
    kind = found.data_type.name if found.data_type else "other"
    if path.partition("/")[0] in _OPTIMISER:
        return
    contents.datasets += 1
    contents.types[kind] += 1
    if kind != "other":
        contents.parameters += found.elements
    is_float = kind.startswith("float")
    contents.is_keras = contents.is_keras or (is_float and _KERAS_3.fullmatch(path) is not None)
    if kind != "other" and len(contents.arrays) < _ARRAYS:
        contents.arrays.append(NamedArray(path, found.shape or (), is_float))


def _add_root(file: File, attributes: dict[str, Attribute], contents: _Contents) -> None:
    for name, attribute in attributes.items():
        is_config = name == "model_config"
        if not is_config and name not in {"keras_version", "backend", "title"} and not _LICENSE_KEY.fullmatch(name):
            continue
        try:
            value = next(iter(attribute.texts(file)), None)
        except (DamagedError, BudgetExceededError):
            value = None
        if is_config:
            contents.config, contents.config_unread = value, value is None
        elif value:
            contents.texts[name] = value


def _described(contents: _Contents, size: int) -> Detection:
    remarks = [contents.remark] if contents.remark else []
    whole = not contents.remark and not contents.partial
    if contents.partial:
        remarks.append("Some of its names are kept in a manner that is not read here.")
    believed = contents.parameters <= _DENSEST * size
    if not believed:
        remarks.append("Its shapes promise more numbers than the file can hold.")
    is_weight, confidence = _rated(contents)
    if is_weight and not contents.is_keras:
        seen = "The names and shapes of its arrays speak for weights."
        remarks.append(seen if _by_arrays(contents) else "It could not be read far enough.")
    if contents.files:
        remarks.append("Some of its numbers lie in other files, which are judged by themselves.")
    return Detection(
        format="hdf5",
        title=_title(contents, is_weight=is_weight),
        is_weight=is_weight,
        confidence=confidence,
        loading=_loading(contents),
        parameters=contents.parameters if whole and believed else None,
        tensors=contents.datasets if whole else None,
        metadata=_metadata(contents),
        licenses=statements((name, value) for name, value in contents.texts.items() if _LICENSE_KEY.fullmatch(name)),
        remarks=tuple(remarks),
    )


def _rated(contents: _Contents) -> tuple[bool, Confidence]:
    """Whether it is a model, and how sure that is."""
    if contents.is_keras:
        if contents.remark:
            return True, Confidence.PROBABLE
        # A description without numbers is not weights.
        return contents.datasets > 0 or contents.partial, Confidence.CERTAIN
    if (confidence := _by_arrays(contents)) is not None:
        return True, confidence
    # What was cut off before anything was seen may be a model; what showed many arrays and none of a model is none.
    if contents.remark and contents.datasets < _ENOUGH:
        return True, Confidence.POSSIBLE
    is_sure = not (contents.partial or contents.remark or contents.is_matlab)
    return False, Confidence.CERTAIN if is_sure else Confidence.PROBABLE


def _by_arrays(contents: _Contents) -> Confidence | None:
    """What names and shapes say; less where the file says itself that it holds measurements."""
    confidence = rated(contents.arrays)
    if contents.is_measured:
        return Confidence.POSSIBLE if confidence is Confidence.PROBABLE else None
    return confidence


def _title(contents: _Contents, *, is_weight: bool) -> str:
    if contents.is_keras:
        return "Keras model (HDF5)"
    if is_weight:
        return TITLE
    return "MATLAB file (HDF5)" if contents.is_matlab else "HDF5 (no model)"


def _metadata(contents: _Contents) -> dict[str, str]:
    chosen = {}
    if version := contents.texts.get("keras_version"):
        backend = contents.texts.get("backend")
        chosen["producer"] = shown(f"Keras {version}" + (f" on {backend}" if backend else ""))
    if title := contents.texts.get("title"):
        chosen["name"] = shown(title)
    if (config := _parsed(contents.config)) is not None and isinstance(config, dict) and config.get("class_name"):
        chosen["architecture"] = shown(config["class_name"], 80)
    if contents.types:
        chosen["dtypes"] = tally(contents.types)
    return chosen


def _loading(contents: _Contents) -> LoadingVerdict:
    outside = [name for name in contents.files if leads_outside(name)]
    if outside:
        reasons = tuple(f"it reads its numbers from {shown(name, 100)}, outside its own folder" for name in outside)
        return LoadingVerdict(LoadingSafety.DANGEROUS, reasons[:_MOST])
    verdict = _of_description(contents)
    # Where not everything was seen, there may be a description, or a link to a file elsewhere, among the rest.
    if verdict.safety is LoadingSafety.SAFE and (contents.remark or contents.partial):
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its links and attributes could be read",))
    return verdict


def _of_description(contents: _Contents) -> LoadingVerdict:
    if contents.config is None and not contents.config_unread:
        return LoadingVerdict(LoadingSafety.SAFE, ("it holds numbers and no description of layers",))
    config = _parsed(contents.config)
    if config is None:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("its description (model_config) could not be read",))
    return loading_of_config(config)


def _parsed(config: str | None) -> object:
    """A description as parsed JSON, None where it is none."""
    if config is None:
        return None
    try:
        return json.loads(config)
    except (ValueError, RecursionError):
        return None

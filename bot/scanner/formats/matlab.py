"""MATLAB's MAT-files: networks and other trained models among the measurements that most of them hold.

Source: "MAT-File Format" of The MathWorks (versions 4 and 5; 7.3 is HDF5 with an attribute MATLAB_class). Networks
are objects (`SeriesNetwork`, `dlnetwork`, `network`), or structs of layers as MatConvNet writes them.
"""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from collections.abc import Iterator

from bot.scanner.formats._layers import NamedArray, rated
from bot.scanner.formats._mat5 import MatArray, arrays
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.hdf5.file import File
from bot.scanner.structures.hdf5.tree import walk
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "MATLAB data"
SUFFIXES = ()
MARK = (
    rb"MATLAB [57]\.|.{124}(?:\0\x01IM|\x01\0MI)"
    rb"|(?:[\0-\x02\x0a-\x0c\x14-\x16\x1e-\x20\x28-\x2a\x32-\x34]\0\0\0.{8}[\0\x01]\0\0\0[\x02-\x40]\0\0\0"
    rb"|\0\0[\x03\x04].{9}\0\0\0[\0\x01]\0\0\0[\x02-\x40])[A-Za-z]\w{0,62}\0"
)

READ_LIMIT = 1024 * 1024
_HDF5_PLACE = 512
_VARIABLES_4 = 500
_MODEL = re.compile(
    r"(?:nnet\.cnn\.)?(?:SeriesNetwork|DAGNetwork|dlnetwork|LayerGraph|network|TreeBagger|CompactTreeBagger|gmdistribution"
    r"|(?:Compact)?(?:Classification|Regression|Linear|GeneralizedLinear|NonLinear)\w{0,40}(?:Model|Tree|Ensemble|SVM|GP"
    r"|KNN|ECOC|Linear|Kernel|NeuralNetwork|Discriminant|NaiveBayes|GAM|BaggedEnsemble|PartitionedModel)"
    r"|\w{1,30}ObjectDetector(?:MonoCamera)?|svmtrain|NeuralNetwork)"
)
_LAYERS = ({"weights", "type"}, {"filters", "biases", "type"}, {"filters", "biases"})
"""Fields of a layer of MatConvNet's SimpleNN."""
_PARAMETERS = {"name", "value"}
"""Fields of a parameter of MatConvNet's DagNN."""
_MOST = 4


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A MAT-file, a model or not; None for everything else, and for HDF5 without a model in it."""
    found: list[MatArray] = []
    remark = None
    try:
        for array in _arrays(blob):
            found.append(array)  # noqa: PERF402 - what came before an error stands
    except DamagedError:
        remark = "It is damaged or cut off."
    except BudgetExceededError:
        remark = "It is larger than what is read here."
    is_hdf5 = _is_hdf5(blob.head)
    if not found and (remark is None or not blob.head.startswith(b"MATLAB 5.0 MAT-file")):
        return None
    models = [array.class_name for array in found if _MODEL.fullmatch(array.class_name)]
    layers = _layers_in(found)
    named = rated([NamedArray(one.path, one.shape, one.is_float) for one in found if one.is_number])
    if is_hdf5 and not models:
        return None
    if models or layers:
        confidence = Confidence.CERTAIN if models or not remark else Confidence.PROBABLE
    else:
        confidence = named or (Confidence.PROBABLE if remark else Confidence.CERTAIN)
    is_weight = bool(models or layers or named)
    floats = [one for one in found if one.is_float]
    counted = is_weight and not models and remark is None and bool(floats)
    return Detection(
        format="matlab",
        title=_title(models, layers, is_weight),
        is_weight=is_weight,
        confidence=confidence,
        loading=_loading(found, models, remark),
        parameters=sum(math.prod(one.shape) for one in floats) if counted else None,
        tensors=len(floats) if counted else None,
        metadata=_metadata(blob.head, models, found),
        remarks=(remark,) if remark else (),
    )


def _title(models: list[str], layers: bool, is_weight: bool) -> str:
    if models:
        return f"MATLAB model ({shown(models[0].rpartition('.')[2], 40)})"
    if layers:
        return "MatConvNet network"
    return "MATLAB arrays named like layers" if is_weight else "MATLAB data (no model)"


def _layers_in(found: list[MatArray]) -> bool:
    """True where structs have the fields of MatConvNet's layers or parameters."""
    for array in found:
        fields, parts = set(array.fields), array.path.split("/")
        if "layers" in parts and any(layer <= fields for layer in _LAYERS):
            return True
        if parts[-1] == "params" and fields >= _PARAMETERS and ("trainMethod" in fields or "net" in parts):
            return True
    return False


def _arrays(blob: BoundedReader) -> Iterator[MatArray]:
    if _is_hdf5(blob.head):
        return _objects_of_hdf5(blob)
    if blob.head[124:128] in {b"\0\1IM", b"\1\0MI"}:
        return arrays(blob)
    return _arrays_of_version_4(blob)


def _is_hdf5(head: bytes) -> bool:
    return head[_HDF5_PLACE : _HDF5_PLACE + 8] == b"\x89HDF\r\n\x1a\n"


def _objects_of_hdf5(blob: BoundedReader) -> Iterator[MatArray]:
    """The variables of version 7.3 with their classes."""
    file = File(blob, _HDF5_PLACE, READ_LIMIT)
    for path, found in walk(file):
        attribute = found.attributes.get("MATLAB_class")
        if attribute is not None:
            names = attribute.texts(file)
            yield MatArray(path, found.shape or (), class_name=names[0] if names else "")


def _arrays_of_version_4(blob: BoundedReader) -> Iterator[MatArray]:
    """Matrices with a header of five numbers and a name each. Raises DamagedError."""
    order = ">" if blob.head[:1] == b"\0" and blob.head[2:4] != b"\0\0" else "<"
    stream = Stream(blob, READ_LIMIT)
    for _ in range(_VARIABLES_4):
        if not stream.left:
            return
        kind, rows, columns, imaginary, length = struct.unpack(f"{order}5I", stream.raw(20))
        number_type, matrix_type = kind // 10 % 10, kind % 10
        if number_type > 5 or matrix_type > 2 or imaginary > 1 or not 1 < length <= 64 or kind // 100 % 10:
            raise DamagedError
        name = stream.raw(length)
        if not name.endswith(b"\0") or not name[:-1].replace(b"_", b"a").isalnum():
            raise DamagedError
        width = (8, 4, 4, 2, 2, 1)[number_type]
        stream.skip(rows * columns * width * (1 + imaginary))
        yield MatArray(
            name[:-1].decode("latin-1"),
            (rows, columns),
            is_float=number_type < 2 and matrix_type == 0,
            is_number=matrix_type == 0,
        )


def _metadata(head: bytes, models: list[str], found: list[MatArray]) -> dict[str, str]:
    chosen = {}
    if models:
        chosen["architecture"] = shown(", ".join(dict.fromkeys(models)))
    if head.startswith(b"MATLAB"):
        chosen["producer"] = shown(head[:116].partition(b"\0")[0].decode("latin-1"), 100)
    names = list(dict.fromkeys(one.path.partition("/")[0] for one in found))
    if names:
        chosen["variables"] = shown(", ".join(names[:_MOST]) + (", …" if len(names) > _MOST else ""))
    return chosen


def _loading(found: list[MatArray], models: list[str], remark: str | None) -> LoadingVerdict:
    classes = Counter(one.class_name for one in found if one.class_name)
    if classes["function_handle"]:
        return LoadingVerdict(LoadingSafety.EXECUTES_CODE, ("it holds functions, which run when they are called",))
    if any(one.is_java for one in found):
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("it holds serialized objects of Java",))
    if models or any(one.class_name and not one.fields for one in found):
        reason = "it holds objects, which are made by the code of their classes and kept in a manner not read here"
        return LoadingVerdict(LoadingSafety.UNKNOWN, (reason,))
    if remark:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("it could not be read to its end",))
    return LoadingVerdict(LoadingSafety.SAFE, ("it holds numbers and text only",))

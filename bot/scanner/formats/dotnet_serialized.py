"""Models that .NET programs serialized with BinaryFormatter: Accord.NET, AForge, Encog.

Source: [MS-NRBF] .NET Remoting: Binary Format Data Structure, 2.6.1 (SerializationHeaderRecord) and 2.6.2
(BinaryLibrary). Reading such a file makes objects of any class it names; Microsoft says that it cannot be made safe.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = ".NET object of a model"
SUFFIXES = ()
MARK = rb"\0\x01\0\0\0\xff\xff\xff\xff\x01\0\0\0\0\0\0\0[\x04\x05\x0c\x10]"

_CLASS = re.compile(rb"[\x04\x05].{4}(?:[\x05-\x7f]|[\x80-\xff]\x01)((?:[A-Z]\w{1,40}\.){1,8}[A-Z]\w{1,80})", re.DOTALL)
_PROJECTS = ((b"Accord.", "Accord.NET"), (b"AForge.Neuro", "AForge.NET"), (b"Encog.", "Encog"), (b"numl.", "numl"))
_GADGETS = re.compile(
    rb"System\.(?:Diagnostics\.Process|Windows\.Data\.ObjectDataProvider|Configuration\.Install\.AssemblyInstaller"
    rb"|Activities\.Presentation\.WorkflowDesigner|Security\.Claims\.ClaimsIdentity|Data\.DataSet|Runtime\.Remoting)"
    rb"|System\.Collections\.Generic\.(?:SortedSet`1|ComparisonComparer`1)|Microsoft\.VisualStudio\.Text\.Formatting"
)
"""Classes by which known chains of gadgets begin or end (the payloads of the public tool ysoserial.net)."""
_MODEL_ENDINGS = (".model", ".bin", ".dat", ".accord")


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """An object of a modelling library, or a chain of gadgets under a model's name; None for other objects."""
    names = list(dict.fromkeys(_CLASS.findall(blob.head)))
    found = [(name, project) for name in names for start, project in _PROJECTS if name.startswith(start)]
    gadget = _GADGETS.search(blob.head)
    if not found and not (gadget and path.lower().endswith(_MODEL_ENDINGS)):
        return None
    if gadget:
        reason = f"it holds {decoded(gadget[0], 80)}, known from attacks by deserialization"
        loading = LoadingVerdict(LoadingSafety.DANGEROUS, (reason,))
    else:
        reason = "opening it with BinaryFormatter makes objects of the .NET classes that it names"
        loading = LoadingVerdict(LoadingSafety.EXECUTES_CODE, (reason,))
    return Detection(
        format="dotnet-serialized",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if found else Confidence.POSSIBLE,
        loading=loading,
        metadata={"producer": found[0][1], "class": decoded(found[0][0], 120)} if found else {},
    )

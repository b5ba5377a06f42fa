"""Models that Java programs serialized as objects: Weka, Stanford CoreNLP, MALLET, Neuroph and others.

The stream begins with `AC ED 00 05`; the classes of the objects are named in it. Reading it makes objects of whatever
classes it names and runs their `readObject`, which is how chains of gadgets run foreign code.
Source: "Java Object Serialization Specification", 6.4 (TC_CLASSDESC is 72).
"""

from __future__ import annotations

import re

from bot.scanner.formats._java_gadgets import is_gadget
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Java object of a model"
SUFFIXES = ()
MARK = rb"\xac\xed\x00\x05[\x70-\x7e]"

READ_LIMIT = 1024 * 1024
"""Bytes that are searched for the descriptions of classes; each stands where its first object does."""
_CLASS = re.compile(rb"r\x00([\x06-\xc8])(?=([A-Za-z_$\[][\w$.;/\[]{5,199}))")
"""A class descriptor: its mark, the length of its name, and the name."""
_PROJECTS = (
    ("weka.classifiers.", "Weka"),
    ("weka.clusterers.", "Weka"),
    ("weka.attributeSelection.", "Weka"),
    ("moa.classifiers.", "MOA"),
    ("meka.classifiers.", "MEKA"),
    ("edu.stanford.nlp.", "Stanford CoreNLP"),
    ("edu.berkeley.nlp.", "Berkeley NLP"),
    ("edu.illinois.cs.cogcomp.", "CogComp NLP"),
    ("edu.umass.cs.mallet.", "MALLET"),
    ("cc.mallet.", "MALLET"),
    ("opennlp.", "OpenNLP"),
    ("org.maltparser.", "MaltParser"),
    ("is2.", "mate-tools"),
    ("marmot.", "MarMoT"),
    ("com.aliasi.", "LingPipe"),
    ("org.neuroph.", "Neuroph"),
    ("org.encog.", "Encog"),
    ("org.deeplearning4j.", "Deeplearning4j"),
    ("org.nd4j.", "ND4J"),
    ("org.apache.spark.ml", "Spark ML"),
    ("org.apache.mahout.", "Mahout"),
    ("org.tribuo.", "Tribuo"),
    ("smile.", "Smile"),
    ("jsat.", "JSAT"),
    ("libsvm.svm_model", "LIBSVM for Java"),
    ("de.bwaldvogel.liblinear.", "LIBLINEAR for Java"),
    ("ml.dmlc.xgboost4j.", "XGBoost4J"),
    ("hex.", "H2O"),
    ("com.rapidminer.operator.learner.", "RapidMiner"),
)
_DATA = re.compile(
    r"cc\.mallet\.types\.InstanceList$|weka\.core\.Instances$|edu\.stanford\.nlp\.(ling|pipeline|time)\."
)
"""Classes of these projects that are data, where they stand first."""
_MODEL_ENDINGS = (".model", ".ser", ".bin", ".nnet", ".mallet")
_MOST = 6


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A stream in which a project of models has a class, or a chain of gadgets; None for other objects."""
    names = _classes(blob)
    found = [(name, project) for name in names for start, project in _PROJECTS if name.lstrip("[L").startswith(start)]
    gadgets = [name for name in names if is_gadget(name)]
    if not found and not gadgets:
        return None
    is_data = not gadgets and _DATA.match(names[0]) is not None
    confidence = Confidence.CERTAIN
    if not found:
        # No model, but dangerous to whoever opens it as one.
        confidence = Confidence.PROBABLE if path.lower().endswith(_MODEL_ENDINGS) else Confidence.POSSIBLE
    return Detection(
        format="java-serialized",
        title="Java objects (no model)" if is_data else TITLE,
        is_weight=not is_data,
        confidence=confidence,
        loading=_loading(gadgets, names),
        metadata={"producer": found[0][1], "class": shown(found[0][0])} if found else {"class": shown(names[0])},
    )


def _classes(blob: BoundedReader) -> list[str]:
    """Names of the classes that the beginning of the file describes, in their order."""
    try:
        content = blob.read(0, min(READ_LIMIT, blob.size))
    except UnreadableError:
        content = blob.head
    pairs = ((match[1][0], match[2]) for match in _CLASS.finditer(content))
    return list(
        dict.fromkeys(name[:length].decode("ascii", "replace") for length, name in pairs if len(name) >= length)
    )


def _loading(gadgets: list[str], names: list[str]) -> LoadingVerdict:
    if gadgets:
        reasons = tuple(f"it holds {shown(name, 100)}, known from attacks by deserialization" for name in gadgets)
        return LoadingVerdict(LoadingSafety.DANGEROUS, reasons[:_MOST])
    reason = f"opening it makes objects of the Java classes that it names: {shown(', '.join(names[:_MOST]), 150)}"
    return LoadingVerdict(LoadingSafety.EXECUTES_CODE, (reason,))

"""Operators that a program of PyTorch calls: which of them leave the model, and which PyTorch does not bring.

Source: the schemas that torch 2.14 registers (`torch._C._jit_get_all_schemas`), and torch/csrc/jit/serialization/
python_print.cpp for how TorchScript writes a call: `torch.add`, `ops.prim.RaiseException`, `ops.mylib.twist`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.scanner.wording import shown
from rules.facts import LoadingSafety, LoadingVerdict

_REACHES_OUT = {
    "aten::from_file": "reads or writes a file of its choice",
    "aten::save": "writes a file of its choice",
    "debugprims::load_tensor": "unpickles a file of its choice",
    "prim::IgnoredPythonOp": "calls Python",
    "prim::PythonOp": "calls Python",
    "prim::rpc_async": "calls other machines",
    "prim::rpc_remote": "calls other machines",
    "prim::rpc_sync": "calls other machines",
}
"""Operators that no model needs, with what they do when the model runs."""
_OWN = frozenset(
    """
    _c10d_functional _c10d_functional_autograd _caffe2 _dtensor _native _nnapi _quantized _test aten c10d cuda
    debugprims export higher_order inductor inductor_prims metal mkl mkldnn mkldnn_prepacked metal_prepack onednn onnx
    prepacked prim prims profiler quantization quantized quantized_decomposed rngprims rnn sparse static_runtime
    symm_mem tensorexpr vulkan vulkan_prepack xnnpack
    """.split()
)
"""Namespaces of operators and classes that PyTorch itself registers."""
_DOT = rb"[\s\\]*\.[\s\\]*"
_CALL = re.compile(rb"(?<![\w.])(torch|ops%b(?:aten|prim|debugprims))%b(\w{1,60})" % (_DOT, _DOT))
_RPC = re.compile(rb"(?<![\w.])(rpc_(?:async|sync|remote))[\s\\]*\(")
_FOREIGN = re.compile(rb"(?<![\w.])(?:ops|__torch__%btorch%bclasses)%b(\w{1,60})%b(\w{1,60})" % ((_DOT,) * 4))
_MOST = 6


def operators_in_source(source: bytes) -> set[str]:
    """The operators that TorchScript's code calls and that matter here: `aten::save`, `mylib::twist`.

    Texts and comments inside the code count too: no model has a reason to speak of these.
    """
    found = {f"{_namespace(space)}::{name.decode('ascii', 'replace')}" for space, name in _CALL.findall(source)}
    found |= {f"prim::{name.decode('ascii')}" for name in _RPC.findall(source)}
    found |= {b"::".join(names).decode("ascii", "replace") for names in _FOREIGN.findall(source)}
    return {name for name in found if is_noted(name)}


def is_noted(name: str) -> bool:
    """True for an operator that leaves the model or that PyTorch does not bring."""
    return name in _REACHES_OUT or name.partition("::")[0] not in _OWN


def verdict_on(operators: Iterable[str], base: LoadingVerdict) -> LoadingVerdict:
    """What running a program with these operators means, where `base` is the verdict without them."""
    names = sorted(set(operators))
    reaching = [f"its program calls {name}, which {_REACHES_OUT[name]}" for name in names if name in _REACHES_OUT]
    foreign = [shown(name, 80) for name in names if name not in _REACHES_OUT and is_noted(name)]
    if reaching:
        return LoadingVerdict(LoadingSafety.DANGEROUS, (*reaching[:_MOST], *base.reasons[:_MOST]))
    if base.safety is LoadingSafety.DANGEROUS or not foreign:
        return base
    more = f" and {len(foreign) - _MOST} more" if len(foreign) > _MOST else ""
    reason = f"it needs operators that PyTorch does not bring: {', '.join(foreign[:_MOST])}{more}"
    safety = base.safety if base.safety is LoadingSafety.UNKNOWN else LoadingSafety.EXECUTES_CODE
    return LoadingVerdict(safety, (*base.reasons, reason))


def _namespace(space: bytes) -> str:
    last = re.split(rb"[^\w]+", space)[-1].decode("ascii")
    return "aten" if last == "torch" else last

"""Loading the weights can run code.

## What it checks
What happens when somebody loads a weight file with its usual library: nothing but data is read, code that the
file chooses is run, or it could not be told. The opcode, import, layer or operator that was found is named.
Nothing is loaded to find out.

## Why it matters
A pickle, and with it many PyTorch, joblib and NumPy object files, is a program. Whoever loads one runs it with
their own rights.

The rule tells three cases apart, which a policy may weigh differently: `executes-code`, where the format runs
code and nothing dangerous was recognised; `dangerous`, where it calls what no model needs, such as a shell or
the network; and `unknown`, where the file could not be read far enough. No list of dangerous calls is complete,
so the first case is no promise either.

## Example
`models/voice.pt` is a pickle that imports `posix.system`.

## How to fix
Ship a format that holds data only: safetensors, GGUF, or ONNX without custom operators. For a PyTorch
checkpoint:

    import torch
    from safetensors.torch import save_file
    tensors = torch.load("voice.pt", map_location="cpu", weights_only=True)
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, "voice.safetensors")

`weights_only=True` refuses everything but tensors and plain containers. Do not load a file of the dangerous
case at all: get the weights anew from their authors.

## References
- [pickle, warning on untrusted data (Python)](https://docs.python.org/3/library/pickle.html)
- [safetensors, PyTorch interface](https://huggingface.co/docs/safetensors/api/torch)
- [torch.load, weights_only (PyTorch)](https://docs.pytorch.org/docs/stable/generated/torch.load.html)
"""

from __future__ import annotations

import posixpath

from rules.checks import Problem, RuleOptions, Subject
from rules.facts import Artifact, Confidence, LoadingSafety
from rules.findings import Remedy, Severity
from rules.text import code, enumeration, shell_path

SEVERITY = Severity.WARNING

CASES = {
    LoadingSafety.EXECUTES_CODE.value: "Loading runs code that the file chooses; nothing dangerous was recognised.",
    LoadingSafety.DANGEROUS.value: "Loading runs a call that no model needs: a shell, the network, the file system.",
    LoadingSafety.UNKNOWN.value: "It could not be read far enough to tell what loading does.",
}

_REASONS = 5
"""Reasons that a finding names; a long pickle has hundreds that say the same."""

_CONVERSION = (
    "import sys, torch; from safetensors.torch import save_file; "
    'state = torch.load(sys.argv[1], map_location="cpu", weights_only=True); '
    'state = state.get("state_dict", state); '
    "save_file({k: v.contiguous().clone() for k, v in state.items() if torch.is_tensor(v)}, sys.argv[2])"
)
"""`contiguous` and `clone` because safetensors takes dense tensors that share no memory (safetensors, torch API)."""

_SAFE_FORMATS = {
    "pytorch": "Convert the checkpoint to safetensors, which holds tensors only; whatever else it holds stays behind.",
    "torchscript": "Export the model to ONNX, or keep its weights as safetensors and its architecture as code.",
    "keras": "Save the weights alone (`model.save_weights`), and keep custom and Lambda layers as code.",
    "hdf5": "Save the weights alone (`model.save_weights`), and keep custom and Lambda layers as code.",
    "npz": "Save plain numeric arrays: an array of `dtype=object` is stored as a pickle.",
    "npy": "Save plain numeric arrays: an array of `dtype=object` is stored as a pickle.",
    "pickle": "Keep the numbers as safetensors or plain arrays, and models of scikit-learn as skops.",
    "joblib": "Save scikit-learn models with [skops](https://skops.readthedocs.io/en/stable/persistence.html).",
    "onnx": "Use the standard operators only; a custom operator loads a library of its own.",
}
"""Advice by the beginning of the format's id."""

_OTHERWISE = "Use a format that holds data only, such as safetensors, GGUF or ONNX."


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem unless the format holds data only and the file keeps to it."""
    artifact = subject.artifact
    match artifact.detection.loading.safety:
        case LoadingSafety.SAFE:
            return None
        case LoadingSafety.DANGEROUS:
            return _dangerous(artifact)
        case LoadingSafety.EXECUTES_CODE:
            return _executes_code(artifact)
        case LoadingSafety.UNKNOWN:
            # What a pointer or a submodule stands for and could not be read is named among what was not looked at.
            return None if _is_elsewhere(artifact) else _unknown(artifact)


def _is_elsewhere(artifact: Artifact) -> bool:
    """True where only a pointer or an address is here, and what it stands for was not read."""
    by_name = artifact.detection.confidence is Confidence.POSSIBLE
    return by_name and (artifact.pointer is not None or artifact.size_in_git == 0)


def _dangerous(artifact: Artifact) -> Problem:
    return Problem(
        title="Loading this file runs a call that no model needs",
        why=f"{_found(artifact)}Whoever loads the file runs that with their own rights.",
        remedy=Remedy(
            steps=(
                "Do not load it. Get the weights anew from their authors, as safetensors where they offer it.",
                "If the file came from the authors like this, tell them, and remove it from this change.",
            )
        ),
        case=LoadingSafety.DANGEROUS.value,
    )


def _executes_code(artifact: Artifact) -> Problem:
    advice = next(
        (text for key, text in _SAFE_FORMATS.items() if artifact.detection.format.startswith(key)), _OTHERWISE
    )
    return Problem(
        title=f"Loading a {artifact.detection.title} runs code that the file chooses",
        why=f"{_found(artifact)}Nothing dangerous was recognised, but no list of dangerous calls is complete.",
        remedy=Remedy(steps=(advice,), commands=_commands(artifact)),
        case=LoadingSafety.EXECUTES_CODE.value,
    )


def _unknown(artifact: Artifact) -> Problem:
    return Problem(
        title="What loading this file does could not be checked",
        why=f"{_found(artifact)}A file that could not be read through is not known to be safe.",
        remedy=Remedy(
            steps=(
                "If the file is damaged, add it anew; if it is an LFS object that was not pushed, push it.",
                _OTHERWISE,
            )
        ),
        case=LoadingSafety.UNKNOWN.value,
    )


def _found(artifact: Artifact) -> str:
    reasons = artifact.detection.loading.reasons
    if not reasons:
        return ""
    shown = [code(reason) for reason in reasons[:_REASONS]]
    if len(reasons) > _REASONS:
        shown.append(f"{len(reasons) - _REASONS} more")
    return f"Found: {enumeration(shown)}. "


def _commands(artifact: Artifact) -> tuple[str, ...]:
    if not artifact.detection.format.startswith("pytorch"):
        return ()
    source = shell_path(artifact.path)
    target = shell_path(posixpath.splitext(artifact.path)[0] + ".safetensors")
    if source is None or target is None:
        return ()
    return (f"python3 -c '{_CONVERSION}' {source} {target}",)

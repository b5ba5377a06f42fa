"""Stories about weights that run code, and weights that are not what their name says."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from rules.facts import Artifact, LoadingSafety, LoadingVerdict
from rules.findings import Finding, Severity

Find = Callable[..., Finding | None]
Make = Callable[..., Artifact]


def _checkpoint(
    make: Make, safety: LoadingSafety, *reasons: str, path: str = "models/voice.pt", **other: object
) -> Artifact:
    described = {"format": "pytorch-zip", "title": "PyTorch checkpoint (zip)"} | other
    return make(path, loading=LoadingVerdict(safety, reasons), **described)


def test_a_pickle_that_calls_a_shell_blocks_and_names_the_call(finding_of: Find, artifact: Make) -> None:
    finding = finding_of(
        "executes-code-on-load", _checkpoint(artifact, LoadingSafety.DANGEROUS, "pickle calls posix.system")
    )
    assert finding is not None
    assert finding.severity is Severity.BLOCKING
    assert "`pickle calls posix.system`" in finding.why
    assert finding.remedy.steps[0].startswith("Do not load it.")
    assert finding.remedy.commands == ()


def test_an_ordinary_checkpoint_is_a_warning_with_the_way_to_safetensors(finding_of: Find, artifact: Make) -> None:
    finding = finding_of("executes-code-on-load", _checkpoint(artifact, LoadingSafety.EXECUTES_CODE, "pickle"))
    assert finding is not None
    assert finding.severity is Severity.WARNING
    words = shlex.split(finding.remedy.commands[0])
    assert words[:2] == ["python3", "-c"]
    assert words[3:] == ["models/voice.pt", "models/voice.safetensors"]
    compile(words[2], "conversion", "exec")
    assert "weights_only=True" in words[2]


def test_what_could_not_be_checked_is_never_shown_as_safe(finding_of: Find, artifact: Make) -> None:
    finding = finding_of("executes-code-on-load", _checkpoint(artifact, LoadingSafety.UNKNOWN))
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.title == "What loading this file does could not be checked"


def test_a_safe_format_is_silent(finding_of: Find, artifact: Make) -> None:
    assert finding_of("executes-code-on-load", artifact()) is None


def test_a_long_list_of_reasons_is_cut_and_counted(finding_of: Find, artifact: Make) -> None:
    reasons = [f"pickle imports module{number}" for number in range(40)]
    finding = finding_of("executes-code-on-load", _checkpoint(artifact, LoadingSafety.EXECUTES_CODE, *reasons))
    assert finding is not None
    assert "and 35 more" in finding.why


@pytest.mark.parametrize(
    ("format_", "advice"),
    [("joblib", "skops"), ("npz", "dtype=object"), ("keras", "save_weights"), ("torchscript", "ONNX"), ("new", "GGUF")],
)
def test_the_advice_fits_the_format(finding_of: Find, artifact: Make, format_: str, advice: str) -> None:
    weights = _checkpoint(artifact, LoadingSafety.EXECUTES_CODE, path="m.bin", format=format_)
    finding = finding_of("executes-code-on-load", weights)
    assert finding is not None
    assert advice in finding.remedy.steps[0]
    assert finding.remedy.commands == ()


def test_a_pickle_named_safetensors_is_not_what_its_name_says(finding_of: Find, artifact: Make) -> None:
    disguised = _checkpoint(
        artifact, LoadingSafety.EXECUTES_CODE, "pickle", path="model.safetensors", expected_formats=("safetensors",)
    )
    finding = finding_of("format-mismatch", disguised)
    assert finding is not None
    assert finding.title == "The file is not what its name says: it is a PyTorch checkpoint (zip)"
    assert finding.why.endswith("This one can run code when it is loaded.")


def test_a_name_that_several_formats_share_is_kept_by_any_of_them(finding_of: Find, artifact: Make) -> None:
    kept = artifact("m.pt", format="torchscript", expected_formats=("pytorch-zip", "torchscript"))
    assert finding_of("format-mismatch", kept) is None
    assert finding_of("format-mismatch", artifact("m.bin", format="gguf", expected_formats=())) is None

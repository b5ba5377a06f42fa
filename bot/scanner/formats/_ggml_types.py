"""The types of numbers of ggml, and how many bytes a block of each takes.

Source: enum ggml_type in include/ggml.h and the blocks in src/ggml-common.h of ggml; for the sizes before May 2023, the
blocks in ggml.c of llama.cpp at the times of `ggjt` versions 1 and 2.
"""

from __future__ import annotations

NAMES_OF_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 4: "Q4_2", 5: "Q4_3", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1",
    10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS",
    18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32",
    27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4",
}  # fmt: skip
"""By the number of the type in a file."""

BLOCKS: dict[int, tuple[tuple[int, int], ...]] = {
    0: ((1, 4),),
    1: ((1, 2),),
    2: ((32, 18), (32, 20)),
    3: ((32, 20), (32, 24)),
    4: ((16, 10),),
    5: ((16, 12),),
    6: ((32, 22),),
    7: ((32, 24),),
    8: ((32, 34), (32, 36)),
    9: ((32, 36), (32, 40), (32, 44)),
    10: ((256, 84),),
    11: ((256, 110),),
    12: ((256, 144),),
    13: ((256, 176),),
    14: ((256, 210),),
    15: ((256, 292),),
    16: ((1, 1),),
    17: ((1, 2),),
    18: ((1, 4),),
}
"""Numbers and bytes of a block, for the types of files before GGUF: a type whose blocks changed has several sizes.
16 to 18 were whole numbers then."""

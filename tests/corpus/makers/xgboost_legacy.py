# /// script
# dependencies = ["xgboost==1.7.6", "numpy==1.26.4", "scipy==1.13.1"]
# ///
"""Models in XGBoost's old binary form, which its later versions no longer write."""

import sys
from pathlib import Path

import numpy as np
import xgboost

OUT = Path(sys.argv[1])

for seed in range(3):
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(400, 12))
    answers = numbers[:, 0] * numbers[:, 1] + numbers[:, 2]
    for kind in ("gbtree", "gblinear"):
        name = f"{kind}-{seed}.deprecated"
        model = xgboost.train({"booster": kind, "nthread": 1}, xgboost.DMatrix(numbers, answers), 20)
        model.save_model(OUT / name)
        print("xgboost-legacy", name, sep="\t")

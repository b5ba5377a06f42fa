# /// script
# dependencies = [
#   "xgboost-cpu==3.2.0", "lightgbm==4.7.0", "catboost==1.2.10", "scikit-learn==1.9.1", "joblib==1.6.0", "lz4==4.4.5",
#   "cloudpickle==3.1.3", "skops==0.16.0",
# ]
# ///
"""Trees, boosting and scikit-learn, fitted to numbers drawn from a seed, saved in every way their libraries offer."""

import pickle
import sys
from pathlib import Path

import catboost
import cloudpickle
import joblib
import lightgbm
import numpy as np
import skops.io
import xgboost
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

OUT = Path(sys.argv[1])
COMPRESSIONS = {
    "plain": 0,
    "zlib": ("zlib", 3),
    "gz": ("gzip", 3),
    "bz2": ("bz2", 3),
    "xz": ("xz", 3),
    "lz4": ("lz4", 3),
}


def label(kind: str, name: str) -> Path:
    print(kind, name, sep="\t")
    return OUT / name


for seed in range(3):
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(400, 12))
    classes = (numbers[:, 0] * numbers[:, 1] + numbers[:, 2] > 0).astype(int)

    boosted = xgboost.train({"max_depth": 5, "nthread": 1, "seed": seed}, xgboost.DMatrix(numbers, classes), 30)
    boosted.save_model(label("xgboost", f"xgboost-{seed}.json"))
    boosted.save_model(label("xgboost", f"xgboost-{seed}.ubj"))
    booster = xgboost.train({"booster": "gblinear", "nthread": 1}, xgboost.DMatrix(numbers, classes), 10)
    booster.save_model(label("xgboost", f"xgboost-linear-{seed}.ubj"))

    settings = {"objective": "binary", "num_threads": 1, "verbosity": -1, "seed": seed}
    light = lightgbm.train(settings, lightgbm.Dataset(numbers, classes), 30)
    light.save_model(label("lightgbm", f"lightgbm-{seed}.txt"))

    cat = catboost.CatBoostClassifier(
        iterations=30, depth=5, verbose=False, allow_writing_files=False, random_seed=seed
    )
    cat.fit(numbers, classes)
    cat.save_model(str(label("catboost", f"catboost-{seed}.cbm")))
    cat.save_model(str(label("catboost-json", f"catboost-{seed}.json")), format="json")

    estimators = {
        "forest": RandomForestClassifier(20, random_state=seed),
        "boosting": GradientBoostingClassifier(n_estimators=20, random_state=seed),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
        "network": MLPClassifier((32, 16), max_iter=30, random_state=seed),
        "svm": SVC(random_state=seed),
    }
    for name, estimator in estimators.items():
        estimator.fit(numbers, classes)
        label("pickle", f"{name}-{seed}.pkl").write_bytes(pickle.dumps(estimator))
        label("cloudpickle", f"{name}-{seed}.cloudpickle").write_bytes(cloudpickle.dumps(estimator))
        skops.io.dump(estimator, label("skops", f"{name}-{seed}.skops"))
        for ending, compression in COMPRESSIONS.items():
            if name in {"forest", "network"} or ending == "plain":
                joblib.dump(
                    estimator, label(f"joblib-{ending}", f"{name}-{seed}.{ending}.joblib"), compress=compression
                )

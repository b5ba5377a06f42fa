"""R's data (`saveRDS`, `save`): any object of R, among them trained models, told by the classes of the objects.

Source: "Serialization Formats" in the manual R Internals, and src/main/serialize.c of R. A promise runs its code as
soon as its value is asked for (CVE-2024-27322); a function runs when the model calls it.
"""

from __future__ import annotations

from bot.scanner.formats._r_objects import Objects, walk
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "R object"
SUFFIXES = ()
MARK = rb"(?:RD[XAB][23]\n)?(?:X\n\0\0\0[\x02\x03]\0|A\n[23]\n\d|B\n[\x02\x03]\0\0\0)"

_MODELS = frozenset(
    """
    lm mlm glm nls loess gam bam gamm lme nlme gls lmerMod glmerMod merMod lmerModLmerTest rlm rq betareg vglm polr
    multinom nnet nnet.formula neuralnet rpart randomForest randomForest.formula ranger ranger.forest rfsrc svm
    svm.formula ksvm naiveBayes NaiveBayes naive_bayes gbm gbm.object xgb.Booster xgboost lgb.Booster catboost.Model
    glmnet cv.glmnet elnet lognet multnet coxnet lda qda knn3 knnreg kmeans prcomp princomp train.formula model_fit
    workflow bart pbart wbart earth C5.0 cubist cforest RandomForest BinaryTree constparty modelparty Mclust flexmix
    coxph survreg Arima ARIMA ets bats tbats nnetar HoltWinters prophet stanreg brmsfit stanfit regression_forest
    causal_forest probability_forest survival_forest isolation_forest grf WrappedModel FilterModel GraphLearner
    LearnerClassif LearnerRegr SuperLearner bn.fit ppr smooth.spline plsr mvr pcr spls pls mixo_pls mixo_plsda
    zeroinfl hurdle mlogit LDA_VEM LDA_Gibbs CTM_VEM STM textmodel_nb textmodel_svm keras.engine.training.Model
    keras_model luz_module_fitted nn_module torch_module H2OBinomialModel H2ORegressionModel H2OMultinomialModel
    H2OAutoML sda rda logitboost LogitBoost adaboost boosting bagging maboost deepnet.nn enet lars ncvreg grpreg
    gausspr rvm kqr onlinesvm kohonen som supersom bundled_xgb.Booster depmix.fitted HMM arfima garch uGARCHfit
    rugarch varest selectiontree mob glmmTMB BMA bicreg bglm bayesglm rlmerMod scam gamlss ordinalForest aorsf
    ObliqueForest orsf_fit partykit rule_fit lightgbm word2vec GloVe tsglm dbarts mda fda pda pamrtrained rfcv
    penfit train Learner
    """.split()
)
"""Classes that the modelling packages of CRAN give to what they have trained."""
_SHELL = frozenset(
    {"system", "system2", "shell", "shell.exec", "pipe", "download.file", "url", "socketConnection", "source",
     "install.packages", "dyn.load", "Sys.setenv", "unlink", "file.remove", "browseURL", "sys.source", "unserialize"}
)  # fmt: skip
"""Functions of base R and its packages that reach a shell, the network, files or other code."""
_PLAINLY_HOSTILE = frozenset({"system", "system2", "shell", "shell.exec", "pipe", "download.file", "socketConnection"})
"""Those that nobody promises by chance: a session that was saved may well hold a promise of `source` or `url`."""
_CONSTRUCTORS = frozenset(
    """
    lm glm randomForest ranger svm gbm xgb.train xgboost lgb.train lightgbm glmnet cv.glmnet rpart nnet naiveBayes
    train multinom neuralnet coxph gam lmer glmer arima auto.arima C5.0 cforest earth
    """.split()
)
"""Functions whose call a model keeps, and that make it."""
_MOST = 6


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """An object or a workspace, with models in it or without; None for everything else."""
    objects = Objects()
    remark = None
    try:
        walk(blob, objects)
    except DamagedError:
        remark = "It is damaged or cut off."
    except BudgetExceededError:
        remark = "It is larger than what is read here."
    if not objects.items:
        return None
    kinds = [names for names in objects.classes if _MODELS.intersection(names)]
    models = list(dict.fromkeys(name for names in reversed(kinds) for name in names if name in _MODELS))
    called = [name for name in objects.called if name in _CONSTRUCTORS]
    is_weight, confidence = _rated(models, called, objects, remark)
    return Detection(
        format="r-data",
        title=f"R model ({models[0]})" if models else TITLE if is_weight else "R object (no model)",
        is_weight=is_weight,
        confidence=confidence,
        loading=_loading(objects, remark),
        metadata=_metadata(objects, models),
        remarks=(remark,) if remark else (),
    )


def _rated(models: list[str], called: list[str], objects: Objects, remark: str | None) -> tuple[bool, Confidence]:
    if models:
        return True, Confidence.PROBABLE if remark else Confidence.CERTAIN
    if remark is None:
        # Code that runs by itself in an object without a model is for whoever loads it as one.
        hostile = bool(objects.promised & _PLAINLY_HOSTILE)
        return hostile, Confidence.PROBABLE if hostile else Confidence.CERTAIN
    # The classes of an object follow behind its numbers: what is left are the calls that models keep.
    if called:
        return True, Confidence.PROBABLE
    return objects.is_classed_list and "larger" in remark, Confidence.POSSIBLE


def _metadata(objects: Objects, models: list[str]) -> dict[str, str]:
    chosen = {}
    if models:
        chosen["architecture"] = shown(", ".join(models[:_MOST]))
    if objects.version:
        chosen["producer"] = f"R {objects.version}"
    if objects.names:
        chosen["objects"] = shown(", ".join(objects.names[:_MOST]))
    return chosen


def _loading(objects: Objects, remark: str | None) -> LoadingVerdict:
    if dangerous := sorted(objects.promised & _SHELL):
        calls = [f"a promise in it calls {name} as soon as its value is asked for" for name in dangerous]
        return LoadingVerdict(LoadingSafety.DANGEROUS, tuple(calls[:_MOST]))
    reasons = []
    if objects.promises:
        reasons.append("it holds promises, whose code runs as soon as their values are asked for")
    if objects.functions:
        reasons.append("it holds functions, which run when the object is used")
    if named := sorted(objects.called & _SHELL):
        reasons.append(f"its code calls {', '.join(named[:_MOST])}")
    if reasons:
        return LoadingVerdict(LoadingSafety.EXECUTES_CODE, tuple(reasons))
    if remark:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("it could not be read to its end",))
    return LoadingVerdict(LoadingSafety.SAFE, ("it holds data and no functions or promises",))

"""Callables by what they can do when a pickle calls them: make data, something dangerous, or neither is known.

A name that is neither is not known to be harmless: it is named in the verdict and executes code.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from bot.scanner.pickles.stdlib_names import MODULES, is_harmless


@dataclass(frozen=True)
class Global:
    """A callable by its name."""

    module: str
    name: str

    @property
    def dotted(self) -> str:
        """`module.name`."""
        return f"{self.module}.{self.name}"

    @property
    def is_plausible(self) -> bool:
        """False for a name that none can have, as chance bytes give it."""
        return all(part.isidentifier() for part in self.dotted.split("."))


REACHING = frozenset({Global("builtins", "getattr"), Global("__builtin__", "getattr")})
"""Functions that reach an attribute by its name. pickle itself writes bound methods and nested classes by them, so they
are judged by what they reach and not by their own name."""

CONSTRUCTORS = frozenset(
    """
    _codecs.encode builtins.bytearray builtins.bytes builtins.complex builtins.dict builtins.frozenset builtins.list
    builtins.object builtins.set builtins.slice builtins.tuple collections.Counter collections.OrderedDict
    collections.defaultdict collections.deque copy_reg._reconstructor copyreg._reconstructor datetime.date
    datetime.datetime datetime.timedelta joblib.numpy_pickle.NumpyArrayWrapper numpy.dtype numpy.ndarray
    numpy.core.multiarray._reconstruct numpy._core.multiarray._reconstruct numpy.core.multiarray.scalar
    numpy._core.multiarray.scalar numpy.core.numeric._frombuffer numpy._core.numeric._frombuffer
    numpy.random._pickle.__generator_ctor numpy.random._pickle.__bit_generator_ctor
    numpy.random._pickle.__randomstate_ctor torch.Size torch._tensor._rebuild_from_type_v2 torch.device
    torch.serialization._get_layout torch.storage.TypedStorage torch.storage.UntypedStorage
    torch.nn.parameter.Parameter
    """.split()
)
"""Callables that only make data."""

_CONSTRUCTOR_PREFIXES = ("torch._utils._rebuild_", "numpy.dtypes.")

_DANGEROUS_MODULES = frozenset(
    """
    IPython aiohttp aiofiles boto3 botocore cffi click cloudpickle dill docker fabric fickling fire flask ftputil git
    hickle httpx invoke jsonpickle jupyter_client llvmlite loky mlflow.pyfunc model_unpickler modelaudit
    modelaudit_picklescan modelscan mpi4py.util.pkl5 nbconvert nltk.app nltk.data nltk.downloader notebook numba.pycc
    numexpr numpy.ctypeslib numpy.distutils numpy.f2py numpy.lib._datasource numpy.lib.format numpy.lib.npyio
    numpy.lib._npyio_impl numpy.testing pandas.compat.pickle_compat pandas.core.computation pandas.io paramiko pexpect
    picklescan pickle5 pip pkg_resources plumbum psutil ptyprocess pyarrow.fs pyautogui pytest _pytest py._process
    ray.cloudpickle requests saferpickle scipy.io scipy.weave setuptools sh sqlalchemy srsly.cloudpickle sympy.parsing
    tensorflow.io tensorflow.python.lib.io torch._dynamo torch._inductor torch.ao.pruning._experimental
    torch.cuda._memory_viz torch.distributed.elastic torch.distributed.launch torch.distributed.run
    torch.distributed.rpc torch.fx.experimental torch.compile torch.hub torch.jit torch.multiprocessing
    torch.onnx.verification torch.package torch.testing torch.utils._config_module torch.utils.bottleneck
    torch.utils.collect_env torch.utils.cpp_extension torch.utils.data.datapipes.utils.decoder torch.utils.model_zoo
    torch.utils._cpp_extension_versioner torch.utils._import_utils torch.utils._zip urllib3 wandb websocket wheel
    xonsh zmq
    """.split()
)
"""Packages and modules that no trained model needs while it is loaded: shells, files, the network, other loaders,
compilers, code objects. What lies beneath them is meant too."""

_EXCEPTIONS = frozenset({"dill.dump", "dill.dumps"})
"""They write and load nothing."""

_DANGEROUS_NAMES = frozenset(
    """
    cloudpickle.load cloudpickle.loads dask.config.set django.core.management.execute_from_command_line joblib.load
    joblib.numpy_pickle.load joblib.numpy_pickle.load_temporary_memmap joblib.numpy_pickle_utils._read_fileobject
    keras.models.load_model keras.saving.load_model keras.src.saving.saving_api.load_model keras.utils.get_file
    numpy.core._internal._ctypes numpy.core.multiarray.fromfile numpy._core.multiarray.fromfile numpy.fromfile
    numpy.fromregex numpy.genfromtxt numpy.load numpy.loads numpy.loadtxt numpy.save numpy.savetxt numpy.savez
    numpy.savez_compressed numpy.lib.utils._makenamedict numpy.lib.utils.safe_eval numpy.ndarray.tofile
    numpy.safe_eval pandas.eval pandas.DataFrame.eval pandas.DataFrame.query pandas.DataFrame.to_pickle
    pandas.core.frame.DataFrame.eval pandas.core.frame.DataFrame.query pandas.core.common.resolve_name
    pandas.read_clipboard pandas.read_csv pandas.read_excel pandas.read_feather pandas.read_hdf pandas.read_html
    pandas.read_json pandas.read_orc pandas.read_parquet pandas.read_pickle pandas.read_sas pandas.read_sql
    pandas.read_table pandas.read_xml pandas.HDFStore pandas.util._tester.test polars.read_csv pyarrow.deserialize
    sklearn.datasets.fetch_openml sklearn.utils._testing.assert_run_python_script sympy.sympify
    sympy.core.sympify.sympify tensorflow.keras.models.load_model tensorflow.saved_model.load
    tf_keras.models.load_model torch.classes.load_library torch.compile torch.export.load torch.from_file
    torch.jit.load torch.load torch.ops.load_library torch.save torch.serialization._legacy_load
    torch.serialization._load torch.serialization._open_file torch.serialization.load torch.serialization.save
    torch._ops._OpNamespace torch._C._jit_set_emit_hooks torch._weights_only_unpickler.Unpickler
    torch.utils.data.datapipes.iter.callable.MapperIterDataPipe torch.utils.data._utils.worker._worker_loop
    torch.UntypedStorage.from_file torch.storage.UntypedStorage.from_file transformers.pipeline
    transformers.dynamic_module_utils.get_class_from_dynamic_module transformers.utils.hub.cached_file yaml.full_load
    yaml.load yaml.load_all yaml.unsafe_load yaml.unsafe_load_all
    """.split()
)
"""Callables of known packages that run, import, open, fetch or unpickle what they are given."""

_DANGEROUS_ENDINGS = frozenset(
    """
    __import__ _exec check_call check_output create_subprocess_exec create_subprocess_shell eval exec exec_command
    exec_module execfile execv execve execvp getoutput getstatusoutput import_module load_library load_module
    os_system popen Popen posix_spawn resolve_name run_code run_command run_module run_path run_shell runcode runctx
    runstring safe_eval shell_exec spawn spawnl spawnv subprocess_call system unsafe_load unpickle
    """.split()
)
"""Last parts of names by which libraries offer such a call again, or write their own."""

_TELLING_PARTS = frozenset(
    """
    __builtin__ __builtins__ builtins cPickle _pickle pickle cloudpickle commands ctypes dill importlib marshal nt os
    popen2 posix pty runpy shutil socket subprocess sys
    """.split()
)
"""Modules of the library that other packages carry as attributes or under their own name (`six.moves.builtins`)."""

_INERT = frozenset({"__doc__", "__module__", "__name__", "__qualname__"})
"""Attributes that are texts, whatever they are of."""

_HIDDEN = frozenset(
    """
    __bases__ __base__ __builtins__ __call__ __class__ __closure__ __code__ __dict__ __func__ __get__ __getattr__
    __getattribute__ __globals__ __import__ __init__ __loader__ __mro__ __reduce__ __reduce_ex__ __self__ __setattr__
    __spec__ __subclasses__ __wrapped__ f_back f_builtins f_globals f_locals func_globals gi_code gi_frame mro
    tb_frame
    """.split()
)
"""Python's own attributes by which everything can be reached from anything."""


@functools.lru_cache(maxsize=4096)
def is_dangerous(name: Global) -> bool:
    """True for a callable that no model needs and an attacker does."""
    if name in REACHING:
        return False
    module, parts = name.module, name.name.split(".")
    if _HIDDEN & set(parts):
        return True
    if len(parts) > 1 and parts[-1] in _INERT:
        return False
    top = module.partition(".")[0]
    if top in MODULES:
        return not is_harmless(module, name.name)
    if module == "torch.jit._pickle" or name.dotted in _EXCEPTIONS or is_constructor(name):
        return False
    if name.dotted in _DANGEROUS_NAMES or parts[-1] in _DANGEROUS_ENDINGS:
        return True
    # A name may hide a way: module `numpy`, name `f2py.crackfortran.myeval`; module `torch`, name `os.system`.
    whole = [*module.split("."), *parts]
    prefixes = {".".join(whole[:length]) for length in range(1, len(whole) + 1)}
    return bool(prefixes & _DANGEROUS_MODULES) or bool(_TELLING_PARTS & set(whole[1:]))


def is_constructor(name: Global) -> bool:
    """True for a callable that only makes data."""
    dotted = name.dotted.replace("__builtin__.", "builtins.", 1)
    if dotted in CONSTRUCTORS or dotted.startswith(_CONSTRUCTOR_PREFIXES):
        return True
    return name.module in {"torch", "torch.cuda"} and (name.name.endswith("Storage") or name.name in _TORCH_TYPES)


def is_tensor(name: object) -> bool:
    """True for a function of PyTorch that makes a tensor."""
    return isinstance(name, Global) and f"{name.module}.".startswith("torch.") and name.name.startswith("_rebuild_")


_TORCH_TYPES = frozenset(
    """
    bfloat16 bool complex64 complex128 double float float16 float32 float64 half int int8 int16 int32 int64 long qint8
    quint8 short uint8 uint16 uint32 uint64 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz strided
    """.split()
)

"""Callables by what they can do when a pickle calls them.

A name that is in neither list is not known to be harmless: it is named in the verdict and executes code.
"""

from __future__ import annotations

from bot.scanner.pickles.machine import Global

CONSTRUCTORS = frozenset(
    {
        "_codecs.encode",
        "builtins.bytearray",
        "builtins.bytes",
        "builtins.complex",
        "builtins.dict",
        "builtins.frozenset",
        "builtins.list",
        "builtins.object",
        "builtins.set",
        "builtins.slice",
        "builtins.tuple",
        "collections.Counter",
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.deque",
        "copy_reg._reconstructor",
        "copyreg._reconstructor",
        "datetime.date",
        "datetime.datetime",
        "datetime.timedelta",
        "joblib.numpy_pickle.NumpyArrayWrapper",
        "numpy.dtype",
        "numpy.ndarray",
        "torch.Size",
        "torch._tensor._rebuild_from_type_v2",
        "torch.device",
        "torch.serialization._get_layout",
        "torch.storage.TypedStorage",
        "torch.storage.UntypedStorage",
        "torch.nn.parameter.Parameter",
    }
)
"""Callables that only make data."""

_CONSTRUCTOR_PREFIXES = (
    "torch._utils._rebuild_",
    "numpy.core.multiarray.",
    "numpy._core.multiarray.",
    "numpy.core.numeric.",
    "numpy._core.numeric.",
    "numpy.dtypes.",
    "numpy.random._pickle.",
)

_DANGEROUS_MODULES = frozenset(
    """
    _io _pickle _posixsubprocess _socket _thread _winapi aiohttp ast asyncio atexit bdb cffi
    cloudpickle.cloudpickle code codeop commands cProfile ctypes dill dill._dill distutils doctest ensurepip
    fileinput ftplib gc glob http httplib httpx idlelib imaplib imp importlib inspect io IPython lib2to3 linecache
    logging mmap marshal multiprocessing nt ntpath numpy.f2py numpy.testing os pathlib pdb pickle pip
    pkg_resources pkgutil platform poplib posix posixpath profile pstats pty py_compile pydoc requests
    requests.api rlcompleter runpy sched select selectors setuptools shelve shutil signal site smtplib socket
    socketserver sqlite3 ssl subprocess sys tarfile telnetlib tempfile test this threading timeit torch.hub
    torch.utils.cpp_extension torch._dynamo torch._inductor trace turtle types unittest urllib urllib2 uuid venv
    webbrowser xmlrpc zipapp zipfile zipimport
    """.split()
)
"""Modules no trained model needs while it is loaded: shells, files, the network, other loaders, code objects."""

_BUILTINS = """
    __import__ apply breakpoint compile delattr eval exec execfile exit file getattr globals help input locals
    memoryview open quit raw_input reload setattr vars
""".split()
_DANGEROUS_NAMES = frozenset(
    f"{module}.{name}" for module in ("builtins", "__builtin__") for name in _BUILTINS
) | frozenset(
    """
    _operator.attrgetter _operator.call _operator.itemgetter _operator.methodcaller functools.partial
    functools.reduce operator.attrgetter operator.call operator.itemgetter operator.methodcaller joblib.load
    numpy.load numpy.loads numpy.lib.npyio.load pandas.read_pickle torch.load torch.serialization.load
    torch.jit.load torch.storage._load_from_bytes numpy.distutils.exec_command bdb.Bdb.run nltk.data.load
    yaml.load keras.models.load_model tensorflow.io.read_file
    """.split()
)
"""Callables that run, import, open or unpickle what they are given, or that reach such a one."""


def is_dangerous(name: Global) -> bool:
    """True for a callable that no model needs and an attacker does."""
    module, dotted = name.module, name.dotted
    if dotted in _DANGEROUS_NAMES:
        return True
    # `os` covers `os.path`; a name may hide a way too: module `numpy`, name `f2py.crackfortran.myeval`.
    parts = dotted.split(".")
    prefixes = {".".join(parts[:length]) for length in range(1, len(parts))}
    return bool(prefixes & _DANGEROUS_MODULES) or ("." in name.name and module == "builtins")


def is_constructor(name: Global) -> bool:
    """True for a callable that only makes data."""
    dotted = name.dotted.replace("__builtin__.", "builtins.", 1)
    if dotted in CONSTRUCTORS or dotted.startswith(_CONSTRUCTOR_PREFIXES):
        return True
    return name.module in {"torch", "torch.cuda"} and (name.name.endswith("Storage") or name.name in _TORCH_TYPES)


_TORCH_TYPES = frozenset(
    """
    bfloat16 bool complex64 complex128 double float float16 float32 float64 half int int8 int16 int32 int64 long
    qint8 quint8 short uint8 float8_e4m3fn float8_e5m2
    """.split()
)

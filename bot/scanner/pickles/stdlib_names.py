"""What of Python's standard library a pickle may name; everything else of it is called dangerous.

Listing what is harmless is a short work and listing what is dangerous an endless one: each year somebody finds another
function of the library that runs a program (picklescan's advisories name more than sixty). The few names here are those
by which Python itself writes values and objects (`__reduce__` of its own types) and what programs keep in checkpoints:
times, paths, numbers, settings, plain functions.
"""

from __future__ import annotations

import sys

_OTHER_PYTHONS = frozenset(
    """
    BaseHTTPServer CGIHTTPServer ConfigParser Queue SimpleHTTPServer SocketServer StringIO UserDict __builtin__
    _aix_support _android_support _apple_support _colorize _interpreters _ios_support _osx_support _pyrepl
    _remote_debugging annotationlib anydbm asynchat asyncore binhex cPickle cStringIO cgi cgitb chunk commands
    compression copy_reg crypt distutils dl dummy_thread dumbdbm exceptions formatter gdbm hotshot htmllib httplib
    idlelib imghdr imp itertools ihooks lib2to3 macpath mailcap mhlib mimetools msilib msvcrt multifile mutex new nis
    nntplib nt ntpath ossaudiodev parser pathlib._local pipes popen2 posix posixpath py_compile pydoc_data rexec
    rfc822 robotparser sets sha smtpd sndhdr spwd statvfs _xxinterpchannels _xxsubinterpreters _xxtestfuzz _testcapi
    string.templatelib strop sunau symbol telnetlib test thread urllib2 urlparse user uu whichdb winreg _winreg
    _winapi xdrlib xmlrpclib xmllib
    """.split()
)
"""Modules of other Pythons and other systems than the one this runs on."""
MODULES = sys.stdlib_module_names | _OTHER_PYTHONS

_WHOLE = frozenset(
    """
    _collections_abc _decimal _datetime _heapq _pydatetime _pydecimal abc bisect cmath collections collections.abc
    datetime decimal enum exceptions fractions heapq itertools math numbers statistics typing
    """.split()
)
"""Modules that make and reckon with values and nothing else."""

_NAMES = frozenset(
    """
    _codecs.encode _functools.partial _random.Random _struct.Struct _sre.compile _thread.RLock _weakref.ref
    _weakrefset.WeakSet argparse.Namespace array._array_reconstructor array.array calendar.Calendar
    collections.OrderedDict configparser.ConfigParser configparser.RawConfigParser configparser.SectionProxy
    configparser.ConverterMapping configparser.BasicInterpolation configparser.ExtendedInterpolation
    configparser.LegacyInterpolation contextvars.ContextVar copy.copy copy.deepcopy copy_reg.__newobj__
    copy_reg.__newobj_ex__ copy_reg._reconstructor copyreg.__newobj__ copyreg.__newobj_ex__ copyreg._reconstructor
    dataclasses.Field dataclasses.InitVar dataclasses.MISSING dataclasses._MISSING_TYPE dataclasses._FIELD
    dataclasses._FIELD_BASE dataclasses._HAS_DEFAULT_FACTORY_CLASS dataclasses.FrozenInstanceError dataclasses.KW_ONLY
    dataclasses._KW_ONLY_TYPE dataclasses.field dataclasses._DataclassParams datetime.UTC datetime.datetime
    difflib.SequenceMatcher email.message.Message functools.partial functools.partialmethod functools.cmp_to_key
    functools.reduce functools.lru_cache functools.cached_property functools.total_ordering hashlib.md5 hashlib.sha1
    hashlib.sha256 hashlib.blake2b inspect.Parameter inspect.Signature inspect.BoundArguments inspect._empty
    inspect._ParameterKind ipaddress.IPv4Address ipaddress.IPv4Interface ipaddress.IPv4Network ipaddress.IPv6Address
    ipaddress.IPv6Interface ipaddress.IPv6Network io.BytesIO io.StringIO _io.BytesIO _io.StringIO
    json.decoder.JSONDecodeError json.decoder.JSONDecoder json.encoder.JSONEncoder json.JSONDecoder json.JSONEncoder
    locale.Error logging.DEBUG logging.ERROR logging.INFO logging.WARNING logging.Formatter logging.Filter
    logging.LogRecord logging.Logger logging.NullHandler logging.RootLogger logging.LoggerAdapter logging.getLogger
    logging.StreamHandler logging.PercentStyle logging.Manager logging.PlaceHolder os.PathLike os.stat_result
    os.terminal_size ntpath.basename ntpath.join ntpath.splitext ntpath.dirname posixpath.basename posixpath.join
    posixpath.splitext posixpath.dirname pathlib.Path pathlib.PosixPath pathlib.PurePath pathlib.PurePosixPath
    pathlib.PureWindowsPath pathlib.WindowsPath pathlib._local.Path pathlib._local.PosixPath pathlib._local.PurePath
    pathlib._local.PurePosixPath pathlib._local.PureWindowsPath pathlib._local.WindowsPath queue.Empty queue.Full
    queue.LifoQueue queue.PriorityQueue queue.Queue queue.SimpleQueue random.Random random.choice random.gauss
    random.randint random.random random.seed random.shuffle random.uniform re.Match re.Pattern re.RegexFlag
    re._compile re.compile selectors.EVENT_READ signal.Signals signal.Handlers socket.AddressFamily socket.SocketKind
    string.Formatter string.Template struct.Struct sys.float_info sys.int_info sys.version_info sys.hash_info
    sys.maxsize tempfile.gettempdir textwrap.TextWrapper threading.RLock threading.Lock threading.Event
    threading.Condition threading.local _thread._local time.monotonic time.perf_counter time.strftime time.strptime
    time.struct_time time.time traceback.FrameSummary traceback.StackSummary traceback.TracebackException
    types.BuiltinFunctionType types.DynamicClassAttribute types.EllipsisType types.GenericAlias types.MethodType
    types.MappingProxyType types.NoneType types.NotImplementedType types.SimpleNamespace types.UnionType
    unicodedata.normalize unicodedata.category urllib.parse.DefragResult urllib.parse.ParseResult
    urllib.parse.SplitResult urllib.parse.quote urllib.parse.unquote urllib.parse.urljoin urllib.parse.urlparse
    urllib.parse.urlsplit uuid.SafeUUID uuid.UUID UserDict.UserDict UserDict.IterableUserDict UserList.UserList
    UserString.UserString weakref.KeyedRef weakref.ReferenceType weakref.WeakKeyDictionary weakref.WeakSet
    weakref.WeakValueDictionary weakref.ref weakref.WeakMethod xml.etree.ElementTree.Element
    xml.etree.ElementTree.ElementTree zoneinfo.ZoneInfo zoneinfo.ZoneInfo._unpickle
    """.split()
)

_NOT = frozenset({"typing.ForwardRef", "typing._eval_type", "typing.evaluate_forward_ref", "typing.get_type_hints"})
"""Exceptions to `_WHOLE`: they evaluate texts as Python."""

_OPERATORS = frozenset(
    """
    abs add and_ concat contains countOf delitem eq floordiv ge getitem gt iadd iconcat imul index indexOf ior setitem
    inv invert is_ is_not itemgetter le length_hint lshift lt matmul mod mul ne neg not_ or_ pos pow rshift sub
    truediv truth xor
    """.split()
)
"""Functions of `operator` that reckon. Those that reach attributes or call are left out; those
that change what they are given are judged by that."""

_BUILTINS = frozenset(
    """
    Ellipsis False None NotImplemented True abs all any ascii basestring bin bool bytearray bytes callable chr complex
    dict divmod enumerate filter float format frozenset hash hex id int isinstance issubclass iter len list long map
    max min next object oct ord pow range repr reversed round set slice sorted str sum tuple type unichr unicode
    xrange zip classmethod staticmethod property super
    """.split()
)
"""Types and plain functions among Python's builtins. `print` is not among them: no model prints while it is loaded."""


def is_harmless(module: str, name: str) -> bool:
    """True for a name of the standard library that makes values or reckons with them."""
    if module in {"builtins", "__builtin__"}:
        return name in _BUILTINS or _is_exception(name)
    if module in {"operator", "_operator"}:
        return name in _OPERATORS
    dotted = f"{module}.{name}"
    return dotted in _NAMES or module == "__future__" or (module in _WHOLE and dotted not in _NOT and _is_own(name))


def _is_own(name: str) -> bool:
    """False for what a module only imports for itself (`enum.bltns`, `decimal._sys`), and for ways through that."""
    first, _, rest = name.partition(".")
    if first.startswith("_") or first in MODULES or first == "bltns" or "_" in {part[:1] for part in rest.split(".")}:
        return False
    return not rest or first[:1].isupper()


def _is_exception(name: str) -> bool:
    return name.isidentifier() and name.endswith(
        ("Error", "Exception", "Warning", "Exit", "Interrupt", "Iteration", "Group")
    )

"""Ways past pickle scanners that were published or follow from one, each written by ourselves.

Sources: the security advisories of picklescan, fickling and modelscan (GitHub), "Sour Pickles" (Slaviero, Black Hat
2011), the disclosures on models with broken pickles and other archives ("nullifAI", ReversingLabs 2025), and the
documentation of Python's pickle virtual machine (pickletools).
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import random
import struct
import warnings
import zipfile
import zlib

import py7zr

from tests.scanner.pickles.writing import (
    HARMLESS,
    SYSTEM,
    array,
    call,
    named,
    raw,
    run,
    stacked,
    text,
    whole,
    zipped,
)

_CODE = "import os"
_MARKED = b"\x80\x04"


def _flagged_as_encrypted(flag: int) -> bytes:
    """A stored member whose flags say that it is encrypted: loaders that do not look at them read it all the same."""
    content = bytearray(zipped(data_dot_pkl=SYSTEM))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = content.find(signature)
        while position >= 0:
            content[position + offset] |= flag
            position = content.find(signature, position + 4)
    return bytes(content)


def _seven_zip(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(content, name.replace("__", "/").replace("_dot_", "."))
    return stream.getvalue()


def _with_wrong_sum() -> bytes:
    content = bytearray(zipped(data_dot_pkl=SYSTEM))
    position = content.find(b"PK\x01\x02")
    while position >= 0:
        content[position + 16 : position + 20] = b"\xde\xad\xbe\xef"
        position = content.find(b"PK\x01\x02", position + 4)
    return bytes(content)


def _with_other_names_inside() -> bytes:
    """The names before the members differ from those in the directory, at which Python's reader stops."""
    content = bytearray(zipped(data_dot_pkl=SYSTEM))
    position = content.find(b"model/data.pkl")
    content[position : position + 14] = b"model/safe.txt"
    return bytes(content)


def _twice() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model/data.pkl", SYSTEM)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the name that is there already
            archive.writestr("model/data.pkl", HARMLESS)
        archive.writestr("model/data/0", b"\0" * 64)
    return stream.getvalue()


def _joblib_with_objects() -> bytes:
    """An array of objects is a pickle within the pickle; behind it the outer one goes on."""
    wrapper = named("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81}("
    fields = text("shape") + b"K\x01\x85" + text("dtype") + call(named("numpy", "dtype"), text("O8"))
    return whole(wrapper, fields, b"ub", HARMLESS, b"0", call(named("os", "system"), text("true")))


def _old_joblib(content: bytes) -> bytes:
    return b"ZF" + hex(len(content)).ljust(19).encode() + zlib.compress(content)


_ATTRIBUTE = call(named("builtins", "getattr"), call(named("builtins", "__import__"), text("os")), text("system"))

BYPASSES: dict[str, bytes] = {
    # How a callable is named
    "a plain call of os.system": SYSTEM,
    "posix, the name under which os.system is pickled": run("posix", "system", "true"),
    "nt, its name on Windows": run("nt", "system", "calc"),
    "protocol 0 without PROTO": b"cos\nsystem\n(S'true'\ntR.",
    "INST, which names and calls at once": b"(S'true'\nios\nsystem\n.",
    "OBJ, which calls what lies behind a mark": b"(cos\nsystem\nS'true'\no.",
    "NEWOBJ in place of REDUCE": whole(named("os", "system"), text("true"), b"\x85\x81"),
    "NEWOBJ_EX": whole(named("os", "system"), text("true"), b"\x85}\x92"),
    "STACK_GLOBAL": whole(call(stacked("os", "system"), text("true"))),
    "STACK_GLOBAL with both texts out of the memo": whole(
        text("os") + b"\x94" + b"0" + text("system") + b"\x94" + b"0", b"h\x00h\x01\x93", text("true"), b"\x85R"
    ),
    "STACK_GLOBAL with texts put at odd places of the memo": (
        b"Vos\np7\n0Vsystem\np9\n0Vtorch\np1\n0g7\ng9\n\x93(Vtrue\ntR."
    ),
    "a name with escapes, as UNICODE writes them": b"V\\u006fs\nV\\u0073ystem\n\x93(Vtrue\ntR.",
    "a name with escapes, as STRING writes them": b"S'\\x6fs'\nS'\\x73ystem'\n\x93(Vtrue\ntR.",
    "a name that other instructions stand between": whole(
        text("os") + b"N0" + text("system") + b"\x88" + b"0" + b"\x93", text("true"), b"\x85R"
    ),
    "a name that DUP and POP push about": whole(text("os"), b"20", text("system"), b"\x93", text("true"), b"\x85R"),
    "a name put together while loading": whole(
        call(named("codecs", "decode"), text("bf"), text("rot13")), text("system"), b"\x93", text("true"), b"\x85R"
    ),
    "an extension code in place of a name": whole(b"\x82\x01", text("true"), b"\x85R"),
    "a dotted name through a harmless module": whole(call(stacked("torch", "serialization.os.system"), text("true"))),
    "a dotted name through enum's own imports": whole(call(stacked("enum", "bltns.eval"), text("1"))),
    "the __call__ of a function": whole(call(stacked("builtins", "eval.__call__"), text("1"))),
    "the globals of a harmless function": whole(stacked("collections", "namedtuple.__globals__")),
    "six, which carries builtins": whole(call(stacked("six.moves.builtins", "eval"), text("1"))),
    "a package's own copy of subprocess": whole(
        call(stacked("numpy.distutils.exec_command", "subprocess.run"), text("a"))
    ),
    "two thousand harmless names before the one": whole(
        b"".join(named("torch", f"kind{number}") + b"0" for number in range(2_100)),
        call(named("os", "system"), text("t")),
    ),
    # How a way is found to what was not named
    "getattr of an import": whole(call(_ATTRIBUTE, text("true"))),
    "attrgetter of an import": whole(
        call(call(named("operator", "attrgetter"), text("system")), call(named("builtins", "__import__"), text("os")))
    ),
    "methodcaller": whole(
        call(call(named("operator", "methodcaller"), text("system"), text("true")), named("os", "path"))
    ),
    "getattr handed to map": whole(
        call(named("builtins", "map"), named("builtins", "getattr"), b"]", text("__class__"))
    ),
    "getattr of a name made while loading": whole(
        call(named("builtins", "getattr"), named("torch", "Tensor"), call(named("builtins", "str"), text("x")))
    ),
    "a method called on an object that was made": whole(
        call(
            call(named("builtins", "getattr"), call(named("pathlib", "PosixPath"), text("/tmp/x")), text("write_text")),
            text("x"),
        )
    ),
    "pkgutil.resolve_name": run("pkgutil", "resolve_name", "os:system"),
    "importlib.import_module": run("importlib", "import_module", "evil"),
    "sys.modules changed": whole(named("sys", "modules"), text("os"), b"N", b"s"),
    "state set on a class that was not made here": whole(named("torch.nn", "Module"), b"}", text("x"), b"Ns", b"b"),
    "an item set by operator.setitem on what was not made here": whole(
        call(named("operator", "setitem"), named("torch", "registry"), text("a"), text("b"))
    ),
    # Functions that run what they are given
    "eval": run("builtins", "eval", "1"),
    "exec": run("builtins", "exec", _CODE),
    "compile": run("builtins", "compile", _CODE, "x", "exec"),
    "eval of Python 2": run("__builtin__", "eval", "1"),
    "code.InteractiveInterpreter.runcode": whole(call(stacked("code", "InteractiveInterpreter.runcode"), text("x"))),
    "bdb.Bdb.run": whole(call(stacked("bdb", "Bdb.run"), text(_CODE))),
    "cProfile.runctx": run("cProfile", "runctx", _CODE),
    "profile.Profile.run": whole(call(stacked("profile", "Profile.run"), text(_CODE))),
    "trace.Trace.run": whole(call(stacked("trace", "Trace.run"), text(_CODE))),
    "timeit.timeit": run("timeit", "timeit", _CODE),
    "doctest.debug_script": run("doctest", "debug_script", _CODE),
    "pdb.run": run("pdb", "run", _CODE),
    "runpy.run_path": run("runpy", "run_path", "x.py"),
    "idlelib's Executive.runcode": whole(call(stacked("idlelib.run", "Executive.runcode"), text(_CODE))),
    "lib2to3's Grammar.loads": whole(call(stacked("lib2to3.pgen2.grammar", "Grammar.loads"), raw(b"x"))),
    "typing.get_type_hints": run("typing", "get_type_hints", "x"),
    "numpy's runstring": run("numpy.testing._private.utils", "runstring", _CODE),
    "numpy.f2py.crackfortran.myeval": run("numpy.f2py.crackfortran", "myeval", "1"),
    "numpy, with the way in the name": whole(call(stacked("numpy", "f2py.crackfortran.param_eval"), text("1"))),
    "pandas' query": run("pandas.core.computation.eval", "eval", "@x"),
    "torch.utils.collect_env.run": run("torch.utils.collect_env", "run", "true"),
    "torch.utils.bottleneck": run("torch.utils.bottleneck.__main__", "run_cprofile", _CODE),
    "torch's evaluate_guards_expression": whole(
        call(stacked("torch.fx.experimental.symbolic_shapes", "ShapeEnv.evaluate_guards_expression"), text("1"))
    ),
    "torch._inductor.codecache.compile_file": run("torch._inductor.codecache", "compile_file", "", "", "sh"),
    "torch.jit's execWrapper": run("torch.jit.unsupported_tensor_ops", "execWrapper", _CODE),
    # Functions that run programs
    "subprocess.Popen": run("subprocess", "Popen", "true"),
    "pty.spawn": run("pty", "spawn", "true"),
    "pip.main": run("pip", "main", "install"),
    "ensurepip._run_pip": run("ensurepip", "_run_pip", "install"),
    "pydoc.pipepager": run("pydoc", "pipepager", "", "true"),
    "imaplib.IMAP4_stream": run("imaplib", "IMAP4_stream", "true"),
    "uuid._get_command_stdout": run("uuid", "_get_command_stdout", "true"),
    "_osx_support": run("_osx_support", "_read_output", "true"),
    "_aix_support": run("_aix_support", "_read_cmd_output", "true"),
    "_pyrepl": run("_pyrepl.pager", "pipe_pager", "", "true"),
    "test.support.script_helper": run("test.support.script_helper", "assert_python_ok", "-c"),
    "asyncio's shell": run("asyncio.unix_events", "_UnixSubprocessTransport._start", "true"),
    "venv": run("venv", "create", "x"),
    "webbrowser": run("webbrowser", "open", "x"),
    "multiprocessing": run("multiprocessing.util", "spawnv_passfds", "x"),
    "concurrent interpreters": run("_xxsubinterpreters", "run_string", "x"),
    # Functions that reach files and the network
    "open": run("builtins", "open", "x"),
    "_io.FileIO": run("_io", "FileIO", "x"),
    "codecs.open": run("codecs", "open", "x"),
    "linecache.getline": run("linecache", "getline", "/etc/passwd"),
    "shutil.rmtree": run("shutil", "rmtree", "x"),
    "distutils.file_util.write_file": run("distutils.file_util", "write_file", "x"),
    "logging.FileHandler": run("logging", "FileHandler", "x"),
    "logging.config.listen": run("logging.config", "listen", "1"),
    "tempfile": run("tempfile", "NamedTemporaryFile", "w"),
    "pathlib's write_text": whole(call(stacked("pathlib", "Path.write_text"), text("x"))),
    "sqlite3.connect": run("sqlite3", "connect", "x"),
    "socket.create_connection": run("socket", "create_connection", "x"),
    "ssl.get_server_certificate": run("ssl", "get_server_certificate", "x"),
    "smtplib.SMTP": run("smtplib", "SMTP", "x"),
    "http.client": run("http.client", "HTTPSConnection", "x"),
    "urllib.request.urlopen": run("urllib.request", "urlopen", "x"),
    "requests.get": run("requests.api", "get", "x"),
    "aiohttp": run("aiohttp.client", "ClientSession"),
    "numpy.load": run("numpy", "load", "x"),
    "numpy.fromfile": run("numpy", "fromfile", "x"),
    "ctypes.CDLL": run("ctypes", "CDLL", "x.so"),
    # Functions that make code or unpickle
    "types.CodeType": whole(call(named("types", "CodeType"), b"K\x00")),
    "marshal.loads": whole(call(named("marshal", "loads"), raw(b"x"))),
    "cloudpickle's _make_function": run("cloudpickle.cloudpickle", "_make_function", "x"),
    "dill's _create_function": run("dill._dill", "_create_function", "x"),
    "pickle.loads": whole(call(named("pickle", "loads"), raw(b"x"))),
    "torch.load": run("torch", "load", "x"),
    "torch.hub.load": run("torch.hub", "load", "x", "y"),
    "joblib.load": run("joblib", "load", "x"),
    "pandas.read_pickle": run("pandas", "read_pickle", "x"),
    "torch's loader of configurations": whole(
        call(stacked("torch.utils._config_module", "ConfigModule.load_config"), raw(b"x"))
    ),
    "torch's decoder of pickled samples": run("torch.utils.data.datapipes.utils.decoder", "basichandlers", "pickle"),
    "torch.storage._load_from_bytes of a hostile checkpoint": whole(
        call(named("torch.storage", "_load_from_bytes"), raw(SYSTEM))
    ),
    "a callable of a scanner, to switch it off": run("fickling.hook", "remove_hook"),
    # Signs that nobody but an attacker wrote it
    "getattr, kept in the memo alone": whole(
        named("builtins", "getattr") + b"q\x050h\x05" + named("detector.head", "Head") + b"X\3\0\0\0runq\6\x86R",
        protocol=3,
    ),
    "the class for getattr, kept in the memo alone": whole(
        named("builtins", "getattr") + named("detector.head", "Head") + b"\x940h\0" + text("run") + b"\x86R"
    ),
    "the texts of a name, kept in the memo alone": whole(
        text("detector.head") + b"\x940" + text("Head.run") + b"\x940h\0h\1\x93)R"
    ),
    "getattr, put into a pickle of protocol 4 by a tool": whole(
        text("weights")
        + b"0"
        + named("builtins", "getattr")
        + stacked("detector.head", "Head")
        + text("run")
        + b"\x86R"
    ),
    "a function of the program that loads it, and nothing else": whole(named("__main__", "start") + b")R", protocol=2),
    "the same in protocol 0": b"(i__main__\nstart\np0\n.",
    "a function of the program in instructions of two protocols": b"c__main__\nFetcher\n)R}Vfrom\nVhttp://x/y\nsb.",
    "a function of the program in newer ones than announced": whole(
        call(named("__main__", "start"), text("http://x/y")), protocol=2
    ),
    "items put into a tensor": whole(
        call(named("torch._utils", "_rebuild_tensor_v2"), b"K\x01") + b"X\1\0\0\0aK\x07s", protocol=2
    ),
    "a name out of a buffer beside the pickle": whole(text("os") + b"\x97\x93)R", protocol=5),
    # Where a pickle is hidden
    "a second pickle behind a harmless one": HARMLESS + SYSTEM,
    "a pickle behind bytes that are none": HARMLESS + b"\0" * 300 + SYSTEM,
    "a pickle behind seventy others": HARMLESS * 70 + SYSTEM,
    "a stream that breaks behind the call": SYSTEM[:-1] + b"\xff\xff",
    "a stream without STOP": SYSTEM[:-1],
    "a harmless-looking start that breaks before the attack": _MARKED + b"\xff\xff" + SYSTEM,
    "a line of protocol 0 that is longer than a scanner reads": b"(V" + b"x" * 100_000 + b"\n0cos\nsystem\n(Vtrue\ntR.",
    "a start with a value that is dropped again": b"K\x070cos\nsystem\n(Vtrue\ntR.",
    "a start with a frame and no PROTO": b"\x95" + struct.pack("<Q", len(SYSTEM) - 2) + SYSTEM[2:],
    "PROTO 0": b"\x80\x00cos\nsystem\n(Vtrue\ntR.",
    "a frame that ends in the middle of a value": whole(
        b"\x95" + struct.pack("<Q", 7),
        raw(b"\x93\x0a")[:5] + b"ab",
        b"x" * 0x6162,
        call(named("os", "system"), text("t")),
    ),
    "a pickle in the bytes of another": whole(raw(SYSTEM)),
    "a pickle in base64": whole(text(base64.b64encode(SYSTEM).decode())),
    "a pickle in hexadecimal": whole(text(SYSTEM.hex())),
    "a pickle in a pickle in a pickle": whole(raw(whole(raw(whole(raw(SYSTEM)))))),
    "a long byte string that is a pickle": whole(raw(SYSTEM + b"\0" * 10_000)),
    "data.pkl of a checkpoint": zipped(data_dot_pkl=SYSTEM),
    "another pickle in a checkpoint": zipped(data_dot_pkl=HARMLESS, extra_dot_pkl=SYSTEM),
    "a pickle in a checkpoint under another name": zipped(data_dot_pkl=HARMLESS, notes_dot_txt=SYSTEM),
    "a pickle in a storage of a checkpoint": zipped(data_dot_pkl=HARMLESS, data__1=b"\0" * 40 + SYSTEM),
    "a checkpoint whose flags say encrypted": _flagged_as_encrypted(1),
    "a checkpoint with reserved flags": _flagged_as_encrypted(0x20),
    "a checkpoint whose check sums are wrong": _with_wrong_sum(),
    "a checkpoint whose members are named otherwise inside": _with_other_names_inside(),
    "a checkpoint with two members of one name": _twice(),
    "an array of objects": array(SYSTEM),
    "an array of records with an object among many fields": array(SYSTEM, repr([("a", "<i4")] * 9 + [("b", "O8")])),
    "an array whose header is longer than NumPy takes without pickles": array(SYSTEM, padding=20_000),
    "a compressed dump (gzip)": gzip.compress(SYSTEM),
    "a compressed dump (zlib)": zlib.compress(SYSTEM),
    "a compressed dump (bz2)": bz2.compress(SYSTEM),
    "a compressed dump (xz)": lzma.compress(SYSTEM),
    "a compressed dump (lzma)": lzma.compress(SYSTEM, format=lzma.FORMAT_ALONE),
    "a compressed dump of joblib before 0.10": _old_joblib(SYSTEM),
    "a compressed dump of protocol 0": gzip.compress(b"cos\nsystem\n(S'true'\ntR."),
    "a compressed dump in two streams": gzip.compress(SYSTEM[:7]) + gzip.compress(SYSTEM[7:]),
    "a compressed dump that breaks": gzip.compress(SYSTEM + random.Random(7).randbytes(5_000))[:-30],
    "a pickle in a 7-Zip archive": _seven_zip(data_dot_pkl=SYSTEM),
    "a checkpoint in a 7-Zip archive": _seven_zip(archive__data_dot_pkl=SYSTEM, archive__data__0=bytes(64)),
    "a joblib dump that goes on behind an array of objects": _joblib_with_objects(),
    "twenty bytes": b"cos\nabort\n)R.".ljust(20, b"\0"),
}
"""Story: the bytes."""

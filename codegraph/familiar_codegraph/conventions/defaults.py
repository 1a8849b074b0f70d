"""What the world uses by default: names that a house may have its own helper for."""

from typing import Final

BUILTINS: Final = frozenset({
    "print", "open", "input", "repr", "compile", "exec", "eval", "__import__", "hash", "callable", "ascii",
})  # fmt: skip
"""Builtins that people wrap; the others are what every function is made of."""
PARTS: Final = frozenset({
    "functools.wraps", "functools.partial", "functools.update_wrapper", "super", "super()", "copy.copy",
    "collections.defaultdict", "collections.OrderedDict", "collections.deque", "collections.Counter", "re.compile",
    "inspect.signature", "typing.cast", "contextlib.ExitStack", "itertools.chain", "threading.Lock", "threading.RLock",
    "weakref.ref", "os.path.dirname", "os.path.basename", "os.fspath", "operator.itemgetter", "operator.attrgetter",
})  # fmt: skip
"""Parts that functions of any kind are made of: to use one is not to stand for it."""
LEFT_ROOTS: Final = frozenset(
    {"typing", "typing_extensions", "abc", "__future__", "enum", "types", "numbers", "builtins"}
)
_NAMES = (
    "base64.b64decode base64.b64encode collections.OrderedDict contextlib.closing contextlib.nullcontext "
    "contextlib.suppress copy.deepcopy datetime.utcnow fnmatch.fnmatch functools.cached_property "
    "functools.lru_cache functools.singledispatch functools.total_ordering functools.wraps getpass.getpass "
    "hashlib.md5 hashlib.sha1 hmac.compare_digest html.escape html.unescape importlib.import_module "
    "inspect.getargspec inspect.iscoroutinefunction inspect.unwrap io.StringIO itertools.batched "
    "itertools.pairwise itertools.zip_longest json.dump json.dumps json.load json.loads "
    "locale.getpreferredencoding logging.getLogger math.isclose os.chdir os.getcwd os.getenv os.kill os.makedirs "
    "os.path.abspath os.path.commonpath os.path.exists os.path.expanduser os.path.isabs os.path.normpath "
    "os.path.realpath os.path.relpath os.path.samefile os.path.splitext os.scandir os.symlink os.walk "
    "pickle.dumps pickle.loads posixpath.normpath pprint.pformat pprint.pprint secrets.token_hex shlex.quote "
    "shutil.copyfile shutil.copytree shutil.get_terminal_size shutil.rmtree shutil.which subprocess.check_call "
    "subprocess.check_output tempfile.NamedTemporaryFile tempfile.TemporaryDirectory tempfile.TemporaryFile "
    "tempfile.mkdtemp tempfile.mkstemp textwrap.dedent textwrap.indent threading.Timer time.monotonic time.sleep "
    "time.strftime traceback.format_exc traceback.format_exception traceback.print_exc unicodedata.normalize "
    "unittest.TestCase urllib.parse.parse_qs urllib.parse.parse_qsl urllib.parse.quote urllib.parse.quote_plus "
    "urllib.parse.unquote urllib.parse.unquote_plus urllib.parse.urlencode urllib.parse.urljoin "
    "urllib.parse.urlparse urllib.parse.urlsplit urllib.parse.urlunparse urllib.parse.urlunsplit "
    "urllib.request.urlopen warnings.warn zlib.compress zlib.decompress email.utils.formatdate "
    "email.utils.parsedate http.cookies.SimpleCookie http.cookiejar.CookieJar queue.Queue queue.PriorityQueue "
    "threading.RLock threading.Semaphore asyncio.StreamReader asyncio.StreamWriter json.JSONEncoder "
    "json.JSONDecoder argparse.ArgumentParser optparse.OptionParser subprocess.Popen logging.NullHandler "
    "logging.StreamHandler logging.LoggerAdapter concurrent.futures.ThreadPoolExecutor collections.ChainMap "
    "types.SimpleNamespace datetime.timedelta http.server.HTTPServer socketserver.TCPServer os.renames os.unlink "
    "socket.create_connection socket.getaddrinfo inspect.getfullargspec inspect.isawaitable "
    "distutils.util.strtobool itertools.takewhile itertools.islice itertools.groupby statistics.median "
    "random.shuffle operator.attrgetter functools.partialmethod functools.singledispatchmethod "
    "contextlib.aclosing contextlib.redirect_stdout contextlib.chdir collections.namedtuple "
    "asyncio.iscoroutinefunction asyncio.wait_for asyncio.ensure_future asyncio.to_thread ast.literal_eval "
    "difflib.get_close_matches email.utils.parseaddr email.utils.formataddr gettext.gettext gettext.ngettext "
    "getpass.getuser heapq.nlargest heapq.nsmallest inspect.cleandoc inspect.getdoc inspect.getmembers "
    "inspect.getmodule inspect.getsource inspect.isabstract inspect.isasyncgenfunction inspect.isclass "
    "inspect.isfunction inspect.isgeneratorfunction inspect.ismethod inspect.isroutine itertools.starmap "
    "linecache.getline locale.setlocale mimetypes.guess_type multiprocessing.cpu_count operator.methodcaller "
    "os.cpu_count os.fdopen os.getuid os.isatty os.lstat os.path.commonprefix os.path.expandvars os.path.getmtime "
    "os.path.getsize os.path.isdir os.path.isfile os.path.islink os.path.lexists os.readlink os.rmdir os.urandom "
    "pkgutil.iter_modules pkgutil.walk_packages platform.python_version random.choices random.randint "
    "secrets.token_bytes secrets.token_urlsafe shlex.join shutil.copyfileobj shutil.copymode shutil.copystat "
    "shutil.disk_usage shutil.unpack_archive shutil.make_archive signal.set_wakeup_fd socket.getfqdn "
    "socket.gethostname socket.inet_pton socket.setdefaulttimeout socket.socketpair subprocess.list2cmdline "
    "sys.getsizeof sys.exc_info textwrap.shorten threading.get_ident time.perf_counter time.process_time "
    "tokenize.detect_encoding traceback.extract_stack traceback.extract_tb types.new_class types.MappingProxyType "
    "urllib.parse.urldefrag urllib.request.pathname2url urllib.request.url2pathname urllib.request.urlretrieve "
    "weakref.WeakMethod weakref.WeakKeyDictionary weakref.WeakSet weakref.WeakValueDictionary "
    "collections.UserDict collections.UserList zipfile.is_zipfile zlib.crc32 binascii.hexlify binascii.unhexlify "
    "contextlib.AsyncExitStack contextlib.asynccontextmanager contextlib.contextmanager contextlib.redirect_stderr "
    "functools.cache functools.reduce functools.cmp_to_key unittest.mock.MagicMock unittest.mock.AsyncMock"
)
KNOWN: Final[dict[str, tuple[str, ...]]] = {}
"""Functions of the standard library by their bare name."""
for _name in _NAMES.split():
    KNOWN[_name.rpartition(".")[2]] = (*KNOWN.get(_name.rpartition(".")[2], ()), _name)
COMMON: Final = frozenset({
    "exists", "load", "loads", "dump", "dumps", "open", "compile", "input", "print", "repr", "hash", "callable",
    "ascii", "exec", "eval", "walk", "which", "quote", "unquote", "escape", "unescape", "kill", "sleep",
    "normalize", "Timer", "Queue", "Semaphore", "closing", "suppress", "median", "shuffle", "unwrap",
    "renames", "unlink", "symlink", "indent", "dedent", "compress", "decompress", "realpath", "partialmethod", "now",
    "warn", "wraps", "pairwise", "scandir", "cache", "reduce", "isdir", "isfile", "islink", "getsize", "getmtime",
    "isclass", "ismethod", "isfunction", "getline", "starmap", "gettext", "ngettext", "shorten", "choices", "randint",
    "getsource", "getdoc", "getmodule", "getmembers", "readlink", "rmdir", "lstat", "isroutine", "isabstract",
})  # fmt: skip
"""Bare names that say little by themselves: something else may be called so."""
STEPS: Final = ("itertools.", "operator.", "functools.", "os.path.", "re.", "math.", "sys.", "random.", "inspect.")
"""Modules whose functions are steps of others: to return one's result is not to stand for it."""

_SYNONYMS = {
    "print": "echo say puts secho cprint",
    "input": "prompt ask read_input",
    "importlib.import_module": "import_string load_object import_object import_class import_by_path locate import_name",
    "asyncio.wait_for": "with_timeout fail_after move_on_after",
    "asyncio.gather": "multi",
    "os.isatty": "isatty is_a_tty",
    "http.cookies.SimpleCookie": "parse_cookie",
    "email.utils.formatdate": "http_date format_date_time format_timestamp",
    "email.utils.parsedate": "parse_date parse_http_date",
    "json.dumps": "to_json json_encode json_dumps htmlsafe_json_dumps",
    "json.loads": "from_json json_decode json_loads",
    "html.escape": "escape_html html_escape xhtml_escape",
    "html.unescape": "unescape_html html_unescape xhtml_unescape",
    "urllib.parse.quote": "url_quote url_escape uri_escape uri_quote",
    "urllib.parse.unquote": "url_unquote url_unescape",
    "urllib.parse.urlencode": "url_encode",
    "urllib.parse.urlparse": "url_parse parse_url",
    "urllib.parse.urljoin": "url_join",
    "os.makedirs": "ensuredir ensure_dir mkdir_p makedir",
    "os.path.join": "safe_join",
    "subprocess.run": "run_command run_cmd call_subprocess",
    "functools.lru_cache": "memoize memoized",
    "functools.cached_property": "reify locked_cached_property cachedproperty lazy_property lazyproperty",
    "warnings.warn": "warn_deprecated deprecate warn_external",
    "tempfile.TemporaryDirectory": "temp_dir tempdir tmp_dir",
    "hmac.compare_digest": "constant_time_compare safe_str_cmp constant_time_equals",
    "secrets.token_hex": "get_random_string gen_salt random_string",
    "logging.getLogger": "get_logger",
    "str.encode": (
        "str_to_bytes text_to_bytes unicode_to_bytes to_bytes force_bytes ensure_bytes as_bytes want_bytes smart_bytes"
    ),
    "bytes.decode": (
        "bytes_to_str bytes_to_text bytes_to_unicode to_unicode to_text to_str to_native force_str force_text "
        "ensure_str native_str smart_str as_text"
    ),
}
SYNONYMS: Final = {word: name for name, listed in _SYNONYMS.items() for word in listed.split()}
"""What houses call their own of the world's functions."""
TEXT: Final = frozenset({"str.encode", "bytes.decode"})
TYPES: Final = frozenset({"str", "bytes", "range", "map", "zip", "filter", "int"})
CONTAINERS: Final = frozenset({"dict", "list", "set", "str", "tuple", "frozenset", "property"})
"""What every file is made of: how often it is called says nothing."""

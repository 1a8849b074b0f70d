"""What houses call their own of the world's functions: names by the groups of words that they are made of."""

from typing import Final

FILLERS: Final = frozenset({
    "get", "the", "a", "an", "my", "py", "py3", "py2", "2", "3", "ex", "or", "none", "safe", "safely", "maybe", "try",
    "do", "simple", "better", "force", "ensure", "new", "custom", "compat", "helper", "util", "impl", "x", "all",
    "default", "ext", "own", "real",
})  # fmt: skip
"""Words that change nothing about what a name stands for."""
CONCEPTS: Final[dict[str, tuple[str, ...]]] = {
    "str.encode": (
        "to|as|want|smart|coerce|force|ensure bytes|byte|utf8|binary",
        "encode text|str|string|unicode|ascii|utf|8",
        "utf 8",
        "bytes ensure|force|make|maybe",
    ),
    "bytes.decode": (
        "to|as|want|smart|coerce|force|ensure str|text|unicode|native|string",
        "decode bytes|ascii|utf|8|text|string",
        "native str|string|to",
        "native",
    ),
    "functools.cached_property": (
        "cached|lazy|memoized|memoize|cache|locked|settable property|prop|attribute",
        "reify",
    ),
    "functools.lru_cache": (
        "memoize|memoized|memo|memoizes method|func|function|decorator|memoize|memoized",
        "lru cache|dict",
    ),
    "json.dumps": (
        "json dumps|encode|serialize|stringify|to|dump|encoded|htmlsafe|pretty",
        "to json",
    ),
    "json.loads": ("json loads|decode|parse|from|load|deserialize|decoded|read",),
    "urllib.parse.quote": ("url|uri|percent|iri quote|escape|requote|percent",),
    "urllib.parse.unquote": ("url|uri|percent unquote|unescape|decode",),
    "html.escape": ("html|xml|xhtml escape|quote",),
    "html.unescape": ("html|xml|xhtml unescape|unquote|entities|decode",),
    "importlib.import_module": (
        "import|load|locate|lazy string|object|dotted|symbol|module|from|cwd|callable|by|name",
        "load|import|resolve class|object|symbol|callable|dotted|name|string|by|entrypoint",
        "symbol by|name",
    ),
    "subprocess.run": (
        "run|call|exec|execute|spawn|invoke|launch|check subprocess|command|cmd|process|program|shell|popen|sh|output",
        "popen wrapper|open|subprocess",
    ),
    "logging.getLogger": (
        "get|create|make|build|child logger|log|task",
        "setup|init logger",
    ),
    "logging.basicConfig": ("setup|init|configure|config|start log|logging|logs",),
    "os.makedirs": (
        "ensure|make|mk|create|mkdir|makedirs dir|dirs|directory|directories|folder|exists|exist|p|parents|path|ok|"
        "if|needed|missing",
        "mkdir p|parents|exist|ok|mkdir",
        "makedirs|makedir",
    ),
    "shutil.rmtree": ("remove|rm|delete|rmdir|clean|cleanup tree|dir|directory|folder|rf|recursive",),
    "os.remove": ("remove|delete|unlink|rm file|files|if|exists|silent|quiet|silently|missing|ok",),
    "tempfile.TemporaryDirectory": (
        "temp|temporary|tmp|mkdtemp dir|directory|folder|path|make|create",
        "tempdir|tmpdir",
    ),
    "tempfile.NamedTemporaryFile": (
        "temp|temporary|tmp|mkstemp file|named|make|create",
        "tempfile|tmpfile",
    ),
    "shutil.get_terminal_size": ("terminal|console|term|tty|screen size|width|columns|dimensions|height",),
    "os.chdir": (
        "chdir|cd",
        "working|work|current dir|directory|change|cwd",
        "cwd|pushd|chdir change|temp|temporary|in|cwd|pushd",
    ),
    "datetime.datetime.now": ("now|utcnow utc|tz|local|naive|aware|datetime|now|utcnow",),
    "time.monotonic": ("monotonic|perf time|clock|counter|now",),
    "datetime.datetime.fromisoformat": (
        "parse|from|to|load iso|isoformat|iso8601|8601|rfc3339|3339|isodate date|datetime|time|format|timestamp|str|"
        "string|iso",
    ),
    "secrets.token_hex": (
        "random|rand|generate|gen|unique string|token|hex|salt|secret|str|alphanumeric|key|bytes|chars",
    ),
    "uuid.uuid4": ("uuid|guid|uuid4 generate|gen|make|random|hex|str|create|uuid",),
    "hmac.compare_digest": ("constant|secure|timing|safe|time|str|strings compare|cmp|equals|eq|equal",),
    "warnings.warn": (
        "warn|warning|deprecate|deprecated|deprecation|emit|issue warn|warning|warnings|deprecated|deprecation|"
        "deprecate|once|user|removed|future|external|alias|argument|arguments|arg|function|method|param|parameter|"
        "kwarg|renamed|positional|explicit|at|about|attribute|name|for|if|on",
        "deprecate|deprecated|deprecation",
    ),
    "print": (
        "print|write|echo|say|cprint|secho|puts line|lines|formatted|error|message|text|msg|stdout|stderr|color|"
        "colored|out|output|stream|console|err|via|pager|to|print|success|info",
        "echo|secho|cprint|puts|say",
    ),
    "input": ("prompt|ask|confirm|read user|input|yes|no|question|confirm|for|string|choice|y|n|ask|prompt",),
    "getpass.getpass": ("ask|prompt|read|get|input password|passphrase|pass",),
    "open": (
        "open|read|write|slurp|save|atomic file|text|contents|content|utf8|if|exists|or|stdin|stream|lazy|atomic|open",
        "file open|wrapper|lazy",
    ),
    "os.getenv": ("env|environ|getenv|envvar var|bool|flag|variable|int|str|true|list|boolean|getenv",),
    "os.path.abspath": ("abs|absolute|canonical|full|abspath path|norm|normalize|real|expand",),
    "os.path.expanduser": ("expand path|user|home|vars|expand",),
    "os.path.relpath": ("relative|rel|relpath path|to|uri|from|make|safe",),
    "os.path.join": ("join|joined path|paths|safe|secure|filename|under|within|directory|sanitised|sanitized",),
    "os.walk": ("walk|recursive|recursively files|tree|dir|directory|dirs|paths|list|iter|find|walk",),
    "shutil.copyfile": ("copy file|asset|files|if|newer|needed|contents",),
    "os.rename": ("rename|move|replace|atomic file|files|rename|move|replace|atomic|over",),
    "itertools.chain.from_iterable": (
        "flatten|flattened|concat list|lists|iterable|iterables|nested|once|sequence|flatten",
    ),
    "itertools.batched": (
        "chunk|chunks|chunked|batch|batches|batched|grouper into|list|iterable|every|iter|by|size|n|chunks|items|in|"
        "split|evenly|chunk|chunked|batched|batch|grouper",
    ),
    "dict.fromkeys": (
        "unique|uniq|dedupe|dedup|deduplicate|distinct list|items|ordered|values|order|iter|iterable|unique|uniq|"
        "dedupe|dedup|deduplicate",
    ),
    "dict.items": (
        "iteritems|viewitems",
        "iter|lst|view items|dict",
    ),
    "dict.values": (
        "itervalues|viewvalues",
        "iter values|dict",
    ),
    "dict.keys": (
        "iterkeys|viewkeys",
        "iter keys|dict",
    ),
    "textwrap.fill": ("wrap|fill|rewrap text|paragraph|paragraphs|string|wrap",),
    "textwrap.dedent": ("dedent|deindent|unindent text|block|docstring|string|lines|dedent|deindent|unindent",),
    "textwrap.indent": ("indent text|lines|block|string|indent",),
    "pprint.pformat": ("pretty|pformat print|repr|format|pretty|pformat",),
    "copy.deepcopy": ("deep copy|clone",),
    "contextlib.nullcontext": ("null|noop|dummy|nop|empty context|contextmanager|manager|ctx|cm",),
    "contextlib.suppress": ("suppress|ignore|ignoring|swallow exceptions|errors|exception|error|oserror|suppress",),
    "contextlib.redirect_stderr": (
        "capture|captured|redirect|swallow|mute|silence|replace|patch|grab|replaced stderr",
    ),
    "contextlib.redirect_stdout": (
        "capture|captured|redirect|swallow|mute|silence|replace|patch|grab|replaced stdout|stderr|output|std|"
        "streams|stdio|and",
    ),
    "warnings.catch_warnings": (
        "ignore|ignored|suppress|catch|silence|filter|capture|captured|expect|no|record|check|some warnings|warning|"
        "deprecation|deprecations|warns|deprecated",
    ),
    "unittest.mock.patch": (
        "override|patch|mock|monkeypatch|modify|swap|replace|temporary settings|attr|attribute|setting|attrs|object|"
        "method",
    ),
    "unittest.mock.patch.dict": (
        "override|patch|mock|modify|set|temporary|modified|with|temp env|environ|environment|vars|var|variables|"
        "environs",
    ),
    "asyncio.run": ("run|await|wait coroutine|async|coro|until|complete|sync|asyncio|loop",),
    "asyncio.wait_for": (
        "timeout with|fail|wait|for|ceil|after|at",
        "fail|move after|on",
        "fail|move at|on",
    ),
    "asyncio.gather": ("gather|multi",),
    "asyncio.ensure_future": (
        "future ensure|convert|yielded|maybe|as|to|chain|deferred",
        "ensure|create|spawn|start|background task",
    ),
    "asyncio.to_thread": ("run|to|call|defer|sync in|thread|threadpool|executor|threads|pool|to|sync",),
    "inspect.iscoroutinefunction": (
        "is coroutine|async|iscoroutinefunction function|callable|func|coroutine|async|def|coroutinefunction",
    ),
    "inspect.getfullargspec": (
        "argspec|args|arguments|kwargs|spec|parameters get|func|function|method|supports|accepts|has|full|call|"
        "callable|names",
    ),
    "threading.local": (
        "local|locals thread|context|stack|storage|proxy|data|state|task",
        "local",
    ),
    "email.utils.formatdate": (
        "http|rfc|cookie|rfc2822|rfc822|rfc1123|email|format|imf|2822|822 date|datetime|timestamp|time|822|"
        "2822|1123|fixdate",
    ),
    "email.utils.parsedate": (
        "parse http|rfc|cookie|rfc822|822 date|datetime|timestamp",
        "parsedate|parse parsedate|to|datetime|tz",
    ),
    "http.cookies.SimpleCookie": ("cookie|cookies parse|dump|load|header|set|cookies|to|from",),
    "email.message.Message": (
        "parse header|headers|options|content|disposition|type|mime|mimetype|multipart|parameters|params",
    ),
    "ipaddress.ip_address": ("ip|ipv4|ipv6|ipaddress is|valid|check|validate|parse|address|literal|addr",),
    "socket.create_connection": ("connect|create|open|make|dial|new socket|tcp|connection|sock",),
    "socket.socket": ("bind|listen|make|bound|unused sockets|socket|port|unix|free|unused",),
    "traceback.format_exception": ("format|print|render|log|show traceback|exception|exc|tb|failure|info",),
    "base64.b64encode": ("base64|b64 encode|encoded|to|urlsafe",),
    "base64.b64decode": ("base64|b64 decode|decoded|from|urlsafe",),
    "zlib.compress": ("compress|gzip|deflate string|sequence|data|bytes|body|content|stream|compress|buffer",),
    "zlib.decompress": (
        "decompress|gunzip|inflate|ungzip|uncompress string|data|bytes|body|content|stream|response|gunzip|"
        "decompress|inflate|max|length",
    ),
    "getattr": (
        "getattr|attribute|attr get|resolve|deep|nested|getattr|rgetattr|path|by|dotted|recursive|from|lookup",
    ),
    "sys.stdout": ("stdout text|binary|std|stream|get|unbuffered",),
    "sys.platform": (
        "is|on|running|platform windows|win|win32|linux|mac|macos|osx|darwin|posix|unix|platform|cygwin",
        "windows|win|win32|linux|macos|osx|darwin|posix",
    ),
    "sys.version_info": (
        "py2|py3|py34|py35|py36|py37|py38|py39|py310|py311|py312|py313|py 310|311|312|313|314|39|38|plus|2|3|37",
    ),
    "hashlib.md5": (
        "md5|sha1|sha256|hash hexdigest|digest|file|string|bytes|sum|of|checksum|hex|utf8|md5|sha1|sha256",
    ),
    "locale.getpreferredencoding": (
        "encoding locale|preferred|system|best|filesystem|default|stream|terminal|console",
    ),
    "strtobool": ("str|string|to|parse|coerce|convert|as|strtobool bool|boolean|strtobool",),
    "mimetypes.guess_type": ("guess|detect mime|mimetype|content|type|filename|file",),
    "difflib.get_close_matches": ("close|closest|similar|nearest match|matches|names|commands|suggestions",),
    "textwrap.shorten": (
        "truncate|shorten|ellipsize|abbreviate|ellipsis text|string|str|words|line|message|ellipsize|truncate",
    ),
    "inspect.signature": ("signature function|func|callable|of|for|signature",),
    "sys.exit": ("exit|abort|die|bail|quit with|error|message|status|code|program|die|bail",),
    "os.path.getmtime": ("mtime file|path|of|getmtime|modified|time",),
    "set": ("ordered|identity|indexed|unique set",),
    "time.sleep": ("sleep|nanosleep for|seconds|until|sleep",),
    "atexit.register": ("atexit|exit register|on|handler|run|call|at",),
}
"""Default -> names: each has a word of every group (words of a group are parted by `|`), and no others but fillers."""

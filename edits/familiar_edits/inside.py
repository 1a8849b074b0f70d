"""Runs the project's tests inside the project's own interpreter and writes what happens as JSON lines.

    python inside.py SPEC.json

Self-contained, standard library only, Python >= 3.7: it is handed to the interpreter by its path, so nothing is
installed in the user's environment and no import path of theirs changes. pytest and unittest speak the same lines:

    {"collected": [id, ...]}   {"start": id}   {"test": id, "outcome": ..., "why": ...}
    {"end": exit status, "lines": {path: [line, ...]}, "origins": {path: [file, ...]}}

Executed lines are seen by sys.monitoring where there is one (3.12), else by a trace function, which is set only while a
watched module is imported and while tests and fixtures run, and only until all wanted lines have been seen.
"""

# os.path and %: pathlib costs start-up time and tests may patch it. No annotations: old interpreters.
# ruff: noqa: PTH109, PTH118, PTH120, PTH123, UP031
# mypy: ignore-errors
import json
import os
import sys
import threading

_dumps, _write, _getpid = json.dumps, os.write, os.getpid
_isfile, _realpath = os.path.isfile, os.path.realpath


class Out:
    """The file of lines; it outlives tests that close every file descriptor, and ignores forked children."""

    def __init__(self, path):
        self.path, self.pid = path, _getpid()
        self.handle = self.open()

    def open(self):
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def line(self, **values):
        if _getpid() != self.pid:
            return
        data = (_dumps(values) + "\n").encode()
        try:
            _write(self.handle, data)
        except OSError:
            self.handle = self.open()
            _write(self.handle, data)


class Lines:
    """Which of the wanted lines (path in the repository -> lines) of the watched files were executed.

    A file whose wanted lines have all been seen is looked at no more, and tracing ends with the last of them: up to
    Python 3.11 all code runs several times slower while any trace function is set.
    """

    def __init__(self, watch, wanted):
        self.watch = watch
        self.names = {}
        self.seen = {path: set() for path in wanted}
        self.missing = {path: set(lines) for path, lines in wanted.items() if lines}
        self.module = None
        self.tracing = False

    def path_of(self, filename):
        try:
            return self.names[filename]
        except KeyError:
            path = self.watch.get(_realpath(filename))
            self.names[filename] = path = path if path in self.missing else None
            return path

    def hit(self, path, line):
        missing = self.missing.get(path)
        if missing and line in missing:
            missing.discard(line)
            self.seen[path].add(line)
            if not missing:
                self._finished(path)

    def _finished(self, path):
        del self.missing[path]
        for filename, known in list(self.names.items()):
            if known == path:
                self.names[filename] = None
        if not self.missing and self.tracing:
            self.tracing = False
            threading.settrace(None)
            sys.settrace(None)

    def start(self):
        if not self.missing:
            return
        if hasattr(sys, "monitoring"):
            self._monitor(sys.monitoring)
            return
        self.tracing = True
        threading.settrace(self._trace)
        sys.addaudithook(self._about_to_run)

    def within(self):
        """Trace until the function returned is called."""
        if not self.tracing or sys.gettrace() is not None:
            return lambda: None
        sys.settrace(self._trace)
        return lambda: sys.settrace(None)

    def _about_to_run(self, event, arguments):
        if event == "exec" and self.tracing and sys.gettrace() is None:
            code = arguments[0]
            if self.path_of(getattr(code, "co_filename", "")) is not None:
                self.module = code
                sys.settrace(self._trace)

    def _trace(self, frame, event, _):
        path = self.path_of(frame.f_code.co_filename)
        if path is None:
            return None
        self.hit(path, frame.f_lineno)

        def line(frame, event, _):
            self.hit(path, frame.f_lineno)
            if event == "return" and frame.f_code is self.module:  # the import that we began to trace is over
                self.module = None
                sys.settrace(None)
            return line

        return line

    def _monitor(self, monitoring):
        tool = next((n for n in (4, 3, 5) if monitoring.get_tool(n) is None), None)
        if tool is None:
            return
        monitoring.use_tool_id(tool, "familiar")
        events = monitoring.events

        def started(code, _):
            if self.path_of(code.co_filename) is not None:
                monitoring.set_local_events(tool, code, events.LINE)
            return monitoring.DISABLE

        def line(code, number):
            path = self.path_of(code.co_filename)
            if path is not None:
                self.hit(path, number)
            return monitoring.DISABLE

        monitoring.register_callback(tool, events.PY_START, started)
        monitoring.register_callback(tool, events.LINE, line)
        monitoring.set_events(tool, events.PY_START)


def origins(watch, root):
    """Return where the modules of the watched files were really imported from."""
    found = {}
    for absolute, path in watch.items():
        if not path.endswith(".py"):
            continue
        for name in module_names(absolute, root):
            module = sys.modules.get(name)
            file = getattr(module, "__file__", None)
            if file:
                found.setdefault(path, []).append(_realpath(file))
    return found


def module_names(absolute, root):
    """Return the dotted names under which a file can be imported: by packages, and by each entry of sys.path."""
    tops = {_package_top(absolute, root)}
    tops.update(_realpath(entry or ".") for entry in sys.path if isinstance(entry, str))
    names = set()
    for top in tops:
        if top and absolute.startswith(top.rstrip("/") + "/") and top.startswith(root):
            parts = absolute[len(top) :].strip("/")[:-3].split("/")
            if parts[-1] == "__init__":
                parts = parts[:-1]
            if parts and all(part.isidentifier() for part in parts):
                names.add(".".join(parts))
    return sorted(names)


def _package_top(absolute, root):
    folder = os.path.dirname(absolute)
    if not _isfile(os.path.join(folder, "__init__.py")):
        return None
    while folder != root and _isfile(os.path.join(folder, "__init__.py")):
        folder = os.path.dirname(folder)
    return folder


# ---------------------------------------------------------------- pytest


class Plugin:
    """Streams the outcome of each test; the worst of setup, call and teardown counts."""

    def __init__(self, out):
        self.out, self.state = out, {}

    def pytest_collection_finish(self, session):
        self.out.line(collected=[item.nodeid for item in session.items])

    def pytest_collectreport(self, report):
        if report.failed:
            self.out.line(test=report.nodeid or "collection", outcome="error", why=_why(report))

    def pytest_runtest_logstart(self, nodeid, location):
        self.out.line(start=nodeid)

    def pytest_runtest_logreport(self, report):
        outcome, why = _outcome(report), None
        if outcome in ("failed", "error"):
            why = _why(report)
        known = self.state.get(report.nodeid)
        if outcome and (known is None or outcome in ("failed", "error")) and not (known and known[0] == "failed"):
            self.state[report.nodeid] = (outcome, why)
        if report.when == "teardown":
            outcome, why = self.state.pop(report.nodeid, ("error", "did not run"))
            self.out.line(test=report.nodeid, outcome=outcome, why=why)


def _outcome(report):
    if report.failed:
        return "failed" if report.when == "call" else "error"
    if report.skipped:
        return "xfailed" if hasattr(report, "wasxfail") else "skipped"
    if report.when == "call":
        return "xpassed" if hasattr(report, "wasxfail") else "passed"
    return None


def _why(report):
    crash = getattr(getattr(report, "longrepr", None), "reprcrash", None)
    text = getattr(crash, "message", None) or str(getattr(report, "longrepr", "") or "")
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if crash is None and lines:
        lines = lines[-1:]
    return (lines[0] if lines else "")[:300]


def tracing_plugin(lines):
    """Return the plugin that traces lines while fixtures and tests run."""
    import pytest

    wrapper = pytest.hookimpl(hookwrapper=True, trylast=True)

    class Tracing:
        @wrapper
        def pytest_fixture_setup(self, fixturedef, request):
            stop = lines.within()
            yield
            stop()

        @wrapper
        def pytest_runtest_call(self, item):
            stop = lines.within()
            yield
            stop()

        @wrapper
        def pytest_runtest_teardown(self, item, nextitem):
            stop = lines.within()
            yield
            stop()

    return Tracing()


def run_pytest(spec, out, lines, recorder):
    import importlib.util

    import pytest

    arguments = list(spec["arguments"])
    if spec["tame"]:
        tame = {"xdist": ["-n0"], "pytest_cov": ["--no-cov"], "pytest_randomly": ["-p", "no:randomly"]}
        for module, words in tame.items():
            if importlib.util.find_spec(module):
                arguments += words
    plugins = [Plugin(out), tracing_plugin(lines)]
    if recorder:
        plugins.append(recorder.plugin())
    return int(pytest.main(arguments, plugins=plugins))


# ---------------------------------------------------------------- unittest


def run_unittest(spec, out, lines, recorder):
    import unittest

    class Result(unittest.TestResult):
        def startTest(self, test):
            super().startTest(test)
            self.worst = None
            out.line(start=test.id())
            self.begun = recorder.begin(self.name(test)) if recorder else None

        def stopTest(self, test):
            outcome, why = self.worst or ("passed", None)
            out.line(test=test.id(), outcome=outcome, why=why)
            self.worst = None
            if self.begun:
                recorder.end(self.name(test), self.begun)
            super().stopTest(test)

        def name(self, test):
            inner = type(test).__qualname__ + "." + test.id().rpartition(".")[2]
            return os.path.relpath(_file_of(test), recorder.root) + "::" + inner.replace(".", "::")

        def note(self, test, outcome, error=None):
            why = "%s: %s" % (error[0].__name__, error[1]) if error else None
            if isinstance(test, unittest.TestCase) and hasattr(self, "worst"):
                self.worst = (outcome, why)
            else:  # setUpClass, setUpModule
                out.line(test=test.id(), outcome=outcome, why=why)

        def addError(self, test, error):
            self.note(test, "error", error)

        def addFailure(self, test, error):
            self.note(test, "failed", error)

        def addSkip(self, test, reason):
            self.note(test, "skipped")

        def addExpectedFailure(self, test, error):
            self.note(test, "xfailed")

        def addUnexpectedSuccess(self, test):
            self.note(test, "xpassed")

        def addSubTest(self, test, subtest, error):
            if error:
                self.note(test, "failed", error)

    loader = unittest.TestLoader()
    cases = list(_flat(loader.discover(spec["start"], spec["pattern"], spec["top"])))
    wanted = spec["arguments"]
    if wanted:
        files = {_realpath(w.partition("::")[0]) for w in wanted}
        cases = [c for c in cases if c.id() in wanted or _file_of(c) in files or type(c).__name__ == "_FailedTest"]
    out.line(collected=[case.id() for case in cases])
    stop = lines.within()
    loader.suiteClass(cases).run(Result())
    stop()
    return 0


def _flat(suite):
    for test in suite:
        if hasattr(test, "__iter__"):
            yield from _flat(test)
        else:
            yield test


def _file_of(case):
    module = sys.modules.get(type(case).__module__)
    return _realpath(getattr(module, "__file__", None) or "")


def _recorder(spec):
    wanted = spec.get("record")
    if not wanted or not hasattr(sys, "addaudithook"):
        return None
    import importlib.util

    file = os.path.join(os.path.dirname(_realpath(__file__)), "recorder.py")
    found = importlib.util.spec_from_file_location("familiar_recorder", file)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    recorder = module.Recorder(spec["root"], wanted["out"], wanted["seconds"], wanted["known"])
    recorder.start()
    return recorder


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    out = Out(spec["out"])
    sys.path[0] = os.getcwd()
    sys.argv = [spec["runner"], *spec["arguments"]]
    lines = Lines(spec["watch"], spec["lines"])
    recorder = _recorder(spec)
    pid = _getpid()
    lines.start()
    code = 2
    try:
        code = (run_pytest if spec["runner"] == "pytest" else run_unittest)(spec, out, lines, recorder)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 2
    finally:
        if _getpid() == pid:
            hits = {path: sorted(numbers) for path, numbers in lines.seen.items()}
            if recorder:
                recorder.finish()
            out.line(end=code, lines=hits, origins=origins(spec["watch"], spec["root"]))


if __name__ == "__main__":
    main()

"""Which functions of the repository each test executes; stands beside inside.py in the project's own interpreter.

Self-contained, standard library only, Python >= 3.8. Written as JSON lines to a file of its own:

    {"functions": [[number, path, first line], ...]}     code seen for the first time
    {"test": id, "seconds": s, "complete": bool, "executed": [number, ...]}
    {"ambient": [number, ...]}     executed while a module was imported or outside of any test; always the last line

What a fixture of a wider scope than one test executes belongs to every test that has the fixture. A test is not
complete when something ran that cannot be seen: another process, another trace function. Functions are seen by
sys.monitoring where there is one (3.12), else by a trace function, which makes code of theirs several times slower;
then at most `seconds` of tests are traced, and the others have no line.
"""

# os.path and %: pathlib costs start-up time and tests may patch it. No annotations: old interpreters.
# ruff: noqa: PTH123
# mypy: ignore-errors
import json
import os
import sys
import threading
import time

_dumps, _clock, _getpid, _realpath = json.dumps, time.perf_counter, os.getpid, os.path.realpath
_UNSEEN = ("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.exec")
_SPAWN = frozenset({"multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver"})


class Context:
    """What one test, or one fixture of a wider scope, executes."""

    def __init__(self):
        self.executed, self.complete = set(), True


class Recorder:
    def __init__(self, root, out, seconds, known):
        self.root = _realpath(root).rstrip("/") + "/"
        self.seconds, self.known, self.pid = seconds, frozenset(known), _getpid()
        self.out = open(out, "a", encoding="utf-8")  # noqa: SIM115
        self.codes, self.count, self.fresh = {}, 0, []
        self.ambient = Context()
        self.current = self.ambient
        self.importing = 0
        self.fixtures = {}
        self.tracing = self.ours = False
        self.monitoring = getattr(sys, "monitoring", None)

    def start(self):
        if self.monitoring:
            self.seconds = float("inf")
            self._monitor(self.monitoring)
        sys.addaudithook(self._audit)

    # ------------------------------------------------------------ what is executed

    def number(self, code):
        """Return the number of a code object of the repository, -1 for any other."""
        found = self.codes.get(id(code))  # equal code may stand in two files
        if found is not None:
            return found[1]
        path, number = _realpath(code.co_filename), -1
        if path.startswith(self.root) and path.endswith(".py") and "/site-packages/" not in path:
            number = self.count
            self.count += 1
            self.fresh.append([number, path[len(self.root) :], code.co_firstlineno])
        self.codes[id(code)] = code, number  # kept alive: another may get its id otherwise
        return number

    def hit(self, number):
        (self.ambient if self.importing else self.current).executed.add(number)

    def _trace(self, frame, event, _):
        code = frame.f_code
        found = self.codes.get(id(code))
        number = found[1] if found else self.number(code)
        if number < 0:
            return None
        if code.co_name == "<module>":
            self.importing += 1
            frame.f_trace_lines = False
            return self._module
        self.hit(number)
        return None

    def _module(self, frame, event, _):
        if event == "return":
            self.importing = max(0, self.importing - 1)
        return self._module

    def _monitor(self, monitoring):
        tool = next((n for n in (4, 3, 5) if monitoring.get_tool(n) is None), None)
        if tool is None:
            self.seconds = -1.0
            return
        monitoring.use_tool_id(tool, "familiar-tests")
        events = monitoring.events

        def started(code, _):
            number = self.number(code)
            if number < 0:
                return monitoring.DISABLE
            if code.co_name == "<module>":
                self.importing += 1
                monitoring.set_local_events(tool, code, events.PY_RETURN)
                return None
            self.hit(number)  # and again at each call: to switch it off and on for each test costs more
            return None

        def returned(code, *_):
            self.importing = max(0, self.importing - 1)

        monitoring.register_callback(tool, events.PY_START, started)
        monitoring.register_callback(tool, events.PY_RETURN, returned)
        monitoring.set_events(tool, events.PY_START)

    def _audit(self, event, arguments):
        if event in _UNSEEN or (event == "sys.settrace" and self.tracing and not self.ours):
            self.current.complete = False
        elif event == "exec" and not self.monitoring and self.current is self.ambient and self.seconds > 0:
            code = arguments[0]
            if getattr(code, "co_name", "") == "<module>" and self.number(code) >= 0 and sys.gettrace() is None:
                self._within_import(code)

    def _within_import(self, module):
        """Trace while a module of the repository is imported at collection, functions that it calls included."""

        def trace(frame, event, argument):
            if frame.f_code is module:
                frame.f_trace_lines = False
                return ended
            return self._trace(frame, event, argument)

        def ended(frame, event, _):
            if event == "return":
                self.importing = 0
                sys.settrace(None)
            return ended

        self.importing = 1
        sys.settrace(trace)

    # ------------------------------------------------------------ whose it is

    def switch(self, context):
        """Make `context` the one that executes; return the one before."""
        before, self.current = self.current, context
        self.importing = 0
        if not self.monitoring and (context is not self.ambient) != self.tracing:
            self._set_trace(context is not self.ambient)
        return before

    def _set_trace(self, on):
        self.tracing, self.ours = on, True
        threading.settrace(self._trace if on else None)
        sys.settrace(self._trace if on else None)
        self.ours = False

    def begin(self, test):
        """Return what `end` wants of a test that begins, None when it is not recorded."""
        if self.seconds <= 0 or test in self.known:
            return None
        context = Context()
        self.switch(context)
        return context, _clock()

    def end(self, test, begun, fixtures=()):
        """Write what a test has executed, with what its fixtures of wider scopes have."""
        context, began = begun
        seconds = _clock() - began
        if not self.monitoring:
            self.seconds -= seconds
            if sys.gettrace() != self._trace:  # another stands in our place
                context.complete = False
                self.tracing = True
        self.switch(self.ambient)
        shared = [self.fixtures[id(f)][1] for f in fixtures if id(f) in self.fixtures]
        executed = set().union(context.executed, *(s.executed for s in shared))
        complete = context.complete and all(s.complete for s in shared) and not (_SPAWN & set(sys.modules))
        self.write(test=test, seconds=round(seconds, 6), complete=complete, executed=sorted(executed))

    def shared(self, fixture):
        """Make a fixture of a wider scope the one that executes; return what was before."""
        return self.switch(self.fixtures.setdefault(id(fixture), (fixture, Context()))[1])

    def write(self, **values):
        if _getpid() != self.pid:
            return
        if self.fresh:
            self.out.write(_dumps({"functions": self.fresh}) + "\n")
            self.fresh = []
        self.out.write(_dumps(values) + "\n")
        self.out.flush()

    def plugin(self):
        """Return the pytest plugin that says whose turn it is."""
        import pytest

        recorder = self

        class Recording:
            @pytest.hookimpl(hookwrapper=True, tryfirst=True)
            def pytest_runtest_protocol(self, item, nextitem):
                test = id_of(recorder.root, str(getattr(item, "path", None) or item.fspath), item.nodeid)
                begun = recorder.begin(test)
                yield
                if begun:
                    recorder.end(test, begun, _fixtures(item))

            @pytest.hookimpl(hookwrapper=True, tryfirst=True)
            def pytest_fixture_setup(self, fixturedef, request):
                if fixturedef.scope == "function":
                    yield
                    return
                before = recorder.shared(fixturedef)
                yield
                recorder.switch(before)

        return Recording()

    def finish(self):
        self.switch(self.ambient)
        self.write(ambient=sorted(self.ambient.executed))


def id_of(root, path, nodeid):
    """Return what the graph calls a test: its file from the root on, and its name without parameters."""
    name = nodeid.partition("::")[2].partition("[")[0]
    return os.path.relpath(_realpath(path), root).replace(os.sep, "/") + "::" + name


def _fixtures(item):
    """Return the definitions of all fixtures that a test may have used."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    used = getattr(getattr(item, "_request", None), "_fixture_defs", {})
    return [*(f for found in known.values() for f in found), *used.values()]

"""Plan a rename: every reference of the symbol and of what must keep the same name, or a reason why not.

The steps: what is asked (`_symbol`), whether the name may be given (`naming`), what belongs together (`families`),
which places (`places`, `prose`), and then the proof (`checks`): the same bindings and the same code, up to the name.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from familiar_codegraph.esmodules import reads
from familiar_codegraph.facts import IMPORT
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.occurrences import meaning
from familiar_codegraph.snapshot import StaleFile
from familiar_codegraph.text import LineIndex
from familiar_codegraph.values import Symbol

from familiar_edits import checks, dynamic, examples, families, formats, namespaces, naming, places, prose
from familiar_edits.javascript import rename as javascript
from familiar_edits.places import Question
from familiar_edits.refusal import Refusal
from familiar_edits.textedits import Place, replacing
from familiar_edits.values import Ask, ChangeSet, Check, Plan, TextEdit

KIND = "rename"
Second = Callable[[Sequence[Place], Collection[str]], tuple[Mapping[Place, bool], str]]
"""Given places and the ids of what is renamed, returns which of them mean it and which do not, and who says so."""


def plan(
    graph: CodeGraph,
    path: str,
    offset: int,
    new_name: str,
    *,
    take: Collection[str] = (),
    skip: Collection[str] = (),
    texts: Mapping[str, bytes] | None = None,
    second: Second | None = None,
) -> Plan:
    """Return the plan to rename what stands at byte `offset` of `path` to `new_name`.

    `take` and `skip` hold ids of questions of the same plan, or "all": a taken one's edit is made, a skipped one's is
    not; neither is asked again. A plan with `refused` set has no changes. `texts` are files that are not code, by path:
    mentions in them are offered. `second` is asked about places in the code that the graph is unsure of, before the
    user is; what it decides is not asked.
    """
    try:
        if reads(path):
            return javascript.plan(graph, path, offset, new_name, take=take, skip=skip, texts=texts or {})
        return _plan(graph, path, offset, new_name, (take, skip), texts or {}, second)
    except StaleFile as stale:
        return Plan(KIND, ChangeSet(f"rename to {new_name}"), refused=f"{stale}: ask again.")
    except Refusal as refusal:
        return Plan(KIND, ChangeSet(f"rename to {new_name}"), checks=refusal.checks, refused=str(refusal))


_Answers = tuple[Collection[str], Collection[str]]


def _plan(
    graph: CodeGraph,
    path: str,
    offset: int,
    new: str,
    answers: _Answers,
    texts: Mapping[str, bytes],
    second: Second | None,
) -> Plan:
    symbol = _symbol(graph, path, offset)
    if why := naming.why_not(symbol, new):
        raise Refusal(why)
    family = families.together(graph, symbol, new)
    _not_imported(graph, symbol, family.renamed)
    files = [(p, graph.data(p)) for p in graph.mentions(symbol.name) if not reads(p)]
    reach = dynamic.Reach((p, graph.data(p)) for p in graph.files() if p.endswith(".py"))
    found = places.find(graph, files, family.renamed, reach)
    certain = [*found.certain, *prose.type_comments(graph, files, family.renamed)]
    certain += prose.filled(graph, files, family.renamed)
    captured: list[Question] = []
    if family.renamed.is_global and prose.runs_doctests(graph, texts):
        certain += examples.named(graph, dict(files), texts, family.renamed, new)
        every = {p: graph.data(p) for p in graph.files() if p.endswith(".py")}
        if place := examples.captured(every, texts, symbol.name, new):
            captured.append(Question(place, f"{new} in this example may mean {symbol.name} then", True, editable=False))
    _not_broken(graph, certain)
    decided, opinion = _decided(found.questions, family.renamed, second)
    questions = [*family.questions, *found.questions, *captured, *_lookups(graph, symbol)]
    questions += _composed(graph, symbol, family.renamed, reach)
    questions += prose.questions(graph, symbol, texts, {*certain, *(q.place for q in questions)}, bool(reach.own_names))
    asks, taken = _asks(graph, questions, new, texts, *answers, decided)

    def read(path: str) -> bytes:
        return texts[path] if path in texts else graph.data(path)

    description = f"rename {symbol.qualname} to {new}"
    changeset = replacing(description, [*certain, *taken], new, read)
    if_all = [Place(a.path, a.start, a.end) for a in asks if a.blocking and a.edit]
    _not_broken(graph, if_all)
    whole = replacing(description, [*certain, *taken, *if_all], new, read)
    made = (*checks.run(graph, whole, family.renamed, new, read), *opinion)
    if failed := [check for check in made if check.verdict == "fail"]:
        raise Refusal(failed[0].detail, made)
    defined = [Place(*p) for id in sorted(family.renamed.members) for p in graph.symbols.places(id)]
    incomplete = replacing(f"{description}, at the definition only", defined, new, graph.data)
    return Plan(
        KIND,
        changeset,
        tuple(asks),
        made,
        None,
        {symbol.name: new},
        tuple(sorted(family.renamed.members)),
        incomplete if incomplete.changes != changeset.changes else None,
    )


def _symbol(graph: CodeGraph, path: str, offset: int) -> Symbol:
    """Return what is to be renamed.

    Raises:
        Refusal: nothing there that has a name, or a thing whose definition is elsewhere.
    """
    index = graph.index(path)
    if index is None:
        raise Refusal(f"{path} {graph.failed.get(path, 'is not a Python file of this repository')}.")
    here = f"{path}:{':'.join(map(str, LineIndex(graph.data(path)).position(offset)))}"
    uses = index.uses_at(offset)
    if not uses:
        raise Refusal(f"There is no name at {here}: put the cursor on a name.")
    use = index.facts.uses[uses[0]]
    name = index.facts.names[use.name]
    symbol = graph.symbol_at(path, offset)
    if symbol is None:
        outside = meaning(graph.resolver, index, uses[0]).verdict == "yes"
        why = "is defined outside the repository" if outside else "could not be resolved: what it means is not known"
        raise Refusal(f"{name} at {here} {why}.")
    if symbol.kind == "module":
        raise Refusal(f"{name} at {here} is a module: renaming a file is another refactoring.")
    if symbol.name != name:
        raise Refusal(f"{name} at {here} is called {symbol.name} where it is defined: ask there.")
    if meaning(graph.resolver, index, uses[0]).verdict != "yes":
        raise Refusal(f"What {name} means at {here} is not certain: ask at its definition.")
    if symbol.kind == "alias" and not _is_explicit(graph, symbol):
        raise Refusal(f"{name} at {here} is the name of a module or of something outside the repository.")
    return symbol


def _not_imported(graph: CodeGraph, symbol: Symbol, renamed: places.Renamed) -> None:
    """Refuse what an import from outside binds too (`try: from a import b` with `b = None` as the way out)."""
    for id in sorted(renamed.members) if symbol.kind != "alias" else ():
        path, _, qualname = id.partition("::")
        index = graph.index(path)
        for bind in graph.symbols.binds(index, qualname)[2] if index else ():
            if index is None or bind.kind != IMPORT:
                continue
            row = index.facts.imports[bind.value]
            if not row.alias and graph.target_file(path, row) is None:
                at = LineIndex(graph.data(path)).line_of(index.facts.uses[bind.use].start) + 1
                raise Refusal(f"{symbol.name} is imported at {path}:{at} too, from where it keeps its name.")


def _is_explicit(graph: CodeGraph, symbol: Symbol) -> bool:
    """Return whether every import that binds the name gives it with `as`."""
    index = graph.index(symbol.path)
    binds = graph.symbols.binds(index, symbol.qualname)[2] if index else []
    imports = [index.facts.imports[b.value] for b in binds if b.kind == IMPORT] if index else []
    return bool(imports) and all(row.alias and row.alias != (row.name or row.module) for row in imports)


def _not_broken(graph: CodeGraph, certain: Iterable[Place]) -> None:
    for path in sorted({place.path for place in certain} & {*graph.files()}):
        if not checks.compiles(path, graph.data(path)):
            raise Refusal(f"{path} does not parse, so what it means is not certain: mend it first.")


def _lookups(graph: CodeGraph, symbol: Symbol) -> list[Question]:
    """A function that asks for its own variables by name (`locals()`, `eval`) may mean this one, and so may code that
    reads all names of the module."""
    if symbol.scope == symbol.path:
        files = ((p, graph.data(p)) for p in graph.files() if p.endswith(".py"))
        where = namespaces.reader(files, symbol.path, lambda p, offset: _is_apart(graph, p, offset))
        why = f"{where} reads all names of this module, and may expect this one"
        return [Question(Place(symbol.path, symbol.start, symbol.end), why, True, editable=False)] if where else []
    span = graph.symbols.span(symbol.scope)
    if span is None or symbol.kind not in ("variable", "parameter", "function"):
        return []
    if not dynamic.reaches_locals(formats.blanked(graph.data(symbol.path))[span[0] : span[1]]):
        return []
    why = "the function looks up its variables by name (locals, vars, eval or exec)"
    return [Question(Place(symbol.path, symbol.start, symbol.end), why, True, editable=False)]


def _is_apart(graph: CodeGraph, path: str, offset: int) -> bool:
    """Return whether what stands at `offset` is no module: a parameter, or no code (a comment, a docstring)."""
    index = graph.index(path)
    if index is not None and not index.uses_at(offset):
        return True
    found = graph.symbol_at(path, offset)
    return found is not None and found.kind == "parameter"


def _composed(graph: CodeGraph, symbol: Symbol, renamed: places.Renamed, reach: dynamic.Reach) -> list[Question]:
    """Code that makes names out of pieces and reaches them by their spelling may mean this one; and code that reads the
    names of functions and classes may take this one apart, or make others of it."""
    files = [(p, graph.data(p)) for p in graph.files() if p.endswith(".py")]
    questions = []
    where = (reach.members if renamed.is_member else "") or (reach.module_names if renamed.is_global else "")
    if where and (found := dynamic.composes(files, renamed.name)):
        why = f"names like this one are put together here, and {where} reaches names by their spelling"
        questions.append(Question(Place(*found), why, True, editable=False))
    if reach.own_names and symbol.kind in ("class", "function", "method"):
        path, start, end = dynamic.takes_apart(files, renamed.name, lambda word: bool(graph.mentions(word)))
        why = "the names of functions or classes are taken apart or made part of others here, perhaps this one's"
        questions += [Question(Place(path, start, end), why, True, editable=False)] if path else []
    return questions


def _decided(
    questions: Sequence[Question], renamed: places.Renamed, second: Second | None
) -> tuple[Mapping[Place, bool], tuple[Check, ...]]:
    """Return what the second opinion says about the questions' places, and the check that tells of it."""
    wanted = [question.place for question in questions if question.editable]
    if second is None or not wanted:
        return {}, ()
    began = time.perf_counter()
    decided, checker = second(wanted, renamed.members)
    if not decided:
        return {}, ()
    yes = sum(decided.values())
    detail = (
        f"{checker} decided {len(decided)} of {len(wanted)} unsure places: {yes} mean it, {len(decided) - yes} do not"
    )
    return decided, (Check("second opinion", "pass", detail, round(time.perf_counter() - began, 3)),)


def _asks(
    graph: CodeGraph,
    questions: Sequence[Question],
    new: str,
    texts: Mapping[str, bytes],
    take: Collection[str],
    skip: Collection[str],
    decided: Mapping[Place, bool],
) -> tuple[list[Ask], list[Place]]:
    """Return the questions that are still open, and the places whose edit was agreed to.

    Ids count all questions, decided or not, so that they stay the same when the checker answers another time.
    """
    asks, taken = [], []
    ordered = sorted(questions, key=lambda q: (not q.blocking, q.place, q.why))
    for number, question in enumerate(ordered, 1):
        id, (path, start, end) = str(number), question.place
        known = decided.get(question.place) if question.editable else None
        agreed = id in take or (id not in skip and (known is True or (known is None and "all" in take)))
        if agreed:
            taken += [question.place] if question.editable else []
        elif id not in skip and "all" not in skip and known is None:
            lines = LineIndex(texts[path] if path in texts else graph.data(path))
            text = lines.line_bytes(lines.line_of(start)).decode("utf-8", "replace").strip()
            edit = TextEdit(start, end, new) if question.editable else None
            asks.append(Ask(id, path, start, end, text, question.why, question.blocking, edit))
    return asks, taken

"""Plan a rename in TypeScript and JavaScript: every place of the symbol and of what must keep the same name.

The steps are those of Python's (`familiar_edits.rename`): what is asked, whether the name may be given, what belongs
together (`families`), which places (`places`, `prose`), who else may read the name (`doubts`), the proof (`checks`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from familiar_codegraph import facts as f
from familiar_codegraph import occurrences
from familiar_codegraph.esmodules import reads
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.text import LineIndex
from familiar_codegraph.values import Symbol

from familiar_edits.javascript import checks, doubts, evidence, families, naming, parts, places, prose, scopes, syntax
from familiar_edits.javascript.families import Doubt, Renamed
from familiar_edits.javascript.parts import Spot
from familiar_edits.javascript.places import Question
from familiar_edits.refusal import Refusal
from familiar_edits.textedits import Place
from familiar_edits.values import Ask, ChangeSet, FileChange, Plan, TextEdit

KIND = "rename"


def plan(
    graph: CodeGraph,
    path: str,
    offset: int,
    new: str,
    *,
    take: Collection[str],
    skip: Collection[str],
    texts: Mapping[str, bytes],
) -> Plan:
    """Return the plan to rename what stands at byte `offset` of `path`; arguments as in `familiar_edits.rename.plan`.

    Raises:
        Refusal: why nothing is renamed.
    """
    symbol = _symbol(graph, path, offset)
    everything = [(p, graph.data(p)) for p in graph.files() if reads(p)]
    spelling = [(p, data) for p, data in everything if symbol.name.encode() in data]
    answers = _Answers(graph, texts, take, skip)
    together = families.together(graph, symbol, spelling, lambda place: answers.of(place) is True)
    renamed = together.renamed
    if why := naming.why_not(symbol, new, is_member=renamed.is_member):
        raise Refusal(why)
    families.not_taken(graph, renamed, new)
    found = places.find(graph, spelling, renamed, answers.of)
    _not_broken(graph, found.spots, renamed.name, new)
    scopes.not_taken(graph, found.spots, renamed.name, new)
    tokens = {Place(p, n.start, n.end) for p, data in spelling for n in syntax.names(p, data, renamed.name)}
    questions = [*found.questions, *prose.questions(graph, symbol, renamed, spelling, texts, tokens)]
    about = [*together.doubts, *doubts.about(graph, symbol, renamed, everything)]
    open_, taken = _asked(answers, questions, about, renamed.name, new)
    return _proved(graph, symbol, renamed, new, [*found.spots, *taken], open_, questions, answers.read)


def _proved(
    graph: CodeGraph, symbol: Symbol, renamed: Renamed, new: str, spots: Sequence[Spot], asks: Sequence[Ask],
    questions: Sequence[Question], read: Callable[[str], bytes],
) -> Plan:  # fmt: skip
    description = f"rename {symbol.qualname or symbol.name} to {new}"
    waiting = {Place(a.path, a.start, a.end) for a in asks if a.blocking and a.edit is not None}
    if_all = [Spot(q.place, q.form) for q in questions if q.place in waiting and q.form is not None]
    _not_broken(graph, if_all, renamed.name, new)
    changeset = _replacing(description, spots, renamed.name, new, read)
    every = [*spots, *if_all]
    made = checks.run(graph, _replacing(description, every, renamed.name, new, read), every, renamed, new, read)
    if failed := [check for check in made if check.verdict == "fail"]:
        raise Refusal(failed[0].detail, made)
    defined = {Place(*p) for id in renamed.members for p in graph.symbols.places(id)}
    there = [spot for spot in spots if spot.place in defined]
    incomplete = _replacing(f"{description}, at the definition only", there, renamed.name, new, read)
    return Plan(
        KIND, changeset, tuple(asks), made, None, {renamed.name: new}, tuple(sorted(renamed.members)),
        incomplete if incomplete.changes != changeset.changes else None,
    )  # fmt: skip


def _replacing(description: str, spots: Iterable[Spot], old: str, new: str, read: Callable[[str], bytes]) -> ChangeSet:
    by_path: dict[str, set[TextEdit]] = defaultdict(set)
    for (path, start, end), form in spots:
        by_path[path].add(TextEdit(start, end, parts.text(form, old, new)))
    changes = (
        FileChange("edit", path, hashlib.sha256(read(path)).hexdigest(), tuple(sorted(edits)))
        for path, edits in sorted(by_path.items())
    )
    return ChangeSet(description, tuple(changes))


# ---------------------------------------------------------------- what is asked


def _symbol(graph: CodeGraph, path: str, offset: int) -> Symbol:
    """Return what is to be renamed; in `{ name }` the variable rather than the property.

    Raises:
        Refusal: nothing there that has a name, or a thing whose definition is elsewhere.
    """
    index = graph.index(path)
    if index is None:
        raise Refusal(f"{path} {graph.failed.get(path, 'is not a file of this repository that is read')}.")
    position = LineIndex(graph.data(path)).position(offset)
    here = f"{path}:{position.line}:{position.column}"
    uses = index.uses_at(offset)
    if not uses:
        raise Refusal(f"There is no name at {here}: put the cursor on a name.")
    first = index.facts.uses[uses[0]]
    same = [n for n in uses if index.facts.uses[n].start == first.start and index.facts.uses[n].end == first.end]
    number = min(same, key=lambda n: parts.part_of(index, index.facts.uses[n]) == "key")
    name = index.facts.names[first.name]
    means = occurrences.meaning(graph.resolver, index, number)
    alias = graph.symbol(means.alias) if means.alias else None
    symbol = alias if alias is not None and (alias.kind == "alias" or not means.targets) else None
    if symbol is None and means.targets:
        symbol = graph.symbol(means.targets[0])
    if symbol is None:
        outside = means.verdict == "yes"
        why = "is defined outside the repository" if outside else "could not be resolved: what it means is not known"
        raise Refusal(f"{name} at {here} {why}.")
    if symbol.kind in f.TITLED:
        raise Refusal(f"{name} at {here} is the title of a test, which is text and no name.")
    if symbol.kind == "module":
        raise Refusal(f"{name} at {here} is a module, whose file this does not rename.")
    if symbol.name != name:
        raise Refusal(f"{name} at {here} is called {symbol.name} where it is defined: ask there.")
    if means.verdict != "yes" and symbol.kind != "alias" and not _is_one_of(graph, path, number, symbol):
        raise Refusal(f"What {name} means at {here} is not certain: ask at its definition.")
    return symbol


def _is_one_of(graph: CodeGraph, path: str, number: int, symbol: Symbol) -> bool:
    index = graph.index(path)
    use = index.facts.uses[number] if index else None
    if index is None or use is None or use.role not in (f.ATTRIBUTE, f.ATTRIBUTE_STORE):
        return False
    return symbol.id in (evidence.of_receiver(graph, index, use) or ())


def _not_broken(graph: CodeGraph, spots: Iterable[Spot], old: str, new: str) -> None:
    for path in sorted({spot.place.path for spot in spots if reads(spot.place.path)}):
        if line := syntax.problem(path, graph.data(path), old, new):
            raise Refusal(f"{path}:{line} does not parse, so what it means is not certain: mend it first.")


# ---------------------------------------------------------------- questions and answers


class _Answers:
    """What was answered, by the place of the question: ids are `path:line:column`, so that no answer moves another."""

    def __init__(
        self, graph: CodeGraph, texts: Mapping[str, bytes], take: Collection[str], skip: Collection[str]
    ) -> None:
        self._graph, self._texts, self._take, self._skip = graph, texts, take, skip

    def read(self, path: str) -> bytes:
        return self._texts[path] if path in self._texts else self._graph.data(path)

    def id(self, place: Place) -> str:
        position = LineIndex(self.read(place.path)).position(place.start)
        return f"{place.path}:{position.line}:{position.column}"

    def of(self, place: Place) -> bool | None:
        """Return the answer to the question about a place, None when it is open."""
        if not (self._take or self._skip):
            return None
        id = self.id(place)
        if id in self._take or ("all" in self._take and id not in self._skip):
            return True
        return False if id in self._skip or "all" in self._skip else None


def _asked(
    answers: _Answers, questions: Iterable[Question], about: Iterable[Doubt], old: str, new: str
) -> tuple[list[Ask], list[Spot]]:
    """Return the questions that are still open, one for each place, and the places whose edit was agreed to."""
    by_place: dict[Place, list[Question]] = defaultdict(list)
    for question in questions:
        by_place[question.place].append(question)
    for doubt in about:
        by_place[doubt.place].append(Question(doubt.place, doubt.why, True, None))
    asks: list[Ask] = []
    taken: list[Spot] = []
    for place, those in sorted(by_place.items(), key=lambda item: (not any(q.blocking for q in item[1]), item[0])):
        form = next((q.form for q in those if q.form is not None), None)
        answer = answers.of(place)
        if answer:
            taken += [Spot(place, form)] if form is not None else []
        elif answer is None:
            lines = LineIndex(answers.read(place.path))
            text = lines.line_bytes(lines.line_of(place.start)).decode("utf-8", "replace").strip()
            why = "; ".join(dict.fromkeys(q.why for q in those))
            edit = TextEdit(place.start, place.end, parts.text(form, old, new)) if form is not None else None
            asks.append(Ask(answers.id(place), *place, text, why, any(q.blocking for q in those), edit))
    return asks, taken

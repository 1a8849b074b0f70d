"""How this repository does things: questions with countable answers, and the facts that its own files give.

    bytes -> FileHabits (occurrences of each question; a pure function of the bytes)   python, store
      -> answers that need other files (is this import ours?)                          resolving
      -> Votes (counts by repository, folder, kind of file; recent files weigh more)    votes, weighing
      -> House: facts with evidence, pairs, violations, names                           house

Nothing is preached: where the house has no habit, there is no answer. Formatter and linter configuration is law: it is
read (`law`), never learned again.
"""

from typing import TYPE_CHECKING, Any

from familiar_codegraph.conventions.values import Answer, Fact, Pair, Violation

if TYPE_CHECKING:
    from familiar_codegraph.conventions.house import House
    from familiar_codegraph.conventions.learning import learn

__all__ = ["Answer", "Fact", "House", "Pair", "Violation", "learn"]


def __getattr__(name: str) -> Any:
    """Load what reads a repository only for those who ask for it: others want the values alone."""
    if name == "learn":
        from familiar_codegraph.conventions.learning import learn

        return learn
    if name == "House":
        from familiar_codegraph.conventions.house import House

        return House
    raise AttributeError(name)

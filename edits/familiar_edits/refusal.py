"""Why a refactoring is not made."""

from familiar_edits.values import Check


class Refusal(Exception):
    """The reason in one sentence: what, where (path:line), what to do; with the checks made so far."""

    def __init__(self, reason: str, checks: tuple[Check, ...] = ()) -> None:
        super().__init__(reason)
        self.checks = checks

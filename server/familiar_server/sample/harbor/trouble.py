'''The one way to give up.'''

from typing import NoReturn


class HarborTrouble(Exception):
    '''Something that the harbor master has to mend.'''

    def __init__(self, message: str, facts: dict[str, object]) -> None:
        super().__init__(message)
        self.facts = facts

    def __str__(self) -> str:
        told = ', '.join(f'{name} {value!r}' for name, value in sorted(self.facts.items()))
        return f'{self.args[0]} ({told})' if told else str(self.args[0])


def fail(message: str, **facts: object) -> NoReturn:
    '''Give up, with the facts that explain it.'''
    raise HarborTrouble(message, facts)

'''How deep the water is.'''

from dataclasses import dataclass

from harbor import clock, trouble


@dataclass(frozen=True, kw_only=True)
class Mark:
    '''The water level in decimetres at a minute of the day.'''

    minute: int
    level: int


class TideTable:
    '''The marks of a day; between two marks the level changes evenly.'''

    def __init__(self, *, marks: list[Mark]) -> None:
        if len(marks) < 2:
            trouble.fail('a tide table needs two marks', marks=len(marks))
        self.marks = sorted(marks, key=lambda mark: mark.minute)

    def level_at(self, minute: int) -> int:
        '''The water level at a minute of the day.'''
        clock.check(minute)
        before = self.marks[0]
        for mark in self.marks:
            if mark.minute > minute:
                return between(before=before, after=mark, minute=minute)
            before = mark
        return before.level

    def lowest(self, *, start: int, end: int) -> int:
        '''The lowest level in a stretch of time.'''
        inside = [mark.level for mark in self.marks if start <= mark.minute <= end]
        return min([self.level_at(start), self.level_at(end), *inside])


def between(*, before: Mark, after: Mark, minute: int) -> int:
    '''The level between two marks.'''
    if minute <= before.minute:
        return before.level
    share = (minute - before.minute) / (after.minute - before.minute)
    return round(before.level + share * (after.level - before.level))

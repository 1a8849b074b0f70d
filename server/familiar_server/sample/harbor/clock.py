'''Times of day, as minutes since midnight.'''

from harbor import trouble

DAY = 24 * 60


def read(text: str) -> int:
    '''Read `hh:mm`.'''
    hours, colon, minutes = text.partition(':')
    if not colon or not hours.isdigit() or not minutes.isdigit():
        trouble.fail('not a time of day', text=text)
    return check(int(hours) * 60 + int(minutes))


def show(minute: int) -> str:
    '''Write a minute of the day as `hh:mm`.'''
    return f'{minute // 60:02}:{minute % 60:02}'


def check(minute: int) -> int:
    '''Return the minute if the day has it.'''
    if not 0 <= minute <= DAY:
        trouble.fail('the day has no such minute', minute=minute)
    return minute


def overlap(*, first: tuple[int, int], second: tuple[int, int]) -> bool:
    '''Whether two half-open stretches of time share a minute.'''
    return first[0] < second[1] and second[0] < first[1]

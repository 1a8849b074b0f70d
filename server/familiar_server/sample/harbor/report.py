'''The harbor master's evening report.'''

from harbor import clock, plan, ships, tides, voice


def money(cents: int) -> str:
    '''Cents as euros.'''
    return f'{cents // 100}.{cents % 100:02}'


def line_of(place: plan.Place) -> str:
    '''One line of the report.'''
    call = place.call
    span = f'{clock.show(call.arrives)}-{clock.show(call.leaves)}'
    return f'{place.berth.name:6} {span} {call.ship.name} {money(place.fee)}'


def lines_of(day: plan.DayPlan) -> list[str]:
    '''The report's lines, by berth and time.'''
    ordered = sorted(day.places, key=lambda place: (place.berth.name, place.call.arrives))
    return [line_of(place) for place in ordered]


def tide_line(*, table: tides.TideTable, minute: int) -> str:
    '''The water level, as the report has it.'''
    return f'water {clock.show(minute)} {table.level_at(minute)} dm'


def tell(day: plan.DayPlan) -> None:
    '''Read the report aloud.'''
    for line in lines_of(day):
        voice.say(line)
    for call in day.turned_away:
        voice.warn('no place', ship=call.ship.name, stay=call.stay())
    voice.say('income', euros=money(day.income()))


def longest(calls: list[ships.Call]) -> ships.Ship:
    '''The longest ship of the day.'''
    return max((call.ship for call in calls), key=lambda ship: ship.length)

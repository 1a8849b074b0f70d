'''Who lies where.'''

from dataclasses import dataclass

from harbor import berths, clock, ships, tariffs, tides, voice


@dataclass(frozen=True, kw_only=True)
class Place:
    '''A call that got a berth, and what it pays in cents.'''

    call: ships.Call
    berth: berths.Berth
    fee: int


class DayPlan:
    '''The plan of a day, call by call in order of arrival.'''

    def __init__(self, *, quay: berths.Quay, table: tides.TideTable) -> None:
        self.quay = quay
        self.table = table
        self.places: list[Place] = []
        self.turned_away: list[ships.Call] = []

    def add(self, call: ships.Call) -> Place | None:
        '''Find a berth for a call, or turn it away.'''
        berth = self.quay.choose(call, table=self.table)
        if berth is None:
            self.turned_away.append(call)
            voice.warn('turned away', ship=call.ship.name, arrives=clock.show(call.arrives))
            return None
        berth.take(call)
        place = Place(call=call, berth=berth, fee=tariffs.tariff_of(call.ship.cargo).fee(call))
        self.places.append(place)
        voice.say('placed', ship=call.ship.name, berth=berth.name)
        return place

    def income(self) -> int:
        '''Cents of the day.'''
        return sum(place.fee for place in self.places)


def plan_day(*, calls: list[ships.Call], quay: berths.Quay, table: tides.TideTable) -> DayPlan:
    '''Plan a day: first come, first served; of two that come together the longer ship goes first.'''
    day = DayPlan(quay=quay, table=table)
    for call in sorted(calls, key=lambda call: (call.arrives, -call.ship.length)):
        day.add(call)
    return day

'''Places to lie at.'''

from dataclasses import dataclass, field

from harbor import clock, ships, tides, trouble


@dataclass(kw_only=True)
class Berth:
    '''A berth with its length, its depth below the tide table's zero, and who lies there when.'''

    name: str
    length: int
    depth: int
    calls: list[ships.Call] = field(default_factory=list)

    def is_free(self, call: ships.Call) -> bool:
        '''Whether nobody else lies here meanwhile.'''
        return not any(clock.overlap(first=taken.span(), second=call.span()) for taken in self.calls)

    def fits(self, call: ships.Call, *, table: tides.TideTable) -> bool:
        '''Whether the ship is short enough, and afloat at the lowest water of its stay.'''
        water = self.depth + table.lowest(start=call.arrives, end=call.leaves)
        return call.ship.length <= self.length and call.ship.draught < water

    def take(self, call: ships.Call) -> None:
        '''Give the berth to a ship.'''
        if not self.is_free(call):
            trouble.fail('the berth is taken', berth=self.name, ship=call.ship.name)
        self.calls.append(call)


class Quay:
    '''Berths in a row.'''

    def __init__(self, *, berths: list[Berth]) -> None:
        self.berths = berths

    def find(self, name: str) -> Berth:
        '''The berth of that name.'''
        for berth in self.berths:
            if berth.name == name:
                return berth
        trouble.fail('no such berth', berth=name)

    def choose(self, call: ships.Call, *, table: tides.TideTable) -> Berth | None:
        '''The shortest berth that is free and fits.'''
        free = [berth for berth in self.berths if berth.is_free(call) and berth.fits(call, table=table)]
        return min(free, key=lambda berth: (berth.length, berth.name), default=None)

'''Ships, and how they announce themselves.'''

from dataclasses import dataclass

from harbor import clock, trouble


@dataclass(frozen=True, kw_only=True)
class Ship:
    '''A ship with its length and draught in decimetres.'''

    name: str
    length: int
    draught: int
    cargo: str = ''


@dataclass(frozen=True, kw_only=True)
class Call:
    '''A ship that wants to lie here from `arrives` to `leaves`.'''

    ship: Ship
    arrives: int
    leaves: int

    def stay(self) -> int:
        '''Minutes alongside.'''
        return self.leaves - self.arrives

    def span(self) -> tuple[int, int]:
        '''The stretch of time alongside.'''
        return self.arrives, self.leaves


def announce(*, ship: Ship, arrives: str, leaves: str) -> Call:
    '''Read an announcement as the radio operator notes it.'''
    call = Call(ship=ship, arrives=clock.read(arrives), leaves=clock.read(leaves))
    if call.stay() <= 0:
        trouble.fail('the ship leaves before it arrives', ship=ship.name)
    return call

'''What a stay costs. Which tariff a cargo pays is written in `tariffs.csv`, by the name of the class.'''

import csv
from pathlib import Path

from harbor import ships, trouble

LIST = Path(__file__).with_name('tariffs.csv')


class Tariff:
    '''A way to charge.'''

    def fee(self, call: ships.Call) -> int:
        '''Cents for a call.'''
        raise NotImplementedError


class ByLength(Tariff):
    '''Forty cents for a decimetre, however long the ship stays.'''

    def fee(self, call: ships.Call) -> int:
        return 40 * call.ship.length


class ByTheHour(Tariff):
    '''Twelve euros for each hour begun.'''

    def fee(self, call: ships.Call) -> int:
        return 1200 * -(-call.stay() // 60)


class Lifeboat(Tariff):
    '''Those who come to help pay nothing.'''

    def fee(self, call: ships.Call) -> int:
        return 0


def tariff_of(cargo: str) -> Tariff:
    '''The tariff of a cargo.'''
    kinds = {kind.__name__: kind for kind in Tariff.__subclasses__()}
    with LIST.open(newline='') as lines:
        for row in csv.DictReader(lines):
            if row['cargo'] == cargo:
                return kinds[row['tariff']]()
    trouble.fail('no tariff for this cargo', cargo=cargo)

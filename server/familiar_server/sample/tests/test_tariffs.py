import pytest

from harbor import ships, tariffs, trouble


@pytest.mark.parametrize('cargo, cents', [('grain', 4000), ('passengers', 2400), ('rescue', 0)])
def test_fees(cargo, cents):
    ship = ships.Ship(name='Cato', length=100, draught=10, cargo=cargo)
    call = ships.announce(ship=ship, arrives='10:00', leaves='11:10')
    assert tariffs.tariff_of(cargo).fee(call) == cents


def test_no_tariff():
    with pytest.raises(trouble.HarborTrouble, match='no tariff'):
        tariffs.tariff_of('ghosts')

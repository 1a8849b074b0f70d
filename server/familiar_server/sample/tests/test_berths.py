import pytest

from harbor import berths, ships, trouble


def test_the_shortest_berth_that_fits(quay, table, coaster, ferry):
    small = ships.announce(ship=coaster, arrives='03:00', leaves='05:00')
    large = ships.announce(ship=ferry, arrives='03:00', leaves='05:00')
    assert quay.choose(small, table=table).name == 'east'
    assert quay.choose(large, table=table).name == 'west'


def test_a_taken_berth_is_not_free(quay, coaster):
    berth = quay.find('east')
    berth.take(ships.announce(ship=coaster, arrives='03:00', leaves='05:00'))
    late = ships.announce(ship=coaster, arrives='04:00', leaves='06:00')
    assert not berth.is_free(late)
    with pytest.raises(trouble.HarborTrouble, match='taken'):
        berth.take(late)


def test_low_water_keeps_deep_ships_out(table, ferry):
    shallow = berths.Berth(name='mud', length=900, depth=50)
    assert shallow.fits(ships.announce(ship=ferry, arrives='05:00', leaves='07:00'), table=table)
    assert not shallow.fits(ships.announce(ship=ferry, arrives='11:00', leaves='13:00'), table=table)


def test_unknown_berth(quay):
    with pytest.raises(trouble.HarborTrouble, match='no such berth'):
        quay.find('north')

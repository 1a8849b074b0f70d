from harbor import plan, report, ships, voice


def a_day(quay, table, coaster, ferry):
    calls = [
        ships.announce(ship=ferry, arrives='08:00', leaves='09:30'),
        ships.announce(ship=coaster, arrives='03:00', leaves='05:00'),
        ships.announce(ship=ferry, arrives='09:00', leaves='10:00'),
    ]
    return plan.plan_day(calls=calls, quay=quay, table=table)


def test_who_comes_first(quay, table, coaster, ferry):
    day = a_day(quay, table, coaster, ferry)
    assert [place.call.ship.name for place in day.places] == ['Alma', 'Brise']
    assert [call.ship.name for call in day.turned_away] == ['Brise']


def test_income(quay, table, coaster, ferry):
    assert a_day(quay, table, coaster, ferry).income() == 40 * 480 + 2 * 1200


def test_report(quay, table, coaster, ferry):
    day = a_day(quay, table, coaster, ferry)
    assert report.lines_of(day) == ['east   03:00-05:00 Alma 192.00', 'west   08:00-09:30 Brise 24.00']
    voice.heard.clear()
    report.tell(day)
    assert voice.heard[-2:] == ['! no place ship=Brise stay=60', 'income euros=216.00']


def test_tide_line(table):
    assert report.tide_line(table=table, minute=180) == 'water 03:00 18 dm'


def test_longest(coaster, ferry):
    calls = [ships.announce(ship=ship, arrives='01:00', leaves='02:00') for ship in (coaster, ferry)]
    assert report.longest(calls) is ferry

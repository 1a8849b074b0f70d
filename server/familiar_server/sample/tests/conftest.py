import pytest

from harbor import berths, ships, tides, voice


@pytest.fixture(autouse=True)
def silence():
    voice.heard.clear()


@pytest.fixture
def table():
    return tides.TideTable(marks=[tides.Mark(minute=0, level=0), tides.Mark(minute=360, level=36),
                                  tides.Mark(minute=720, level=0), tides.Mark(minute=1440, level=24)])


@pytest.fixture
def quay():
    return berths.Quay(berths=[berths.Berth(name='east', length=500, depth=40),
                               berths.Berth(name='west', length=900, depth=60)])


@pytest.fixture
def coaster():
    return ships.Ship(name='Alma', length=480, draught=38, cargo='grain')


@pytest.fixture
def ferry():
    return ships.Ship(name='Brise', length=850, draught=55, cargo='passengers')

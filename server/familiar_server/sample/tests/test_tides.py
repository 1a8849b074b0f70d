import pytest

from harbor import tides, trouble


@pytest.mark.parametrize('minute, level', [(0, 0), (180, 18), (360, 36), (540, 18), (1080, 12), (1440, 24)])
def test_level_at(table, minute, level):
    assert table.level_at(minute) == level


def test_lowest_sees_the_marks_inside(table):
    assert table.lowest(start=600, end=840) == 0
    assert table.lowest(start=180, end=540) == 18


def test_a_table_needs_two_marks():
    with pytest.raises(trouble.HarborTrouble, match='two marks'):
        tides.TideTable(marks=[])


def test_no_such_minute(table):
    with pytest.raises(trouble.HarborTrouble, match='no such minute'):
        table.level_at(1441)

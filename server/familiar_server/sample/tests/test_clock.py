import pytest

from harbor import clock, trouble


@pytest.mark.parametrize('text, minute', [('00:00', 0), ('06:30', 390), ('24:00', 1440)])
def test_read_and_show(text, minute):
    assert clock.read(text) == minute
    assert clock.show(minute) == text


@pytest.mark.parametrize('text', ['', '7', 'ten:10', '24:01'])
def test_what_is_no_time(text):
    with pytest.raises(trouble.HarborTrouble):
        clock.read(text)


def test_overlap_is_half_open():
    assert clock.overlap(first=(0, 10), second=(9, 20))
    assert not clock.overlap(first=(0, 10), second=(10, 20))

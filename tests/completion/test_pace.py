"""How long the model is waited for follows how fast somebody types."""

import pytest
from familiar_completion.pace import Pace


@pytest.mark.parametrize(
    ("keys", "room"),
    [
        ([], float("inf")),
        ([0.0, 0.2, 0.4], float("inf")),  # too few to know
        ([0.0, 0.2, 0.4, 0.6, 0.8], 0.1),
        ([0.0, 0.2, 0.4, 5.0, 5.2, 5.4], 0.1),  # a thought is no key's time
        ([0.1 * n for n in range(20)] + [2.0 + 0.3 * n for n in range(20)], 0.15),  # the last keys count
    ],
)
def test_room_is_half_of_the_usual_time_between_keys(keys: list[float], room: float) -> None:
    pace = Pace()
    for key in keys:
        pace.key(key)
    assert pace.room() == pytest.approx(room)

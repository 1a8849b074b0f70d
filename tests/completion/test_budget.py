"""The share of the processor that completion may use: what stops at half of it, and at all of it."""

from pathlib import Path

from familiar_completion.budget import WINDOW, Budget, _on_battery


def test_ahead_stops_at_half_and_the_model_at_all_of_it() -> None:
    now = [100.0]
    budget = Budget(60, clock=lambda: now[0], battery=lambda: False)
    assert budget.ahead() and not budget.spent()
    budget.note("model", 0.21 * WINDOW)
    assert not budget.ahead() and not budget.spent()
    budget.note("completion", 0.20 * WINDOW)
    assert budget.spent()
    now[0] += WINDOW + 1
    assert budget.ahead() and not budget.spent()


def test_a_process_that_began_again_counts_from_nothing() -> None:
    budget = Budget(clock=lambda: 0.0, battery=lambda: False)
    budget.note("model", 9.0)
    budget.note("model", 3.0)
    assert round(budget.used(), 6) == round(150 * 12 / WINDOW, 6)


def test_nothing_is_prepared_on_battery() -> None:
    assert not Budget(battery=lambda: True).ahead()


def test_the_battery_is_read_where_linux_says_it(tmp_path: Path) -> None:
    for name, kind, status in (("AC", "Mains", ""), ("BAT0", "Battery", "Discharging")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "type").write_text(kind + "\n")
        (tmp_path / name / "status").write_text(status + "\n")
    assert _on_battery(tmp_path)
    (tmp_path / "BAT0" / "status").write_text("Charging\n")
    assert not _on_battery(tmp_path)
    assert not _on_battery(tmp_path / "nowhere")

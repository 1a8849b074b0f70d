"""A project of two tests, and what verification says of changes to it."""

import sys
from pathlib import Path

from familiar_edits.verify import Verification, verify

from support.project import replace

PYTHON = Path(sys.executable)
PROJECT = """
#- area.py
def area(width, height):
    return width * height

def unused():
    return None
#- test_area.py
from area import area

def test_area():
    assert area(2, 3) == 6

def test_nothing():
    assert True
"""
BROKEN = ("area.py", "width * height", "width + height")
HARMLESS = ("area.py", "width * height", "height * width")


def judged(root: Path, *edits: tuple[str, str, str], **options: object) -> Verification:
    options = {"trusted": True, "python": PYTHON, **options}
    return verify(root, replace(root, *edits), **options)  # type: ignore[arg-type]

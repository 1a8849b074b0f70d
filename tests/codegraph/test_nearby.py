"""Code elsewhere that matters to a place."""

from pathlib import Path

import pytest
from familiar_codegraph.nearby import Nearby, Piece, nearby
from familiar_codegraph.workspace import Workspace
from support.fixture import parse

SHAPES = """
    #- shapes/base.py
    class Shape:
        \"\"\"Anything with an area.\"\"\"
        unit = "cm"

        def __init__(self, name):
            self.name = name

        def area(self, scale):
            raise NotImplementedError

        def label(self, width: int = 3) -> str: ...
        def _hidden(self): ...
    #- shapes/round.py
    from shapes.base import Shape

    class Circle(Shape):
        def area(self, scale):
            return 3 * self.radius * scale
    #- shapes/units.py
    def convert(value: float, *, unit: str) -> float:
        \"\"\"Give a value in another unit.\"\"\"
        return value
    #- shapes/square.py
    import textwrap
    from shapes.base import Shape
    from shapes.units import convert

    class Square(Shape):
        def area(self, scale):
            CODE
    #- shapes/report.py
    from shapes.square import Square

    def report():
        square = Square("s")
        return square.area(2)
    #- test_square.py
    from shapes.square import Square

    def test_area():
        assert Square("s").area(1) == 4
    """


def found(root: Path, code: str, text: str = SHAPES) -> Nearby:
    fixture = parse(text.replace("CODE", code))
    fixture.write(root)
    assert fixture.cursor
    workspace = Workspace(root)
    try:
        workspace.index()
        made = nearby(workspace.graph(), *fixture.cursor)
        assert made is not None
        assert made == nearby(workspace.graph(), *fixture.cursor)
        return made
    finally:
        workspace.close()


def of(made: Nearby, kind: str) -> list[Piece]:
    return [piece for piece in made.pieces if piece.kind == kind]


def test_what_is_called_comes_as_its_signature(tmp_path: Path) -> None:
    [piece] = of(found(tmp_path, "return convert($0self.side, unit=self.unit)"), "callee")
    assert piece.path == "shapes/units.py"
    assert piece.text == "def convert(value: float, *, unit: str) -> float:  # Give a value in another unit."


def test_what_is_overridden_and_what_other_classes_do_there(tmp_path: Path) -> None:
    made = found(tmp_path, "$0pass")
    [base] = of(made, "overridden")
    assert base.text == "class Shape:\n    def area(self, scale):\n        raise NotImplementedError"
    [sibling] = of(made, "sibling")
    assert sibling.path == "shapes/round.py"
    assert "3 * self.radius * scale" in sibling.text


def test_a_test_and_a_caller_of_this_function(tmp_path: Path) -> None:
    made = found(tmp_path, "$0pass")
    assert ['Square("s").area(1)' in piece.text for piece in of(made, "test")] == [True]
    assert ["square.area(2)" in piece.text for piece in of(made, "caller")] == [True]


def test_a_held_class_comes_with_its_public_members_and_without_bodies(tmp_path: Path) -> None:
    text = SHAPES.replace("square = Square", "shape = Shape").replace("square.area(2)", "shape.$0")
    text = text.replace(
        "report.py\n    from shapes.square import Square", "report.py\n    from shapes.base import Shape"
    )
    [piece] = of(found(tmp_path, "pass", text), "class")
    assert piece.text.startswith("class Shape")
    assert 'unit = "cm"' in piece.text
    assert "def label(self, width: int = 3) -> str: ..." in piece.text
    assert "NotImplementedError" not in piece.text
    assert "_hidden" not in piece.text


def test_calls_of_other_packages_come_with_what_they_take(tmp_path: Path) -> None:
    [piece] = of(found(tmp_path, 'return textwrap.shorten($0"a", width=3)'), "outside")
    assert piece.path == "textwrap"
    assert piece.text.startswith("def shorten(text, width, **kwargs)")


def test_builtins_are_known_to_everybody(tmp_path: Path) -> None:
    assert not of(found(tmp_path, "return len($0)"), "outside")


def test_files_that_matter_are_named(tmp_path: Path) -> None:
    assert {"shapes/base.py", "shapes/units.py"} <= set(found(tmp_path, "return convert($0)").files)


def test_what_stands_next_to_the_cursor_is_no_news(tmp_path: Path) -> None:
    made = found(tmp_path, "", "#- a.py\ndef helper(x):\n    return x\n\ndef use():\n    return helper($0)\n")
    assert made.pieces == ()


def test_nothing_of_what_an_open_file_lacks(tmp_path: Path) -> None:
    """The file on disk holds the answer; the editor's does not."""
    parse(SHAPES.replace("CODE", "return unguessable_83(self)")).write(tmp_path)
    path, workspace = "shapes/square.py", Workspace(tmp_path)
    try:
        workspace.index()
        data = (tmp_path / path).read_bytes()
        cut = data.index(b"return unguessable_83")
        workspace.put(path, data[:cut] + b"pass\n", 1)
        made = nearby(workspace.graph(), path, cut)
        assert made is not None
        assert made.pieces
        assert "unguessable" not in str(made)
    finally:
        workspace.close()


@pytest.mark.parametrize("path", ["a.ts", "missing.py"])
def test_other_files_have_none(tmp_path: Path, path: str) -> None:
    (tmp_path / "a.ts").write_text("const x = 1;\n")
    workspace = Workspace(tmp_path)
    workspace.index()
    assert nearby(workspace.graph(), path, 0) is None
    workspace.close()

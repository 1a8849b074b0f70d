"""What the model is shown of other files: which pieces, within what room, in which order."""

from familiar_codegraph.nearby import Kind, Nearby, Piece
from familiar_completion.context import Library
from familiar_completion.gathering import gather, settled
from familiar_completion.trail import MOST, Trail
from familiar_completion.view import View, look

PARSER = "def read_config(path):\n    parser = ConfigParser()\n    parser.read(path)\n    return parser.sections()\n"
HERE = "def load(path):\n    parser = ConfigParser()\n    colour = 1\n    "


def at_end(text: str, path: str = "here.py") -> View:
    return look(path, text.encode(), len(text.encode()))


def library(*pieces: tuple[Kind, str, str], files: tuple[str, ...] = (), **texts: str) -> Library:
    made = Library()
    for name, text in texts.items():
        made.put(f"{name}.py", text)
    told = tuple(Piece(kind, path, number, text) for number, (kind, path, text) in enumerate(pieces))
    made.near["here.py"] = Nearby("here.py", 0, 100, told, files)
    return made


def test_what_stays_longest_comes_first() -> None:
    made = library(
        ("callee", "z.py", "def paint(canvas): ..."),
        ("outside", "requests", "def get(url): ..."),
        ("callee", "z.py", "def erase(canvas): ..."),
        ("sibling", "s.py", "class Other:\n    def load(self, path):\n        return path"),
        a=PARSER,
        t="edited = 1\nthere = 2\n",
    )
    made.trail.note("t.py", 1, "edited")
    found = gather(at_end(HERE), made)
    assert [path for path, _ in found] == ["requests", "z.py", "a.py", "s.py", "t.py"]
    assert dict(found)["z.py"] == "def paint(canvas): ...\ndef erase(canvas): ..."
    assert found == gather(at_end(HERE), made)


def test_no_more_than_there_is_room_for() -> None:
    pieces: list[tuple[Kind, str, str]] = [
        ("callee", f"f{i}.py", f"def long_name_{i}(argument): ...") for i in range(60)
    ]
    made = library(*pieces, a=PARSER)
    for room in (0, 40, 200, 2_000):
        made.room = room
        found = gather(at_end(HERE), made)
        assert sum(len(text) // 3 for _, text in found) <= room
        assert bool(found) == bool(room)


def test_a_long_body_is_cut_to_its_beginning() -> None:
    body = "def load(self):\n" + "".join(f"    step_{i} = work({i})\n" for i in range(40))
    made = library(("overridden", "b.py", body))
    made.room = 200
    [(_, text)] = gather(at_end(HERE), made)
    assert body.startswith(text)
    assert 3 < text.count("\n") < 20


def test_what_the_cursor_sees_is_not_shown_again() -> None:
    assert gather(at_end(HERE), library(("sibling", "b.py", HERE + "colour = 2"))) == ()
    assert (
        gather(at_end(HERE), library(("sibling", "b.py", "def load(path):\n    return 1\n    x = y\n    z = 3"))) != ()
    )


def test_the_same_code_is_shown_once() -> None:
    body = "def other(path):\n    return open(path).read()\n"
    found = gather(at_end(HERE), library(("sibling", "b.py", body), ("sibling", "c.py", body)))
    assert [path for path, _ in found] == ["b.py"]


def test_nothing_is_gathered_where_it_could_not_help() -> None:
    far = "parser = 1\n" + "".join(f"some{i} = thing{i}\n" for i in range(19))
    assert gather(at_end("# a remark about the parser "), library(("callee", "z.py", "def f(): ..."), a=PARSER)) == ()
    assert gather(at_end(HERE), library(a=far)) == ()


def test_the_graph_confirms_what_is_only_a_little_alike() -> None:
    others = {f"o{i}": f"unlike_{i} = 1\n" for i in range(40)}
    text = "parser = ConfigParser(" + ", ".join(f"word{i}" for i in range(14)) + ")\n"
    here = at_end(HERE + " ".join(f"here{i}" for i in range(20)))
    assert gather(here, library(a=text, **others)) == ()
    assert gather(here, library(a=text, files=("a.py",), **others)) == (("a.py", text),)


def test_what_stays_chosen_keeps_its_place() -> None:
    a, b, c = ("a.py", "a"), ("b.py", "b"), ("c.py", "c")
    assert settled((a, b), (c, b, a)) == (a, b, c)
    assert settled((a, b), (b,)) == (b,)
    assert settled((), (c, a)) == (c, a)


# ---------------------------------------------------------------- where the user has been


def test_edited_places_come_before_changed_and_viewed_ones_the_newest_first() -> None:
    trail = Trail()
    trail.note("seen.py", 0, "viewed")
    trail.note("old.py", 0, "edited")
    trail.note("new.py", 40, "edited")
    trail.differ({"diff.py": [3, 4, 100]}.items())
    assert list(trail.places("x.py")) == [
        ("new.py", 2, "edited"),
        ("old.py", 0, "edited"),
        ("diff.py", 0, "changed"),
        ("diff.py", 6, "changed"),
        ("seen.py", 0, "viewed"),
    ]
    assert all(path != "new.py" for path, _, _ in trail.places("new.py"))


def test_an_edited_place_stays_one_when_it_is_viewed() -> None:
    trail = Trail()
    trail.note("a.py", 0, "edited")
    trail.note("a.py", 1, "viewed")
    assert list(trail.places("")) == [("a.py", 0, "edited")]


def test_what_is_pasted_tells_where_it_was_copied() -> None:
    trail = Trail()
    trail.note("a.py", 90, "viewed")
    text = "\n" * 40 + PARSER
    trail.inserted("    parser = ConfigParser()\n    parser.read(path)\n", {"a.py": text, "b.py": PARSER})
    assert ("a.py", 2, "copied") in set(trail.places(""))
    trail.inserted("parser.read(path)", {"a.py": text})
    assert len(list(trail.places(""))) == 2


def test_a_closed_file_is_forgotten_and_old_places_go() -> None:
    trail = Trail()
    for line in range(0, 16 * 2 * MOST, 16):
        trail.note("a.py", line, "edited")
    assert len(list(trail.places(""))) == MOST
    trail.forget("a.py")
    assert list(trail.places("")) == []

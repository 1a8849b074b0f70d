"""Files that several processes and threads use at once: nobody is lost, nothing is seen half."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from familiar_codegraph.shared import alone, lock, write_whole

_COUNTER = """
import sys
from pathlib import Path
from familiar_codegraph.shared import alone, write_whole
folder = Path(sys.argv[1])
for _ in range(100):
    with alone(folder / "lock", seconds=60):
        write_whole(folder / "count", str(int((folder / "count").read_text()) + 1).encode())
"""


def test_processes_change_a_file_in_turn(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")
    counters = [subprocess.Popen([sys.executable, "-c", _COUNTER, str(tmp_path)]) for _ in range(4)]
    assert [counter.wait() for counter in counters] == [0] * 4
    assert (tmp_path / "count").read_text() == "400"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["count", "lock"]


def test_a_reader_sees_one_content_or_the_other(tmp_path: Path) -> None:
    path, contents = tmp_path / "file", [bytes([n]) * 100_000 for n in range(4)]
    write_whole(path, contents[0])
    ended = threading.Event()

    def read() -> set[bytes]:
        seen = set()
        while not ended.is_set():
            seen.add(path.read_bytes())
        return seen

    with ThreadPoolExecutor(5) as pool:
        seen = pool.submit(read)
        writers = [pool.submit(lambda data=data: [write_whole(path, data) for _ in range(50)]) for data in contents]
        for writer in writers:
            writer.result()
        ended.set()
        assert seen.result() <= set(contents)


def test_what_cannot_be_written_stays(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_whole(tmp_path / "folder", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_one_that_was_stopped_is_not_waited_for(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("wb") as held:
        lock(held, wait=False)
        with alone(tmp_path / "lock", seconds=0.01):
            pass


def test_where_nothing_can_be_written_there_is_no_lock(tmp_path: Path) -> None:
    with alone(tmp_path / "absent" / "lock"):
        pass

"""What a user of Neovim does: take suggestions whole or in parts, rename with evidence, ask why there is silence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from e2e.neovim.editor import Editor

pytestmark = [pytest.mark.editor, pytest.mark.slow, pytest.mark.timeout(240)]


def open_file(editor: Editor, path: str) -> None:
    """Open a file and wait until the server has read the repository."""
    editor.edit(path)
    editor.until(editor.attached, "the server", 90)
    editor.until(lambda: editor.status() in ("familiar on", "familiar off"), "the index", 60)


def ghost_text(editor: Editor) -> str:
    """Wait for ghost text. On a busy machine the first answers may come too late: then type on, as people do."""
    for _ in range(10):
        try:
            return editor.until(editor.ghost, "ghost text", 3)
        except AssertionError:
            last = editor.line()[-1]
            editor.keys(f"<BS>{last}")
    return editor.until(editor.ghost, "ghost text", 3)


def begin_a_function(editor: Editor) -> str:
    """Begin a function that resembles its neighbour, at the end of harbor/report.py; return the ghost text."""
    open_file(editor, "harbor/report.py")
    editor.keys("Go<CR><CR>def shortest(calls: list[ships.Call]) -> ships.Ship:<CR>")
    editor.keys("    '''The shortest ship of the day.'''<CR>    return min((call.s")
    editor.until(lambda: editor.line().endswith("call.s"), "what was typed")
    return ghost_text(editor)


def test_a_suggestion_is_seen_and_taken_in_parts(editor: Editor, images: Path) -> None:
    ghost = begin_a_function(editor)
    typed = editor.line()
    assert typed + ghost in editor.screen(), "what is drawn is what would be inserted"
    editor.picture(images / "neovim-ghost-text.png", "nvim harbor/report.py")
    assert editor.line() == typed, "looking changes nothing"
    editor.keys("<M-Right>")
    editor.until(lambda: editor.line() != typed, "the first word in the text")
    word = editor.line().removeprefix(typed)
    assert ghost.startswith(word) and word != ghost and word.strip().isidentifier()
    assert editor.ghost() == ghost.removeprefix(word), "the rest stays visible"
    editor.keys("<Tab>")
    editor.until(lambda: editor.line() == typed + ghost, "the whole suggestion in the text")


def test_what_is_typed_agrees_or_takes_the_suggestion_away(editor: Editor) -> None:
    ghost = begin_a_function(editor)
    typed = editor.line()
    # Typed through and taken before the server is asked again: nothing is doubled.
    editor.keys(f"{ghost[0]}<Tab>")
    editor.until(lambda: editor.line() == typed + ghost, "the suggestion in the text, once")
    editor.keys("<C-u>    return min((call.s")
    ghost_text(editor)
    editor.keys("#")
    editor.until(lambda: editor.line().endswith("#"), "what was typed")
    assert not editor.ghost(), "gone at once, not with the next reply"


def test_a_completion_menu_has_precedence(editor: Editor) -> None:
    editor.nvim.command("set completeopt=menuone")
    begin_a_function(editor)
    editor.keys("<C-x><C-n>")
    editor.until(editor.nvim.funcs.pumvisible, "the menu")
    editor.until(lambda: not editor.ghost(), "no ghost text beside the menu")
    editor.keys("<C-e>")
    editor.until(lambda: not editor.nvim.funcs.pumvisible(), "no menu")
    editor.keys("<BS>s")
    assert ghost_text(editor), "again when the menu is gone"


MAPPINGS = """
vim.keymap.set("i", "<Tab>", "mine", {})
vim.keymap.set("i", "<M-]>", "zz", { remap = true })
vim.keymap.set("i", "zz", "remapped", {})
vim.keymap.set("i", "<M-Right>", function() return "<C-v>u00e9" end, { expr = true })
vim.api.nvim_create_autocmd("FileType", { pattern = "python", callback = function(event)
  vim.keymap.set("i", "<C-]>", function() vim.api.nvim_put({ "called" }, "c", false, true) end, { buffer = event.buf })
end })
"""


def test_keys_are_what_they_were_where_nothing_is_suggested(open_editor) -> None:
    silent = "require('familiar').setup({ settings = { completion = { enabled = false } } })\n"
    editor: Editor = open_editor(setup=silent + "vim.g.python_recommended_style = 0\n")

    def check(keys: str, line: str) -> None:
        editor.keys(f"Go{keys}|<Esc>")
        editor.until(lambda: editor.line().endswith("|"), f"what {keys} does")
        assert editor.line() == f"{line}|"

    open_file(editor, "harbor/report.py")
    check("<Tab>", "\t")
    editor.nvim.command("set expandtab softtabstop=3 shiftwidth=3")
    check("<Tab>", "   ")
    # Mappings that others make later hold as well.
    editor.lua(MAPPINGS)
    check("<Tab>", "mine")
    check("<M-]>", "remapped")
    check("<M-Right>", "é")
    open_file(editor, "harbor/plan.py")
    check("<C-]>", "called")


def test_silence_says_why(editor: Editor) -> None:
    begin_a_function(editor)
    editor.keys("<Esc>:Familiar snooze 7<CR>")
    editor.until(lambda: editor.status() == "familiar snoozed, 7 min", "snoozed in the status")
    editor.keys("A<BS>s")
    editor.until(lambda: not editor.ghost(), "no ghost text")
    editor.keys("<Esc>:Familiar why<CR>")
    editor.until(lambda: "snoozed for 7 more minutes" in editor.messages(), "why")
    editor.keys(":Familiar snooze 0<CR>A<BS>s")
    editor.until(lambda: editor.status() == "familiar on", "the status")
    ghost_text(editor)
    editor.keys("<Esc>:Familiar toggle<CR>")
    editor.until(lambda: "suggestions are off for python" in editor.messages(), "an answer")
    editor.keys("A<BS>s")
    editor.until(lambda: "switched off for python" in editor.status(), "off in the status")
    editor.keys("<Esc>:Familiar toggle<CR>A<BS>s")
    ghost_text(editor)


def test_a_missing_server_is_named_once_with_the_command(open_editor) -> None:
    editor: Editor = open_editor(path="/usr/bin:/bin")
    editor.edit("harbor/report.py")
    editor.until(lambda: "uv tool install" in editor.messages(), "the message")
    editor.edit("harbor/plan.py")
    editor.keys("<Esc>GoStill an editor.<Esc>")
    editor.until(lambda: editor.line() == "Still an editor.", "editing")
    assert editor.messages().count("the server is not installed") == 1
    editor.keys(":Familiar rename other<CR>")
    editor.until(lambda: editor.messages().count("the server is not installed") == 2, "an answer to a command")


def test_a_server_that_dies_is_told_and_restarted(open_editor) -> None:
    editor: Editor = open_editor()
    begin_a_function(editor)
    editor.keys("<Esc>")
    editor.lua(
        "vim.iter(vim.api.nvim_get_proc_children(vim.uv.os_getpid())):each(function(pid) vim.uv.kill(pid, 9) end)"
    )
    editor.until_shown("quit with exit code")  # Neovim's own message, which may ask for Enter
    editor.keys("<C-\\><C-n><CR>")
    editor.until(lambda: not editor.attached(), "no server")
    editor.keys(":Familiar restart<CR>")
    editor.until(editor.attached, "the server again")
    editor.keys("A<BS>s")
    ghost_text(editor)


OLD, NEW = "level_at", "depth_at"
NAME = re.compile(rb"\blevel_at\b")


def test_a_rename_shows_its_evidence_and_is_applied_and_taken_back(open_editor, images: Path) -> None:
    editor: Editor = open_editor()
    open_file(editor, "harbor/tides.py")
    before = {path: path.read_bytes() for path in editor.root.rglob("*.py")}
    after = {path: NAME.sub(NEW.encode(), data) for path, data in before.items()}
    naming = {path for path in before if after[path] != before[path]}
    assert len(naming) > 2
    editor.keys(f":Familiar trust<CR>/def {OLD}<CR>w:Familiar rename {NEW}<CR>")
    evidence = editor.until(editor.floating, "the evidence", 90)
    assert evidence.startswith("Verified"), evidence
    for shown in ("Checks", "Tests  pytest", "passed", f"Changes  in {len(naming)} files", "harbor/tides.py"):
        assert shown in evidence
    lines = [line.lstrip(" 0123456789") for line in evidence.splitlines()]
    assert "-     def level_at(self, minute: int) -> int:" in lines
    assert "+     def depth_at(self, minute: int) -> int:" in lines
    editor.picture(images / "neovim-rename.png", "nvim harbor/tides.py")
    assert {path: path.read_bytes() for path in before} == before, "nothing is changed before the user says so"
    editor.keys("a")
    editor.until(lambda: "done in" in editor.messages(), "the answer")
    assert not editor.floating()
    editor.nvim.command("wall")
    assert {path: path.read_bytes() for path in before} == after
    editor.keys(":Familiar undo<CR>")
    editor.until(lambda: f": taken back in {len(naming)} files" in editor.messages(), "the answer")
    editor.nvim.command("wall")
    assert {path: path.read_bytes() for path in before} == before


def state(editor: Editor) -> dict[str, bytes]:
    """Every Python file on disk."""
    return {p.relative_to(editor.root).as_posix(): p.read_bytes() for p in sorted(editor.root.rglob("*.py"))}


def suite_passes(editor: Editor) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    return subprocess.run(command, cwd=editor.root, capture_output=True, timeout=200, check=False).returncode == 0


def taken_back(editor: Editor, before: dict[str, bytes]) -> None:
    editor.keys(":Familiar undo<CR>")
    editor.until(lambda: ": taken back in" in editor.messages(), "the answer", 60)
    editor.nvim.command("wall")
    assert state(editor) == before


CODE_ACTION = "vim.lsp.buf.code_action({ context = { only = { 'refactor.move' }, diagnostics = {} }, apply = true })"


def test_a_definition_is_moved_to_a_new_module_and_back(open_editor) -> None:
    editor: Editor = open_editor()
    open_file(editor, "harbor/clock.py")
    before = state(editor)
    editor.keys(":Familiar trust<CR>/def overlap<CR>w")
    editor.until(lambda: editor.line().startswith("def overlap"), "the cursor on the definition")
    # The choice blocks until it is answered.
    editor.lua(f"vim.schedule(function() {CODE_ACTION} end)")
    editor.until_shown("another module, which may be new", 60)
    assert "harbor/berths.py" in editor.screen(), "the modules that there are"
    editor.keys("1<CR>")
    editor.until_shown("Move overlap to: harbor/", 60)
    editor.keys("spans.py<CR>")
    evidence = editor.until(editor.floating, "the evidence", 120)
    assert evidence.startswith("Verified"), evidence
    assert "harbor/spans.py (create)" in evidence
    assert state(editor) == before, "nothing is changed before the user says so"
    editor.keys("a")
    editor.until(lambda: "done in" in editor.messages(), "the answer", 60)
    editor.nvim.command("wall")
    after = state(editor)
    assert after["harbor/spans.py"].startswith(b"def overlap(")
    assert b"def overlap(" not in after["harbor/clock.py"]
    assert suite_passes(editor)
    taken_back(editor, before)


def test_a_definition_is_moved_by_name_to_a_module_that_is_there(open_editor) -> None:
    editor: Editor = open_editor()
    open_file(editor, "harbor/report.py")
    editor.keys(":Familiar trust<CR>/def money<CR>w:Familiar move harbor/tariffs.py<CR>")
    evidence = editor.until(editor.floating, "the evidence", 120)
    assert not evidence.startswith("Refused"), evidence
    editor.keys("q")
    editor.until(lambda: not editor.floating(), "the window closed")
    editor.keys("/^from<CR>:Familiar move harbor/tariffs.py<CR>")
    editor.until(lambda: "Nothing here can be moved" in editor.messages(), "why not", 60)


def test_a_module_is_renamed_where_it_is_imported(open_editor) -> None:
    editor: Editor = open_editor()
    open_file(editor, "harbor/trouble.py")  # the file is open, and something in it is not saved
    editor.keys("Go# the end<Esc>")
    open_file(editor, "harbor/berths.py")
    before = state(editor) | {"harbor/trouble.py": (editor.root / "harbor/trouble.py").read_bytes() + b"# the end\n"}
    editor.keys(":Familiar trust<CR>/, trouble<CR>w:Familiar rename alarm<CR>")
    evidence = editor.until(editor.floating, "the evidence", 120)
    assert evidence.startswith("Verified"), evidence
    assert "harbor/trouble.py → harbor/alarm.py" in evidence
    editor.keys("a")
    editor.until(lambda: "done in" in editor.messages(), "the answer", 60)
    editor.nvim.command("wall")
    after = state(editor)
    assert "harbor/trouble.py" not in after
    assert after["harbor/alarm.py"] == before["harbor/trouble.py"]
    assert suite_passes(editor)
    taken_back(editor, before)


def test_a_module_is_renamed_by_the_editors_own_rename(open_editor) -> None:
    settings = "{ settings = { answer = { rename = 'on' }, rename = { wait = 200, verify = 'static' } } }"
    editor: Editor = open_editor(setup=f"require('familiar').setup({settings})\n")
    open_file(editor, "harbor/berths.py")
    before = state(editor)
    editor.keys("/, trouble<CR>w")
    editor.until(lambda: editor.line().startswith("from harbor"), "the cursor on the import")
    editor.lua("vim.lsp.buf.rename('alarm')")
    editor.until((editor.root / "harbor/alarm.py").exists, "the file", 120)
    editor.until(lambda: "clock, ships, tides, alarm" in editor.text(), "the import")
    editor.nvim.command("wall")
    assert suite_passes(editor)
    assert "only a part" not in editor.messages()
    taken_back(editor, before)


def test_a_verification_is_cancelled(editor: Editor) -> None:
    open_file(editor, "harbor/tides.py")
    before = editor.text()
    editor.keys(f":Familiar trust<CR>/def {OLD}<CR>w:Familiar rename {NEW}<CR>")
    editor.until_shown("tests on")  # the note in the corner: "3 of 30 tests on the code as it is"
    editor.keys(":Familiar cancel<CR>")
    editor.until(lambda: "cancelled, nothing was changed" in editor.messages(), "the answer")
    editor.until(lambda: ":Familiar cancel" not in editor.screen(), "no note")
    # The server is free for the next one, which is refused at once.
    editor.edit("harbor/berths.py")
    editor.keys("/def choose<CR>w:Familiar rename find<CR>")
    assert editor.until(editor.floating, "the evidence", 60).startswith("Refused")
    editor.keys("q")
    editor.edit("harbor/tides.py")
    assert editor.text() == before


def test_a_refused_rename_says_why_and_offers_nothing(editor: Editor) -> None:
    open_file(editor, "harbor/berths.py")
    editor.keys(":Familiar trust<CR>/def choose<CR>w:Familiar rename find<CR>")
    evidence = editor.until(editor.floating, "the evidence", 60)
    assert evidence.startswith("Refused") and "find" in evidence
    assert "a apply" not in editor.screen()
    editor.keys("q")
    editor.until(lambda: not editor.floating(), "the window closed")
    assert "choose" in editor.line()


ANOTHER_SERVER = """
_G.renamed_by_other = nil
vim.lsp.config("other", { filetypes = { "python" }, cmd = function()
  local closing = false
  return {
    request = function(method, params, reply)
      if method == "initialize" then
        reply(nil, { capabilities = { renameProvider = true, textDocumentSync = 1 } })
      elseif method == "textDocument/rename" then
        _G.renamed_by_other = params.newName
        reply(nil, { changes = {} })
      else
        reply(nil, vim.NIL)
      end
      return true, 1
    end,
    notify = function() end,
    is_closing = function() return closing end,
    terminate = function() closing = true end,
  }
end })
vim.lsp.enable("other")
"""


def test_an_untrusted_repository_is_asked_about_once(open_editor) -> None:
    editor: Editor = open_editor()
    open_file(editor, "harbor/tariffs.py")
    editor.keys("/^class<CR>w:Familiar rename Tariffs2<CR>")
    editor.until_shown("Do you trust this repository?", 60)
    editor.keys("2<CR>")  # not now
    evidence = editor.until(editor.floating, "the evidence", 60)
    assert evidence.startswith("Not verified"), evidence
    assert "trust" in evidence.splitlines()[0]
    assert "a apply without verification" in editor.screen()


def test_another_servers_rename_stays_its_own(open_editor) -> None:
    editor: Editor = open_editor(setup=ANOTHER_SERVER)
    open_file(editor, "harbor/tides.py")
    editor.until(
        lambda: len(editor.lua("return vim.tbl_map(function(c) return c.name end, vim.lsp.get_clients())")) == 2, "both"
    )
    editor.keys(f"/def {OLD}<CR>w")
    editor.lua(f"vim.lsp.buf.rename({NEW!r})")
    editor.until(lambda: editor.lua("return _G.renamed_by_other") == NEW, "the other server's rename")
    renamers = (
        "return vim.tbl_map(function(c) return c.name end, vim.lsp.get_clients({ method = 'textDocument/rename' }))"
    )
    assert editor.lua(renamers) == ["other"]
    assert begin_a_function(editor), "ghost text beside it"


def test_health_reports_what_the_doctor_finds(open_editor) -> None:
    editor: Editor = open_editor()
    open_file(editor, "harbor/report.py")
    editor.keys(":checkhealth familiar<CR>")
    editor.until(lambda: "found: " in editor.text(), "the server in the report", 90)
    report = editor.text()
    assert "the server runs in" in report
    assert "gave no report" not in report

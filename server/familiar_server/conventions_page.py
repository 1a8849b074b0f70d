"""The conventions as one HTML page that needs nothing else: bars, examples, what is contested, the house's helpers."""

from html import escape

from familiar_codegraph.conventions import learned
from familiar_codegraph.conventions.house import House
from familiar_codegraph.conventions.questions import question
from familiar_codegraph.conventions.values import Fact, Pair

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6577; --line: #e3e7ee; --card: #ffffff; --ground: #f5f7fa;
  --bar: #3a7bd5; --law: #8455c9; --mixed: #d08a1d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf2; --soft: #98a3b6; --line: #2c3442; --card: #1b212c;
  --ground: #12161e; --bar: #5a98ee; --law: #a981e6; --mixed: #e0a548; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 34px 0 10px; }
p.about { color: var(--soft); margin: 0 0 20px; max-width: 70ch; }
section.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.fact { display: grid; grid-template-columns: minmax(240px, 5fr) 3fr 4fr; gap: 16px; padding: 10px 16px;
  align-items: center; border-top: 1px solid var(--line); }
.fact:first-child { border-top: 0; }
.say b { font-weight: 600; } .id { color: var(--soft); font-size: 12px; display: block; }
.bar { height: 10px; background: var(--line); border-radius: 5px; overflow: hidden; display: flex; }
.bar i { display: block; height: 100%; background: var(--bar); } .law .bar i { background: var(--law); }
.bar i.b { background: var(--mixed); } .bar i.c { background: #9aa4b5; } .bar i.d { background: #c3cad6; }
.count { color: var(--soft); font-size: 12px; margin-top: 3px; font-variant-numeric: tabular-nums; }
.where { font-size: 12px; color: var(--soft); overflow-wrap: anywhere; } code { font: 12px ui-monospace, monospace; }
.scope { color: var(--mixed); font-weight: 600; } .tag { color: var(--law); font-size: 12px; display: block; }
.quiet { color: var(--soft); }
nav a { color: var(--bar); margin-right: 14px; text-decoration: none; }
@media (max-width: 720px) { .fact { grid-template-columns: 1fr; gap: 6px; } }
"""
_FOLDERS = 12
"""Folders whose words are shown."""
_TREND = {"rising": " ↑ in newer files", "falling": " ↓ in newer files"}


def page(name: str, house: House, found: list[Fact]) -> str:
    """Return the page of the repository called `name`."""
    firm = [f for f in found if not f.contested and not f.scope and not f.question.startswith("naming.word")]
    words = [f for f in found if not f.contested and not f.scope and f.question.startswith("naming.word")]
    parts = [fact for fact in found if fact.scope]
    mixed = [fact for fact in found if fact.contested and not fact.scope]
    families = list(dict.fromkeys(question(fact.question).family for fact in firm))
    sections = [(family, [_fact(f) for f in firm if question(f.question).family == family]) for family in families]
    sections.append(("words of names", [_fact(fact) for fact in words]))
    sections.append(("elsewhere otherwise", [_fact(fact) for fact in parts]))
    sections.append(("contested", [_contested(fact) for fact in mixed]))
    sections.append(("the house's own helpers", [_pair(pair) for pair in house.pairs()]))
    sections.append(
        (
            "calls that stand together",
            [
                _row(
                    f"<code>{escape(t.first)}</code> with <code>{escape(t.second)}</code>",
                    f"in {t.files} files",
                    f"<code>{escape(t.folder)}</code>" if t.folder else "",
                )
                for t in learned.calls_together(house, 12)
            ],
        )
    )
    sections.append(("words of folders", _folders(learned.folder_words(house, 6))))
    sections.append(("functions of one shape", [_template(t) for t in learned.templates(house, 8)]))
    shown = [(title[:1].upper() + title[1:], rows) for title, rows in sections if rows]
    links = "".join(f'<a href="#{_anchor(title)}">{escape(title)}</a>' for title, _ in shown)
    body = "".join(
        f'<h2 id="{_anchor(title)}">{escape(title)}</h2><section class="card">{"".join(rows)}</section>'
        for title, rows in shown
    )
    about = (
        f"Counted in {len(house.files())} files of the repository itself, newer files weighing more. A bar is the "
        "share of the votes (a file has hardly more than one), the figure behind it the lower bound of that share. "
        "Nothing here is advice: where there is no habit, nothing follows."
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>How {escape(name)} does things</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f'<h1>How {escape(name)} does things</h1><p class="about">{about}</p><nav>{links}</nav>{body}'
        "</main></body></html>\n"
    )


def _anchor(title: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in title)


def _fact(fact: Fact) -> str:
    asked = question(fact.question)
    say = escape(asked.say).replace("{}", f"<b>{escape(fact.answer)}</b>")
    where = f'<span class="scope">{escape(fact.scope.removeprefix("kind:"))}</span> ' if fact.scope else ""
    tag = f'<span class="tag">law: {escape(fact.source)}</span>' if fact.source else ""
    other = "" if fact.answer == fact.default else f" · not the default ({escape(fact.default)})"
    bar = f'<div class="bar"><i style="width:{100 * fact.share:.1f}%"></i></div>'
    sure = "" if fact.source else f" · at least {fact.confidence:.0%}"
    count = f"{fact.support} of {fact.total} in {fact.files} files{sure}{_TREND.get(fact.trend, '')}"
    places = "<br>".join(f"<code>{escape(e.path)}:{e.line}</code>" for e in fact.examples)
    return (
        f'<div class="fact{" law" if fact.source else ""}"><div class="say">{where}{say}'
        f'<span class="id">{escape(fact.question)}{other}</span>{tag}</div>'
        f'<div>{bar}<div class="count">{count}</div></div><div class="where">{places}</div></div>'
    )


def _contested(fact: Fact) -> str:
    marks = "abcd"
    bars = "".join(
        f'<i class="{marks[min(n, 3)]}" style="width:{100 * share:.1f}%"></i>'
        for n, (_, share) in enumerate(fact.contested)
    )
    shares = ", ".join(f"{escape(answer)} {share:.0%}" for answer, share in fact.contested)
    asked = escape(question(fact.question).say).replace("{}", "…")
    return (
        f'<div class="fact"><div class="say quiet">{asked}<span class="id">{escape(fact.question)}</span></div>'
        f'<div><div class="bar">{bars}</div><div class="count">{fact.total} in {fact.files} files</div></div>'
        f'<div class="where">{shares}</div></div>'
    )


def _pair(pair: Pair) -> str:
    what = f"<code>{escape(pair.house)}</code> <span class='quiet'>for</span> <code>{escape(pair.default)}</code>"
    count = f"{pair.calls_house} uses, {pair.calls_default} of the default"
    return _row(what, count, f"<code>{escape(pair.path)}:{pair.line}</code>")


def _folders(words: list[learned.Word]) -> list[str]:
    """One row for each of the folders whose names are most unlike the rest of the repository."""
    by_folder: dict[str, list[learned.Word]] = {}
    for word in words:
        by_folder.setdefault(word.folder, []).append(word)
    chosen = sorted(by_folder, key=lambda folder: (-sum(w.times for w in by_folder[folder]), folder))[:_FOLDERS]
    return [
        _row(
            f"<code>{escape(folder or '.')}</code>",
            ", ".join(f"{escape(w.word)} {w.times}" for w in by_folder[folder]),
            f"up to {max(w.lift for w in by_folder[folder]):.0f} times as often as elsewhere",
        )
        for folder in sorted(chosen)
    ]


def _template(template: learned.Template) -> str:
    names = ", ".join(dict.fromkeys(escape(name) for _, _, name in template.places[:6]))
    places = "<br>".join(f"<code>{escape(path)}:{line}</code>" for path, line, _ in template.places[:3])
    return _row(f"<code>{names}</code>", f"{len(template.places)} functions", places)


def _row(what: str, count: str, where: str) -> str:
    middle = f'<div class="count">{count}</div><div class="where">{where}</div>'
    return f'<div class="fact"><div class="say">{what}</div>{middle}</div>'

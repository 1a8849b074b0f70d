"""Which names TypeScript and JavaScript allow, and which mean something by their spelling."""

import re

from familiar_codegraph.values import Symbol

_NAME = re.compile(r"[A-Za-z_$\u0080-\U0010ffff][\w$]*")
RESERVED = frozenset(
    """
    await break case catch class const continue debugger default delete do else enum export extends false finally for
    function if import in instanceof new null return super switch this throw true try typeof var void while with yield
    let static implements interface package private protected public arguments eval undefined NaN Infinity
    """.split()  # noqa: SIM905
)
_TYPES = frozenset({
    "any", "unknown", "never", "object", "string", "number", "boolean", "symbol", "bigint", "void", "undefined", "null",
})  # fmt: skip
_MODULE = frozenset({"require", "exports", "module", "async"})
_IMPLICIT = frozenset({
    "constructor", "prototype", "__proto__", "toString", "toLocaleString", "valueOf", "toJSON", "then",
    "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable",
})  # fmt: skip
PROTOCOL = {
    **dict.fromkeys(("next", "done", "value", "return", "throw"), "iterators have a member of this name"),
    **dict.fromkeys(("catch", "finally"), "promises have a member of this name"),
    **dict.fromkeys(("get", "set", "has", "apply", "construct", "deleteProperty", "ownKeys", "configurable",
                     "enumerable", "writable"), "proxies and property descriptors have a member of this name"),
    **dict.fromkeys(("length", "handleEvent", "call", "bind"), "the language reads members of this name"),
    **dict.fromkeys(("render", "state", "props", "componentDidMount", "componentDidUpdate", "componentWillUnmount",
                     "shouldComponentUpdate", "getSnapshotBeforeUpdate", "componentDidCatch", "defaultProps",
                     "displayName", "propTypes", "getDerivedStateFromProps", "getDerivedStateFromError", "key", "ref",
                     "children", "dangerouslySetInnerHTML"), "frameworks of components read members of this name"),
}  # fmt: skip
"""Names of members that code outside the repository may read, by the reason to ask."""
FRAMEWORK = frozenset({
    "getServerSideProps", "getStaticProps", "getStaticPaths", "getInitialProps", "generateMetadata", "metadata",
    "generateStaticParams", "loader", "action", "meta", "links", "headers", "GET", "POST", "PUT", "PATCH", "DELETE",
    "HEAD", "OPTIONS", "middleware", "config", "handler", "load", "actions", "prerender", "ssr", "csr", "revalidate",
    "dynamic", "runtime", "viewport", "setup", "teardown", "activate", "deactivate",
})  # fmt: skip
READ_MEMBERS = frozenset({
    "@Component", "@Directive", "@Entity", "@Table", "@Schema", "@ObjectType", "@InputType", "@ArgsType", "@Model",
    "@customElement", "@Options", "@Embeddable", "@Document",
})  # fmt: skip
"""Decorators of classes whose members are read by name: by templates, tables and schemas."""
_FRAMEWORK_FILES = re.compile(
    r"(^|/)(pages|app|routes|api|functions)/|(^|/)(\+?(page|route|layout|server|middleware|hooks|extension|instrumentation)"
    r"(\.\w+)*|[^/]*\.config)\.[cm]?[jt]sx?$"
)


def is_looked_for(path: str, name: str) -> bool:
    """Return whether a framework, a test runner or a host may look for an export of this name in this file."""
    return name in FRAMEWORK and bool(_FRAMEWORK_FILES.search(path))


def why_not(symbol: Symbol, new: str, *, is_member: bool) -> str | None:
    """Return why `symbol` may not be called `new`, whatever else the repository holds; None when it may."""
    old = symbol.name
    if new == old:
        return f"{new} is already the name."
    if old.startswith("#") != new.startswith("#"):
        return "Names of private members begin with #, and no others do: the new name must do as the old one."
    if not _NAME.fullmatch(new.removeprefix("#")) or not new.removeprefix("#").replace("$", "_").isidentifier():
        return f"{new!r} is not a valid name: letters, digits, _ and $, not starting with a digit."
    if not is_member and new in RESERVED:
        return f"{new} is a reserved word."
    if not is_member and new in _MODULE:
        return f"{new} has a meaning of its own in modules."
    if symbol.kind in ("class", "interface", "type", "enum") and new in _TYPES:
        return f"{new} is a type of the language."
    if is_member:
        for name in (old, new):
            if name in _IMPLICIT:
                return f"{name} is a special name: the language gives it its meaning, so no rename gives or takes it."
        if symbol.kind == "attribute" and new in ("get", "set", "static", "async"):
            return f"{new} before a member is a word of the language."
    return None

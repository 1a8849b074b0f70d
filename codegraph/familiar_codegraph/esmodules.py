"""Which file a module path of JavaScript or TypeScript means, and what such a module exports.

Paths are followed as the TypeScript compiler and bundlers do: relative ones with and without extension (`./x.js` may
mean `x.ts`), `index` files, `paths` and `baseUrl` of the nearest tsconfig.json or jsconfig.json, and the packages of
the repository itself by their package.json. What lies in node_modules is outside.
"""

import posixpath
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from familiar_codegraph import facts as f

if TYPE_CHECKING:
    from familiar_codegraph.fileindex import FileIndex
    from familiar_codegraph.names import Target
    from familiar_codegraph.resolver import Resolver

SUFFIXES = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".d.mts", ".d.cts", ".js", ".jsx", ".mjs", ".cjs")
_WRITTEN_AS = {
    ".js": (".ts", ".tsx", ".d.ts", ".js", ".jsx"),
    ".jsx": (".tsx", ".d.ts", ".jsx"),
    ".mjs": (".mts", ".d.mts", ".mjs"),
    ".cjs": (".cts", ".d.cts", ".cjs"),
}
_CONDITIONS = ("source", "types", "import", "module", "node", "require", "default")
_BUILT = ("dist", "lib", "build", "out", "esm", "cjs", "es")
_MAX_EXTENDS = 8


def reads(path: str) -> bool:
    """Return whether `path` is a module of this kind."""
    return path.endswith(SUFFIXES)


def is_project_file(name: str) -> bool:
    """Return whether a file of this name says where modules are."""
    return name == "package.json" or (name.startswith(("tsconfig", "jsconfig")) and name.endswith(".json"))


class Package(NamedTuple):
    folder: str
    data: Mapping[str, Any]


class Config(NamedTuple):
    """What a tsconfig.json says of module paths: `base` is its baseUrl, `home` what `paths` are relative to."""

    base: str | None
    home: str
    paths: tuple[tuple[str, tuple[str, ...]], ...]


class EsModules:
    """Answers where modules are, for one set of files."""

    def __init__(self, paths: Iterable[str], projects: Mapping[str, bytes]) -> None:
        self._files = frozenset(p for p in paths if reads(p))
        self.ambient = tuple(sorted(p for p in self._files if p.endswith((".d.ts", ".d.mts", ".d.cts"))))
        read = {p: json_of(data) for p, data in projects.items() if self._files and is_project_file(_name(p))}
        self._json = {p: data for p, data in read.items() if isinstance(data, dict)}
        manifests = [p for p in self._json if _name(p) == "package.json"]
        self._manifests = {_parent(p): Package(_parent(p), self._json[p]) for p in manifests}
        self._packages = {str(p.data["name"]): p for p in self._manifests.values() if p.data.get("name")}
        self._config = lru_cache(maxsize=None)(self._find_config)
        self.resolve = lru_cache(maxsize=None)(self._resolve)

    def _resolve(self, specifier: str, importer: str) -> str | None:
        """Return the file that a module path in `importer` means, None when it is outside the repository."""
        here = _parent(importer)
        if specifier in (".", "..") or specifier.startswith(("./", "../")):
            return self._at(_normal(here, specifier))
        if specifier.startswith("#"):
            return self._private(specifier, here)
        config = self._config(here)
        for pattern, targets in config.paths if config else ():
            rest = _matched(pattern, specifier)
            if rest is not None:
                for target in targets:
                    found = self._at(_normal(config.home, target.replace("*", rest, 1))) if config else None
                    if found:
                        return found
        if config and config.base is not None and (found := self._at(_normal(config.base, specifier))):
            return found
        return self._package(specifier)

    def in_repository(self, specifier: str, importer: str) -> bool:
        """Return whether a module path ought to be found here."""
        if specifier.startswith((".", "#", "/")) or specifier == "":
            return posixpath.splitext(specifier)[1] in ("", *SUFFIXES) or specifier in (".", "..")
        config = self._config(_parent(importer))
        if any(len(p) > 2 and _matched(p, specifier) is not None for p, _ in (config.paths if config else ())):
            return True
        return _package_name(specifier) in self._packages

    # ------------------------------------------------------------ files

    def _at(self, base: str | None) -> str | None:
        """Return the file that a path without (or with another) extension means."""
        if base is None:
            return None
        stem, suffix = posixpath.splitext(base)
        for written in _WRITTEN_AS.get(suffix, ()):
            if stem + written in self._files:
                return stem + written
        if base in self._files:
            return base
        for suffix in SUFFIXES:
            if base + suffix in self._files:
                return base + suffix
        manifest = self._manifests.get(base)
        if manifest and (found := self._entry(manifest, "")):
            return found
        folder = f"{base}/" if base else ""
        return next((folder + "index" + s for s in SUFFIXES if folder + "index" + s in self._files), None)

    # ------------------------------------------------------------ packages of the repository

    def _package(self, specifier: str) -> str | None:
        name = _package_name(specifier)
        package = self._packages.get(name)
        return self._entry(package, specifier[len(name) + 1 :]) if package else None

    def _entry(self, package: Package, inner: str) -> str | None:
        """Return the file that `inner` ("" for the package itself) of a package means: its source where it is built."""
        exports = package.data.get("exports")
        if exports is not None:
            target = _exported(exports, f"./{inner}" if inner else ".")
            if target and (found := self._source(package.folder, target)):
                return found
        elif inner:
            return self._at(_normal(package.folder, inner))
        if inner:
            return self._at(_normal(package.folder, f"src/{inner}"))
        for key in ("source", "types", "typings", "module", "main"):
            target = package.data.get(key)
            if isinstance(target, str) and (found := self._source(package.folder, target)):
                return found
        for inside in ("src/index", "index", "src/main", "lib/index"):
            path = _normal(package.folder, inside)
            if path and (found := next((path + s for s in SUFFIXES if path + s in self._files), None)):
                return found
        return None

    def _source(self, folder: str, target: str) -> str | None:
        """`dist/x.js` stands for `src/x.ts` when only that is there."""
        path = _normal(folder, target)
        if path is None:
            return None
        if path in self._files or posixpath.splitext(path)[1] in _WRITTEN_AS:
            stem = path if path in self._files else posixpath.splitext(path)[0]
            found = next((p for s in ("", *SUFFIXES) if (p := stem + s) in self._files), None)
            if found:
                return found
        inner = path[len(folder) + 1 :] if folder else path
        parts = inner.split("/")
        while len(parts) > 1 and parts[0] in _BUILT:
            parts = parts[1:]
            stem = "/".join(parts)
            for ending in (".d.ts", ".d.mts", ".d.cts", *_WRITTEN_AS):
                stem = stem.removesuffix(ending)
            for home in ("src", "lib", ""):
                base = _normal(folder, f"{home}/{stem}" if home else stem)
                if base and (found := next((base + s for s in SUFFIXES if base + s in self._files), None)):
                    return found
        return None

    def _private(self, specifier: str, folder: str) -> str | None:
        """`#name` means what `imports` of the nearest package.json says."""
        while True:
            manifest = self._manifests.get(folder)
            if manifest:
                target = _exported(manifest.data.get("imports"), specifier)
                return self._source(folder, target) if target else None
            if not folder:
                return None
            folder = _parent(folder)

    # ------------------------------------------------------------ tsconfig.json

    def _find_config(self, folder: str) -> Config | None:
        for name in ("tsconfig.json", "jsconfig.json"):
            path = f"{folder}/{name}" if folder else name
            if path in self._json:
                return self._read_config(path, 0)
        return self._config(_parent(folder)) if folder else None

    def _read_config(self, path: str, depth: int) -> Config:
        data, folder = self._json[path], _parent(path)
        options = data.get("compilerOptions")
        options = options if isinstance(options, dict) else {}
        extends = data.get("extends")
        base: Config | None = None
        for name in [extends] if isinstance(extends, str) else extends if isinstance(extends, list) else []:
            above = _normal(folder, str(name)) if str(name).startswith(".") else None
            for candidate in (above, f"{above}.json", f"{above}/tsconfig.json"):
                if candidate in self._json and depth < _MAX_EXTENDS:
                    base = self._read_config(str(candidate), depth + 1)
                    break
        url = options.get("baseUrl")
        here = _normal(folder, url) if isinstance(url, str) else base.base if base else None
        given = options.get("paths")
        if not isinstance(given, dict):
            return Config(here, base.home if base else folder, base.paths if base else ())
        rows = [(str(k), tuple(str(t) for t in v)) for k, v in given.items() if isinstance(v, list)]
        ordered = sorted(rows, key=lambda row: ("*" in row[0], -len(row[0].partition("*")[0])))
        return Config(here, here if here is not None else folder, tuple(ordered))


# ---------------------------------------------------------------- small things


def json_of(data: bytes) -> Any:
    """Read JSON with comments and trailing commas, as tsconfig.json has them; None when it is broken."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return msgspec.json.decode(_without_comments(data.decode("utf-8-sig", "replace")))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _without_comments(text: str) -> str:
    out, at, size = list[str](), 0, len(text)
    while at < size:
        char = text[at]
        if char == '"':
            end = at + 1
            while end < size and text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            out.append(text[at : end + 1])
            at = end + 1
        elif text.startswith("//", at):
            end = text.find("\n", at)
            at = end if end >= 0 else size
        elif text.startswith("/*", at):
            end = text.find("*/", at)
            at = end + 2 if end >= 0 else size
        elif char == "," and text[at + 1 :].lstrip()[:1] in ("]", "}"):
            at += 1
        else:
            out.append(char)
            at += 1
    return "".join(out)


def _exported(exports: Any, wanted: str) -> str | None:
    """Return the target of `wanted` (`.`, `./inner`, `#name`) in `exports` or `imports` of a package.json."""
    if isinstance(exports, str):
        return exports if wanted == "." else None
    if not isinstance(exports, dict):
        return None
    if not any(str(k).startswith((".", "#")) for k in exports):
        return _condition(exports) if wanted == "." else None
    if wanted in exports:
        return _condition(exports[wanted])
    for pattern in sorted((str(k) for k in exports if "*" in str(k)), key=lambda k: -len(k.partition("*")[0])):
        rest = _matched(pattern, wanted)
        target = _condition(exports[pattern]) if rest is not None else None
        if target and rest is not None:
            return target.replace("*", rest)
    return None


def _condition(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return next((t for v in value if (t := _condition(v))), None)
    if isinstance(value, dict):
        return next((t for c in _CONDITIONS if c in value and (t := _condition(value[c]))), None)
    return None


def _matched(pattern: str, specifier: str) -> str | None:
    """Return what `*` stands for ("" in a pattern without one), None when the pattern does not match."""
    before, star, after = pattern.partition("*")
    if not star:
        return "" if pattern == specifier else None
    fits = specifier.startswith(before) and specifier.endswith(after) and len(specifier) >= len(before) + len(after)
    return specifier[len(before) : len(specifier) - len(after)] if fits else None


def _package_name(specifier: str) -> str:
    parts = specifier.split("/")
    return "/".join(parts[:2]) if specifier.startswith("@") else parts[0]


def _normal(folder: str, path: str) -> str | None:
    """Return the path from the root, None when it leaves the repository."""
    found = posixpath.normpath(posixpath.join("/" + folder, path) if not path.startswith("/") else path)
    up = posixpath.normpath(posixpath.join(folder or ".", path))
    return None if up == ".." or up.startswith("../") else found.strip("/")


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


# ---------------------------------------------------------------- exports


def member(r: "Resolver", index: "FileIndex", name: str, seen: frozenset[tuple[str, str]]) -> "list[Target]":
    """Return what the export `name` of a module means; nothing when it has none. See `languages.javascript.modules`
    for the names `default` and `export=`."""
    from familiar_codegraph import names

    for row in index.export_rows.get(name, ()):
        if not row.module:
            return names.bound(r, index, 0, row.name, seen) or names.unbound(r, index, row.name)
        return names.imported(r, index, row, seen)
    if name in index.exported_names or (index.facts.exports is None and _is_property(index, name)):
        return names.bound(r, index, 0, name, seen)
    if "export=" in index.names and (0, "export=") in index.binds:
        found = _assigned(r, index, name)
        if found:
            return found
    if name in ("default", "export=") and index.facts.exports is None:
        return [names.Target("module", index.path)]
    if name == "export=":
        return [names.Target("module", index.path)]
    if name != "default":
        for row in index.stars:
            found_in = names.module_of(r, index, row)
            if found_in is not None and (targets := names.member(r, found_in, name, seen)):
                return targets
    return []


def _is_property(index: "FileIndex", name: str) -> bool:
    """Return whether CommonJS code sets `exports.name`."""
    return any(index.facts.binds[b].kind == f.MEMBER for b in index.binds.get((0, name), ()))


def _assigned(r: "Resolver", index: "FileIndex", name: str) -> "list[Target]":
    """Return what `name` of the value of `module.exports = ...` means, or the value itself."""
    from familiar_codegraph import attributes, evaluate, names

    binds = index.binds[0, "export="]
    if name in ("default", "export="):
        shapes = [index.facts.exprs[v] for b in binds if (v := index.facts.binds[b].value) >= 0]
        if len(shapes) == 1 and shapes[0].op == f.NAME:
            return names.load(r, index, index.facts.uses[shapes[0].a])
        return [names.Target("symbol", index.path, "", "export=")]
    found: list[Target] = []
    for value in evaluate.bound_types(r, index, binds).values:
        if value.kind in ("class", "instance"):
            for target in attributes.lookup(r, value, name).targets:
                found += _followed(r, target)
    return found


def _followed(r: "Resolver", target: "Target") -> "list[Target]":
    """`module.exports = {a}`: the property stands for what it is set to."""
    from familiar_codegraph import names

    index = r.file(target.path)
    scope = index.scope_of.get(target.scope, -1) if index else -1
    if index is None or scope < 0:
        return [target]
    binds = [index.facts.binds[b] for b in index.binds.get((scope, target.name), ())]
    plain = len(binds) == 1 and binds[0].kind == f.ASSIGN and binds[0].value >= 0
    shape = index.facts.exprs[binds[0].value] if plain else None
    if shape is not None and shape.op == f.NAME and index.facts.names[index.facts.uses[shape.a].name] == target.name:
        return names.load(r, index, index.facts.uses[shape.a])
    return [target]

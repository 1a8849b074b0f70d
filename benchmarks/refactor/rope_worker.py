"""Answers renames with rope: one JSON question a line on stdin, one answer a line on stdout. Run by a Python with rope.

{"path", "offset" (code points), "new"} -> {"changed": {path: text after}} or {"refused": why}
"""

import json
import sys

from rope.base.project import Project  # type: ignore[import-not-found]
from rope.refactor.rename import Rename  # type: ignore[import-not-found]


def main() -> None:
    project = Project(sys.argv[1], ropefolder=None)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            resource = project.get_resource(asked["path"])
            changes = Rename(project, resource, asked["offset"]).get_changes(
                asked["new"], docs=False, in_hierarchy=True
            )
            said = {"changed": {c.resource.path: c.new_contents for c in changes.changes if hasattr(c, "new_contents")}}
        except Exception as error:
            said = {"refused": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()

"""Ask jedi for references: run by the Python of an environment with jedi, a JSON list of [path, line, column] on stdin.

python jedi_references.py ROOT < PLACES      prints a JSON line {"ms", "found"} for each place, asked twice
"""

import json
import sys
import time

import jedi

root = sys.argv[1]
project = jedi.Project(root)
for path, line, column in json.load(sys.stdin):
    for _ in range(2):
        began = time.perf_counter()
        try:
            found = len(jedi.Script(path=f"{root}/{path}", project=project).get_references(line, column))
        except Exception as error:
            found = type(error).__name__
        print(json.dumps({"ms": (time.perf_counter() - began) * 1000, "found": found}), flush=True)

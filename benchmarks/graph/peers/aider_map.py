"""Make aider's repository map: run by the Python of an environment with aider-chat, FILES (a list) on stdin.

    python aider_map.py ROOT < FILES      prints {"seconds", "start_seconds", "characters"}

No model is needed: tokens are counted as four characters each, which saves aider the time of a tokenizer.
"""

import json
import os
import sys
import time

began = time.perf_counter()
from aider.io import InputOutput  # noqa: E402
from aider.repomap import RepoMap  # noqa: E402


class Model:
    def token_count(self, text):
        return len(text) // 4


root = sys.argv[1]
files = [os.path.join(root, line.strip()) for line in sys.stdin if line.strip()]  # noqa: PTH118
started = time.perf_counter()
made = RepoMap(map_tokens=1024, root=root, main_model=Model(), io=InputOutput(yes=True, pretty=False))
text = made.get_repo_map([], files) or ""
ended = time.perf_counter()
print()
print(json.dumps({"seconds": ended - started, "start_seconds": started - began, "characters": len(text)}))

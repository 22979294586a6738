"""Checks that the code shown in documents is code of this project.

A fenced block whose first line names a file, ```cpp lib/IR/Folds.cpp, must
stand in that file, line for line.

    check-excerpts.py ROOT docs/a.md docs/b.md
"""

import pathlib
import re
import sys

FENCE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def find_stale(root, document):
    """The blocks, as (line, file), that their file does not contain."""
    text = document.read_text()
    for match in FENCE.finditer(text):
        source = root / match[1]
        if not source.is_file() or "\n" + match[2] not in "\n" + source.read_text():
            yield text.count("\n", 0, match.start()) + 1, match[1]


def main():
    root = pathlib.Path(sys.argv[1])
    blocks = 0
    stale = []
    for name in sys.argv[2:]:
        document = root / name
        blocks += len(FENCE.findall(document.read_text()))
        stale += [(name, *place) for place in find_stale(root, document)]
    for name, line, source in stale:
        print(f"{name}:{line}: this block is not in {source}")
    print(f"{blocks} blocks, {len(stale)} stale")
    sys.exit(1 if stale or not blocks else 0)


main()

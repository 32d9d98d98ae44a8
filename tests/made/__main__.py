"""python -m made FOLDER [NAME ...]: writes the made clips and their truth; from the folder `tests`.

NAME: begin of a take's name, as in `subtitles` or `pan-60fps`; without one, all of them.
"""

import sys
from pathlib import Path

from made.catalogue import takes


def main(arguments: list[str]) -> None:
    """Writes what is asked for and says so."""
    if not arguments or arguments[0].startswith("-"):
        sys.exit(__doc__)
    folder, names = Path(arguments[0]), tuple(arguments[1:])
    folder.mkdir(parents=True, exist_ok=True)
    for take in takes():
        if not names or take.name.startswith(names):
            print(take.write(folder))


if __name__ == "__main__":
    main(sys.argv[1:])

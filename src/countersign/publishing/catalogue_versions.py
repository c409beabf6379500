"""catalogue.json: which version of each list of the catalogue a release was made with."""

from __future__ import annotations

import json
from pathlib import Path

from countersign.catalogue import available, load
from countersign.publishing.writing import write_whole


def write_catalogue_versions(path: Path) -> int:
    """Write list -> version as JSON, and return how many lists there are.

    Raises
    ------
    StoreError: the disk refused.
    """
    versions = {name: load(name).version for name in available()}
    write_whole(path, json.dumps(versions, ensure_ascii=False, indent=1) + "\n")
    return len(versions)

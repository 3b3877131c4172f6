"""The built files of other projects are those that their list names."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import app.web.application

VENDOR = Path(app.web.application.__file__).parent / "static" / "vendor"


def test_vendored_files_are_unchanged() -> None:
    """Each file's sha256 is the one on the list, and none is missing from it."""
    listed = dict(
        re.findall(r"\| `([\w/.]+)` \|.*`([0-9a-f]{64})` \|", (VENDOR / "README.md").read_text())
    )
    files = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.suffix in {".js", ".css"}
    }
    assert files == listed
    assert all((VENDOR / name).with_name("LICENSE").exists() for name in files)

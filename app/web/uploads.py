"""Files that were uploaded: kept while they are read, under no name that anybody else can open."""

from __future__ import annotations

import tempfile
from pathlib import PurePath
from typing import BinaryIO, cast

from werkzeug.datastructures import FileStorage

from app.errors import one_line

MAX_FILE_NAME = 200


def own_copy(uploaded: FileStorage) -> BinaryIO:
    """The file in a place that outlives the request and has no name: it goes when it is closed."""
    stream = tempfile.TemporaryFile()  # noqa: SIM115  (the importing thread closes it)
    uploaded.save(stream)
    stream.seek(0)
    return cast("BinaryIO", stream)


def file_name(given: str | None, otherwise: str) -> str:
    """The file's own name: browsers may send a whole path."""
    name = one_line(PurePath((given or "").replace("\\", "/")).name)
    return name[:MAX_FILE_NAME] or otherwise

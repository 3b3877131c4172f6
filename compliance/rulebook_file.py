"""Reads rule files: the one door of `yaml`. What they mean is rulebook.py's affair."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import yaml

from compliance.rulebook import Rulebook, RulebookError, build, check_additions
from compliance.time_zone import zone_data_version

_BUNDLED = "calling_rules.yaml"
# The loader in C reads the bundled file five times as fast; not every build of the library has it.
_Loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT_KEYS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}
_OPERATOR_LISTS = ("regions", "territories", "postal_codes", "emergency_bans")
_OPERATOR_KEYS = {"jurisdictions", *_OPERATOR_LISTS}


def load(path: Path | None = None) -> Rulebook:
    """The bundled rules, with an operator's file on top.

    An entry of the operator's file with a known code replaces those fields that it names; any other
    entry is added. Its regions, territories, postal codes and emergency bans are added.

    Raises:
        RulebookError: a file cannot be read, or its data cannot be applied.
    """
    bundled = resources.files("compliance").joinpath(_BUNDLED).read_text(encoding="utf-8")
    rules = _parsed(_BUNDLED, bundled)
    if path is not None:
        rules = _overridden(rules, _operators(path))
    return build(rules, zone_data_version())


def _operators(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookError(str(path), "(all)", f"cannot be read: {error}") from None
    own = _parsed(str(path), text)
    if unknown := own.keys() - _OPERATOR_KEYS:
        raise RulebookError(
            str(path), min(unknown), f"unknown; use {', '.join(sorted(_OPERATOR_KEYS))}"
        )
    check_additions(str(path), {key: own[key] for key in _OPERATOR_LISTS if key in own})
    return own


def _parsed(name: str, text: str) -> dict[str, object]:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        _check_keys(name, node)
        content = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        raise RulebookError(name, "(all)", f"not YAML: {error}") from None
    finally:
        loader.dispose()
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise RulebookError(name, "(all)", "a rule file is a mapping of names")
    return content


def _check_keys(name: str, node: yaml.Node | None) -> None:
    """Refuse a key given twice (the last one would silently win), and one that is no text."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_keys(name, item)
    elif isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        bare = next((key.value for key, _ in node.value if key.tag not in _TEXT_KEYS), None)
        if bare is not None:
            line = node.start_mark.line + 1
            raise RulebookError(
                name, "(all)", f"put the key {str(bare)[:40]!r} in quotes, from line {line}"
            )
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            line = node.start_mark.line + 1
            raise RulebookError(
                name, "(all)", f"the key {twice!r} is given twice, from line {line}"
            )
        for _, value in node.value:
            _check_keys(name, value)


def _overridden(base: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    merged = dict(base)
    entries = {str(entry["code"]): entry for entry in _rows(base, "jurisdictions")}
    for entry in _rows(own, "jurisdictions"):
        code = entry.get("code")
        if not isinstance(code, str):
            raise RulebookError(str(code), "code", "give a code, in quotes")
        entries[code] = {**entries.get(code, {}), **entry}
    merged["jurisdictions"] = list(entries.values())
    for key in _OPERATOR_LISTS:
        merged[key] = [*_rows(base, key), *_rows(own, key)]
    return merged


def _rows(rules: Mapping[str, object], key: str) -> list[dict[str, object]]:
    rows = rules.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RulebookError("file", key, "give a list of entries")
    return rows

"""What sdg-build and Open SDG demand of a data repository, as far as their documentation and their checks say it.

A reader of the folder, not of our code: it knows nothing of how the folder is made.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import yaml

MISSING = {
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "n/a", "nan", "null", "None",
}  # fmt: skip
REQUIRED = {
    "indicator_number", "indicator_name", "reporting_status", "data_non_statistical", "graph_title", "graph_type",
    "published", "national_geographical_coverage",
}  # fmt: skip
STATUSES = {"complete", "inprogress", "notstarted", "notapplicable"}


def load(path: Path) -> Any:
    """Read YAML as sdg-build does, and nothing else but plain values."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)


def rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        found = list(reader)
        return list(reader.fieldnames or ()), found


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def problems(root: Path) -> list[str]:
    """Return everything that a build would refuse, get wrong or drop silently; nothing for a folder that is right."""
    found: list[str] = []
    config = load(root / "config_data.yml")
    assert (root / "config_data.yml").read_bytes().isascii()
    options = config["indicator_options"]
    apart = set(options["non_disaggregation_columns"])
    tables = {
        path.stem.removeprefix("indicator_"): path for path in sorted(root.glob(config["inputs"][0]["path_pattern"]))
    }
    configs = {path.stem for path in root.glob(config["inputs"][1]["path_pattern"])}
    metas = {path.stem for path in root.glob(config["inputs"][2]["path_pattern"])}
    if not (tables.keys() == configs == metas) or not tables:
        found.append(f"tables {set(tables)}, configurations {configs}, metadata {metas}")
    fields = load(root / "metadata_schema.yml")["prose"]["metadata"]["meta"]
    for number, path in tables.items():
        found += [f"{path.name}: {problem}" for problem in _table(path, apart)]
        merged = load(root / "indicator-config" / f"{number}.yml") | load(root / "meta" / f"{number}.yml")
        found += [f"{number}: {problem}" for problem in _metadata(merged, number, fields)]
        for language in config["languages"][1:]:
            translated = root / "meta" / language / f"{number}.yml"
            if not translated.is_file() or not set(load(translated)) <= set(merged):
                found.append(f"{number}: no metadata in {language}, or fields the others lack")
    site = load(root / "site_config_additions.yml")
    known = load(root / "translations" / config["languages"][0] / "citizen_data.yml")
    for one in site["observation_attributes"]:
        group, _, key = one["label"].partition(".")
        if one["field"] not in options["observation_attributes"] or group != "citizen_data" or key not in known:
            found.append(f"the site shows {one}, which is no attribute or has no label")
    if set(site["ignored_disaggregations"]) != set(options["observation_attributes"]):
        found.append("the site offers filters by attributes")
    found += _translations(root, config["languages"], tables.values(), apart)
    found += _maps(root, config["map_layers"], tables.values())
    return found


def _table(path: Path, apart: set[str]) -> list[str]:
    found = []
    names, content = rows(path)
    if names[0] != "Year" or names[-1] != "Value" or len(set(names)) != len(names):
        found.append(f"columns {names}")
    if "GeoCode" in names and names[-2] != "GeoCode":
        found.append("GeoCode is not the last but one")
    if any(name != name.strip() or "." in name for name in names):
        found.append("a column with blanks at its ends")
    seen = set()
    breakdowns = [name for name in names if name not in apart]
    for row in content:
        if None in row.values() or None in row:
            found.append("a row of another length")
        if not re.fullmatch(r"\d{4}", row["Year"]):
            found.append(f"year {row['Year']}")
        if row["Value"] and (not is_number(row["Value"]) or row["Value"].lower() in ("nan", "inf", "-inf")):
            found.append(f"value {row['Value']}")
        for name in (*breakdowns, "GeoCode"):
            text = row.get(name, "")
            if text != text.strip() or (text and text in MISSING) or is_number(text.replace(",", "")):
                found.append(f"{name} '{text}' would not be read as a text")
        key = (row["Year"], row.get("Units"), row.get("Series"), *(row[name] for name in breakdowns))
        if key in seen:
            found.append(f"two values for {key}")
        seen.add(key)
        if not row["Value"] and any(
            row.get(name) for name in ("LOWER_BOUND", "UPPER_BOUND", "PLAUSIBLE_LOWER", "GeoCode")
        ):
            found.append("numbers or a place beside no value")
    return found


def _metadata(merged: dict[str, Any], number: str, fields: list[dict[str, Any]]) -> list[str]:
    found = [f"lacks {key}" for key in REQUIRED if merged.get(key) in (None, "")]
    if merged["reporting_status"] not in STATUSES or merged["graph_type"] not in ("line", "bar"):
        found.append("status or type of graph")
    if merged["data_non_statistical"] is not False or merged["published"] is not True:
        found.append("no true Boolean")
    if merged["standalone"]:
        if not merged["permalink"]:
            found.append("no address")
    elif merged["indicator_number"] != number.replace("-", ".") or not merged["target_number"].startswith(
        merged["goal_number"]
    ):
        found.append("number, target and goal do not agree")
    for field in fields:
        value = merged.get(field["name"], "")
        if not isinstance(value, str) or re.search(r"<[A-Za-z/!]", value):
            found.append(f"{field['name']} is {value!r}")
    return found


def _translations(root: Path, languages: list[str], tables: Any, apart: set[str]) -> list[str]:
    found = []
    for language in languages:
        folder = root / "translations" / language
        groups = {path.stem: load(path) for path in folder.glob("*.yml")}
        for group, texts in groups.items():
            for key, value in texts.items():
                if not isinstance(key, str) or not isinstance(value, str):
                    found.append(f"{language}.{group}: {key!r} is no text")
        for path in tables:
            names, content = rows(path)
            for name in (one for one in names if one not in apart):
                known = groups.get(name, {})
                if name not in known or {row[name] for row in content if row[name]} - set(known):
                    found.append(f"{language}: {name} is not wholly translated")
    return found


def _maps(root: Path, layers: list[dict[str, Any]], tables: Any) -> list[str]:
    found, codes = [], set()
    for layer in layers:
        raw = (root / layer["geojson_file"]).read_bytes()
        if not raw.isascii():
            found.append("outlines that are not ASCII")
        for feature in json.loads(raw)["features"]:
            properties = feature["properties"]
            if layer["id_property"] in ("geocode",) or layer["name_property"] in ("name",):
                found.append("a property that the build deletes again")
            if not properties[layer["name_property"]] or properties["geocode"] != properties[layer["id_property"]]:
                found.append("an area without name or code")
            codes.add(properties[layer["id_property"]])
    for path in tables:
        _, content = rows(path)
        used = {row["GeoCode"] for row in content if row.get("GeoCode")}
        if used - codes:
            found.append(f"{path.name}: codes without an outline: {used - codes}")
        if layers and load(root / "indicator-config" / f"{path.stem.removeprefix('indicator_')}.yml")[
            "data_show_map"
        ] != bool(used):
            found.append(f"{path.name}: the map and its data do not agree")
    return found

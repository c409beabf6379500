"""Configuration of the data repository and what the site's own configuration must say about our columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from countersign.publishing.open_sdg import columns as names
from countersign.publishing.open_sdg.documents import FIELDS
from countersign.publishing.open_sdg.maps import setting, subfolder

SHOWN = (names.INTERVAL, names.PLAUSIBLE, names.COMMENT, names.FITNESS, names.TIME)
"""Attributes that the site shows beside the number; the ends of the interval stand in one text, not in two notes."""

LABELS = {
    names.INTERVAL: "interval_short",
    names.PLAUSIBLE: "plausible",
    names.COMMENT: "status",
    names.FITNESS: "verdict_short",
    names.TIME: "period",
}


def data_settings(
    languages: Iterable[str], areas: Mapping[str, str], *, translations: str, title: str
) -> dict[str, Any]:
    """Return ``config_data.yml``, what sdg-build reads.

    Parameters
    ----------
    areas: variable of areas -> its column. translations: folder or address of the shared translations, or empty.
    """
    shared: list[dict[str, Any]] = []
    if translations:
        shared = [{"class": "TranslationInputSdgTranslations", "source": translations}]
    return {
        "languages": list(languages),
        "site_dir": "_site",
        "src_dir": "",
        "schema": [{"class": "SchemaInputOpenSdg", "schema_path": "metadata_schema.yml"}],
        "inputs": [
            {"class": "InputCsvData", "path_pattern": "data/*-*.csv"},
            {"class": "InputYamlMeta", "path_pattern": "indicator-config/*-*.yml", "git": False},
            {"class": "InputYamlMeta", "path_pattern": "meta/*-*.yml", "git": False},
        ],
        "translations": [*shared, {"class": "TranslationInputYaml", "source": "translations"}],
        "reporting_status_extra_fields": [],
        "map_layers": [setting(name, left_out=(*areas.values(), *names.ATTRIBUTES)) for name in areas],
        "datapackage": {"sorting": "default"},
        "docs_branding": title,
        "docs_metadata_fields": [],
        "indicator_options": {
            "non_disaggregation_columns": list(names.NOT_BREAKDOWNS),
            "series_column": names.SERIES,
            "unit_column": names.UNITS,
            "observation_attributes": list(names.ATTRIBUTES),
        },
    }


def site_settings(areas: Iterable[str]) -> dict[str, Any]:
    """Return what ``_config.yml`` of the site needs besides: attributes beside the number, and no filter by them."""
    layers = [{"subfolder": subfolder(name), "label": "indicator.map", "min_zoom": 0, "max_zoom": 20} for name in areas]
    return {
        "observation_attributes": [{"field": name, "label": f"citizen_data.{LABELS[name]}"} for name in SHOWN],
        "ignored_disaggregations": list(names.ATTRIBUTES),
        **({"map_layers": layers} if layers else {}),
    }


def metadata_schema() -> dict[str, Any]:
    """Return ``metadata_schema.yml``: the fields of the metadata and under which heading the site shows them."""
    meta = [
        {
            "name": name,
            "field": {
                "element": "textarea",
                "label": label or f"metadata_fields.{name}",
                "translation_key": label or f"metadata_fields.{name}",
                "scope": "national",
            },
        }
        for name, label in FIELDS.items()
    ]
    return {"prose": {"metadata": {"meta": meta}}}

"""Configuration and metadata of one indicator, as the files of a data repository hold them."""

from __future__ import annotations

import re
from typing import Any

from countersign.model.open_sdg_plan import is_of_goals
from countersign.model.release import Release
from countersign.publishing import statements
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words
from countersign.publishing.open_sdg.columns import VALUE
from countersign.publishing.open_sdg.tables import Table

FIELDS = {
    "SDG_INDICATOR": "",
    "STAT_CONC_DEF": "",
    "UNIT_MEASURE": "",
    "SOURCE_TYPE": "",
    "COLL_METHOD": "",
    "REL_CAL_POLICY": "",
    "DATA_SOURCE": "",
    "COMPILING_ORG": "",
    "DATA_COMP": "",
    "QUALITY_ASSURE": "",
    "REC_USE_LIM": "",
    "META_LAST_UPDATE": "",
    "CONTACT": "",
    "CITIZEN_DATA": "citizen_data.statement",
    "INTERVAL_CONVENTION": "citizen_data.interval",
    "USE_VERDICT": "citizen_data.verdict",
    "CONSENT": "citizen_data.consent",
    "SIGNED_BY": "citizen_data.signatures",
}
"""Field of the metadata -> key of its label; empty = that of the shared translations, ``metadata_fields.<field>``."""

_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def configuration(release: Release, own: Table, number: str, labels: Labels, words: Words) -> dict[str, Any]:
    """Return ``indicator-config/<number>.yml``: how the site shows the indicator."""
    plan, synthetic = release.plan, release.plan.synthetic or release.estimates.synthetic
    found: dict[str, Any] = {"indicator_number": number.replace("-", ".") if is_of_goals(number) else number}
    if is_of_goals(number):
        goal, target, *_ = number.split("-")
        found |= {
            "goal_number": goal,
            "target_number": f"{goal}.{target}",
            "indicator_sort_order": "-".join(part.rjust(2, "0") for part in number.split("-")),
            "standalone": False,
        }
    else:
        found |= {"standalone": True, "permalink": number}
    found |= {
        "published": True,
        "reporting_status": "complete" if any(row[VALUE] is not None for row in own.rows) else "inprogress",
        "data_non_statistical": False,
        "graph_type": "line" if len(own.years) > 1 else "bar",
        "data_show_map": own.mapped,
        "computation_units": own.unit,
        "data_notice_class": "danger" if synthetic else "warning",
    }
    if own.percent:
        found["precision"] = [{"decimals": 1}]
    if plan.calendar.address:
        found |= {"source_url_1": plan.calendar.address, "source_url_text_1": plan.calendar.address}
    return found | titles(release, own, labels, words)


def titles(release: Release, own: Table, labels: Labels, words: Words) -> dict[str, Any]:
    """Return what the site shows of the indicator in words, in one language."""
    plan = release.plan
    synthetic = plan.synthetic or release.estimates.synthetic
    title = labels.indicator(own.indicator)
    heading = words.gettext("Synthetic data: made up, do not quote.") if synthetic else words.gettext("Citizen data")
    found = {
        "indicator_name": title,
        "graph_title": title,
        "indicator_available": title,
        "national_geographical_coverage": plan.population.area or words.gettext("All"),
        "data_notice_heading": heading,
        "data_notice_text": statements.use(release, own.indicator, words),
        "data_footnote": " ".join(filter(None, [statements.citizen_data(release, words), _blank(own, words)])),
    }
    return {key: _safe(text) for key, text in found.items()}


def metadata(release: Release, own: Table, number: str, labels: Labels, words: Words) -> dict[str, Any]:
    """Return the fields of ``meta/<number>.yml`` in one language; a field without anything to say is left out."""
    plan = release.plan
    indicator = plan.indicators.get(own.indicator)
    found = {
        "SDG_INDICATOR": number.replace("-", ".") if is_of_goals(number) else "",
        "STAT_CONC_DEF": statements.definition(indicator, labels, own.indicator),
        "UNIT_MEASURE": own.unit,
        "SOURCE_TYPE": words.pick(plan.summary),
        "COLL_METHOD": statements.collection(release, words),
        "REL_CAL_POLICY": _announced(release, words),
        "DATA_SOURCE": plan.initiative.organiser,
        "COMPILING_ORG": plan.record.publisher or plan.initiative.organiser,
        "DATA_COMP": statements.computation(release, own.indicator, labels, words),
        "QUALITY_ASSURE": statements.assurance(release, words),
        "REC_USE_LIM": _blank(own, words),
        "META_LAST_UPDATE": release.made[:10],
        "CONTACT": plan.record.contact or plan.initiative.contact,
        "CITIZEN_DATA": statements.citizen_data(release, words),
        "INTERVAL_CONVENTION": statements.interval(release, own.indicator, labels, words),
        "USE_VERDICT": statements.use(release, own.indicator, words),
        "CONSENT": statements.consent(plan, words),
        "SIGNED_BY": statements.signatures(plan, words),
    }
    source = {
        "source_active_1": True,
        "source_organisation_1": plan.initiative.organiser,
        "source_contact_1": plan.record.contact or plan.initiative.contact,
        "source_release_date_1": release.made[:10],
        "source_geographical_coverage_1": plan.population.area,
        "source_other_info_1": words.pick(plan.title),
    }
    return {
        key: _safe(value) if isinstance(value, str) else value for key, value in {**found, **source}.items() if value
    }


def _blank(own: Table, words: Words) -> str:
    return "" if all(row[VALUE] is not None for row in own.rows) else statements.blank(words)


def _announced(release: Release, words: Words) -> str:
    calendar = release.plan.calendar
    said = []
    if calendar.announced:
        said.append(words.gettext("Announced for {day}.").format(day=calendar.announced))
    if calendar.revises:
        said.append(words.gettext("Revises the release {vintage}.").format(vintage=calendar.revises))
    if calendar.note:
        said.append(calendar.note)
    return " ".join(said)


def _safe(text: str) -> str:
    """Return a text that a page takes for text: what would begin a tag does not."""
    return _TAG.sub("&lt;", text).strip()

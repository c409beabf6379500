"""A national structure of a country that does not exist, made by the test, and releases to send in it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from release_samples import estimate, survey

from countersign.catalogue.sdmx import sdg
from countersign.model.data_structure import DataStructure
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.observation import Observations
from countersign.model.release import Release
from countersign.model.sdmx_plan import SdmxPlan
from countersign.publishing.sdmx import map_release
from countersign.publishing.sdmx.message import message_of
from countersign.publishing.sdmx.order import Order, in_order
from countersign.publishing.sdmx.writing import FILES, as_columns, message_in

NAUGHTY = 'Ama & "Bo" <of> the \u0130zmir,\n=1+1; \u0639\u0631\u0628\u064a \u4e2d\u6587'

LISTS = {
    "FREQ": {"A": "Annual", "M": "Monthly"},
    "SERIES": {"NAT_WATER": "Safe water [6.1.1]", "NAT_MEALS": "Meals [2.1.2]"},
    "TERRITORY": {"KX": "The whole country", "KX-N": "North", "KX-S": "South"},
    "GENDER": {"_T": "Both", "1": "Male", "2": "Female"},
    "ETHNOS": {"_T": "All", "AMA": "Ama", "BOR": "Bor"},
    "OBS_STATUS": {code: code for code in "AEQVULOPBG"},
    "UNIT_MEASURE": {"PERCENT": "Percent", "PERSONS": "Persons"},
}
DIMENSIONS = ("FREQ", "SERIES", "TERRITORY", "GENDER", "ETHNOS")
NATIONAL = "KX:NAT(2.1)"


def national(path: Path, *, constrained: bool = False, second: bool = False) -> Path:
    """Write the national structure; the ending says how: ``.21.xml``, ``.30.xml`` or ``.json``."""
    from pysdmx.io import write_sdmx
    from pysdmx.io.format import Format
    from pysdmx.model import (
        Code,
        Codelist,
        Component,
        Components,
        Concept,
        ConceptScheme,
        DataStructureDefinition,
        DataType,
        ItemReference,
        Role,
    )
    from pysdmx.model.constraint import (
        ConstraintAttachment,
        CubeKeyValue,
        CubeRegion,
        CubeValue,
        DataConstraint,
    )
    from pysdmx.model.message import Header

    def listed(name: str) -> Codelist:
        codes = [Code(code, name=text) for code, text in LISTS[name].items()]
        return Codelist(id=f"CL_{name}", agency="KX", version="1.0", name=name, items=codes)

    lists = {name: listed(name) for name in LISTS}
    free = ("TIME_PERIOD", "OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "COMMENT_OBS", "TITLE", "GEO_URL")
    concepts = [Concept(id=name, name=name.replace("_", " ").title()) for name in (*LISTS, *free)]
    scheme = ConceptScheme(id="CS_NAT", agency="KX", version="1.0", name="Concepts", items=concepts)

    def component(name: str, role: Role, dtype: Any = None, level: str | None = None, *, needed: bool = False) -> Any:
        reference = ItemReference(sdmx_type="Concept", agency="KX", id="CS_NAT", version="1.0", item_id=name)
        urn = f"urn:sdmx:org.sdmx.infomodel.codelist.Codelist=KX:CL_{name}(1.0)"
        return Component(
            name, required=needed or role is not Role.ATTRIBUTE, role=role, concept=reference,
            local_codes=lists.get(name), local_dtype=dtype, attachment_level=level,
            local_enum_ref=urn if name in LISTS else None,
        )  # fmt: skip

    everything = [
        *(component(name, Role.DIMENSION) for name in DIMENSIONS),
        component("TIME_PERIOD", Role.DIMENSION, DataType.PERIOD),
        component("OBS_VALUE", Role.MEASURE, DataType.DOUBLE),
        component("OBS_STATUS", Role.ATTRIBUTE, level="O", needed=True),
        component("UNIT_MEASURE", Role.ATTRIBUTE, level=",".join(DIMENSIONS), needed=True),
        component("GEO_URL", Role.ATTRIBUTE, DataType.STRING, "TERRITORY"),
        component("LOWER_BOUND", Role.ATTRIBUTE, DataType.DOUBLE, "O"),
        component("UPPER_BOUND", Role.ATTRIBUTE, DataType.DOUBLE, "O"),
        component("COMMENT_OBS", Role.ATTRIBUTE, DataType.STRING, "O"),
        component("TITLE", Role.ATTRIBUTE, DataType.STRING, "D"),
    ]
    dsd = DataStructureDefinition(
        id="NAT", agency="KX", version="2.1", name="National indicators", components=Components(everything)
    )
    written = [scheme, *lists.values(), dsd]
    if second:
        written.append(
            DataStructureDefinition(
                id="OTHER", agency="KX", version="1.0", name="Other", components=Components(everything)
            )
        )
    if constrained:
        regions = [
            CubeRegion(
                [
                    CubeKeyValue("SERIES", [CubeValue("NAT_WATER")]),
                    CubeKeyValue("GENDER", [CubeValue("_T"), CubeValue("2")]),
                    CubeKeyValue("ETHNOS", [CubeValue("_T")]),
                ]
            ),
            CubeRegion([CubeKeyValue("SERIES", [CubeValue("NAT_MEALS")]), CubeKeyValue("GENDER", [CubeValue("_T")])]),
        ]
        attachment = ConstraintAttachment(
            None, data_structures=["urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=KX:NAT(2.1)"]
        )
        written.append(
            DataConstraint(
                id="CR_NAT", agency="KX", version="1.0", name="What goes together",
                constraint_attachment=attachment, cube_regions=regions,
            )
        )  # fmt: skip
    format_ = {
        ".21.xml": Format.STRUCTURE_SDMX_ML_2_1, ".30.xml": Format.STRUCTURE_SDMX_ML_3_0,
        ".json": Format.STRUCTURE_SDMX_JSON_2_0_0,
    }["".join(path.suffixes)]  # fmt: skip
    header = Header(id="NATIONAL", prepared=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    write_sdmx(written, format_, output_path=str(path), header=header)
    return path


def release(figures: tuple[Estimate, ...] = (), *, synthetic: bool = False, **sdmx: Any) -> Release:
    """The survey of the other samples with an SDMX plan; with other figures where some are given."""
    made = survey(synthetic=synthetic)
    settings: dict[str, Any] = {"area": "404", "series": {"water": "SH_H2O_SAFE"}} | sdmx
    made = replace(made, plan=replace(made.plan, sdmx=SdmxPlan(**settings)))
    return replace(made, estimates=EstimateTable(figures)) if figures else made


def figure(domain: Mapping[str, str] | None = None, value: float = 0.4, **more: Any) -> Estimate:
    """A share of people with safe water."""
    n = more.pop("n", 100)
    return estimate("water", "proportion", value, 0.1, n, domain=dict(domain or {}), **more)


def everything() -> tuple[Release, DataStructure]:
    """A release with every kind of dimension, state and text, in the global structure."""
    figures = [*survey().estimates.estimates[:9]]
    figures += [
        figure({"age_group": band}, 0.1 + number / 7) for number, band in enumerate(("18-24", "65+", "under 15"))
    ]
    figures += [figure({"people": name}) for name in (NAUGHTY, "Bor", "(missing)")]
    figures += [
        figure({"year": str(year), "sex": sex}, year / 7000) for year in (2019, 2021) for sex in ("female", "male")
    ]
    figures += [figure({"people": "Bor", "sex": "female"}, 1e-7), figure({"people": "Bor", "sex": "male"}, 1.0)]
    figures += list(
        survey().estimates.estimates[9:11]
    )  # one withheld, with its number still in it, and one without data
    return release(tuple(figures), constraints=False), sdg()


def columns(made: Release, structure: DataStructure) -> tuple[Observations, Order]:
    """The observations of a release, and their order."""
    held = as_columns(map_release(made, structure).observations, structure)
    return held, in_order(held, structure)


def written(made: Release, structure: DataStructure, name: str, folder: Path) -> Path:
    """Write a release in one format."""
    held, order = columns(made, structure)
    path = folder / FILES[name][0]
    parts = message_in(name, held, structure, order, message=message_of(made))
    path.write_text("".join(parts), encoding="utf-8")
    return path


def expected(made: Release, structure: DataStructure) -> list[dict[str, Any]]:
    """Every observation as a reader should find it, sorted by key."""
    rows = [{**one.texts, **one.numbers} for one in map_release(made, structure).observations]
    return by_key(rows, structure)


def by_key(rows: list[dict[str, Any]], structure: DataStructure) -> list[dict[str, Any]]:
    """Sort rows by their keys and let go of what is empty."""
    names = [one.id for one in structure.dimensions] + ([structure.time.id] if structure.time else [])
    kept = [{name: value for name, value in row.items() if not _empty(value)} for row in rows]
    return sorted(kept, key=lambda row: tuple(str(row.get(name, "")) for name in names))


def _empty(value: Any) -> bool:
    return value is None or value == "" or value != value


def as_read(frame: Any, structure: DataStructure) -> list[dict[str, Any]]:
    """Rows of a table that a library read, with numbers as numbers."""
    rows = [{str(name): value for name, value in row.items()} for row in frame.to_dict(orient="records")]
    for row in rows:
        for name in list(row):
            if _empty(row[name]):
                del row[name]
            elif name in structure and structure[name].number:
                row[name] = float(row[name])
            else:
                row[name] = str(row[name])
    return by_key(rows, structure)


def as_an_office_writes_it(path: Path, published: Path) -> Path:
    """Write a national structure made from the published one, with the habits of a real one.

    Names in two languages, bounds without a type, a dataflow beside the structure, lists of the global agency.
    """
    text = published.read_text(encoding="utf-8")
    text = text.replace("DataStructure=IAEG-SDGs:SDG(1.4)", "DataStructure=KX_NSO:SDG(1.8)")
    text = text.replace(
        'agencyID="IAEG-SDGs" id="SDG" isFinal="true" version="1.4"', 'agencyID="KX_NSO" id="SDG" version="1.8"'
    )
    text = re.sub(
        r'<com:Name xml:lang="en">',
        '<com:Name xml:lang="ru">\u041f\u043e\u043b</com:Name><com:Name xml:lang="en">',
        text,
    )
    for name in ("UPPER_BOUND", "LOWER_BOUND"):
        for kind, part in (("Concept", "CoreRepresentation"), ("Attribute", "LocalRepresentation")):
            pattern = rf'(<str:{kind} [^>]*id="{name}">(?:(?!</str:{kind}>).)*?)<str:{part}>.*?</str:{part}>'
            text = re.sub(pattern, r"\1", text, count=1, flags=re.DOTALL)
    flow = (
        '<str:Dataflows><str:Dataflow id="DF_SDG" agencyID="KX_NSO" version="1.8" isExternalReference="false" '
        'urn="urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=KX_NSO:DF_SDG(1.8)" isFinal="false">'
        '<com:Name xml:lang="en">National flow</com:Name><str:Structure><Ref id="SDG" package="datastructure" '
        'class="DataStructure" agencyID="KX_NSO" version="1.8"/></str:Structure></str:Dataflow></str:Dataflows>'
    )
    path.write_text(text.replace("<mes:Structures>", f"<mes:Structures>{flow}"), encoding="utf-8")
    return path

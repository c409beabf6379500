"""Free text and photos of a study -> lists for a person to go through, and what that person let through.

The lists hold what people wrote. They stay in the folder `.review`, which only its owner can read.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.errors import ProtectionError
from countersign.model.screening import PhotoNote, Screening

if TYPE_CHECKING:
    from countersign.model.screening import Hit
    from countersign.study.study import Study
    from countersign.study.telling import Account

REVIEW = ".review"
TEXTS, PHOTOS = "texts.xlsx", "photos.xlsx"
SHOW, HIDE = "show", "withhold"
NUMBER, DECISION, NEW, FILE, BLUR = "number", "decision", "new text", "file", "blur"
_BOX = re.compile(r"\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*")


def screen(study: Study, *, decided: Path | None = None, photos_decided: Path | None = None) -> Account:
    """Write the lists for a person to go through; or, given such lists, what that person let through.

    Raises
    ------
    ProtectionError, AnswerError: see the functions below.
    """
    from countersign.study.admitting import build_for

    build_for(study, "quote")
    if decided or photos_decided:
        texts = publish_texts(study, decided) if decided else None
        photos = publish_photos(study, photos_decided) if photos_decided else None
        return tell_published(texts, photos, study)
    plan = study.plan.protection
    found = screen_texts(study) if plan.texts or not plan.photos else None
    notes = describe_photos(study) if plan.photos else ()
    lists = [write_queue(found, study)] if found else []
    lists += [write_photo_queue(notes, study)] if plan.photos else []
    return tell_queue(found, notes, tuple(lists), study)


def screen_texts(study: Study) -> Screening:
    """Screen the columns named under ``protection.texts``, or all that hold free text.

    Raises
    ------
    ProtectionError: a column is not there, or none holds free text. DataError: the gazetteer cannot be read.
    """
    from countersign.evidence.secret import FOLDER, keep_secret
    from countersign.protection.texts.screening import screen as search

    columns, lists = _columns(study), _lists(study)
    secret = keep_secret(study.place.study / FOLDER / "texts")

    def advance(done: int, all_: int) -> None:
        if done % 500 == 0 or done == all_:
            study.place.progress("Reading texts", done, all_)

    return search(columns, secret=secret, advance=advance, **lists)


def write_queue(screening: Screening, study: Study) -> Path:
    """Write the list of texts for a person to go through; refuses to take the place of one that was filled in.

    Raises
    ------
    ProtectionError: there is a list already. StoreError: the disk refused.
    """
    from countersign.protection.texts.screening import AS_PROPOSED, CHANGED, DECISIONS, WITHHELD
    from countersign.publishing.workbook import Column, Sheet, save_workbook

    path = _reviewed(study) / TEXTS
    _refuse_present(path)
    # Those with hits first: there is most to decide.
    ordered = sorted(screening.texts, key=lambda one: (not one.hits, one.number))
    rows = tuple(
        (str(one.number), one.column, _marked(one.text, one.hits), ", ".join(sorted({hit.word for hit in one.hits})),
         one.proposed, "", "")
        for one in ordered
    )  # fmt: skip
    sheet = Sheet(
        name="texts",
        columns=(
            Column(NUMBER, 9), Column("column", 16), Column("text, what was found in ⟦ ⟧", 60), Column("found", 16),
            Column("proposed", 60), Column(DECISION, 16, open=True), Column(NEW, 60, open=True),
        ),
        rows=rows,
        notes=(
            "Which of these texts may others read?",
            (f"Write '{AS_PROPOSED}', '{CHANGED}' (and the text in the last column) or '{WITHHELD}'. What is left "
            "empty stays inside. The program finds numbers and addresses; a person must find whom a story is about."),
            "This list holds what people wrote. Keep it where it is, and remove it when you are done.",
        ),
        choices={(row, 5): DECISIONS for row in range(len(rows))},
        header=True,
    )  # fmt: skip
    save_workbook(path, (sheet,))
    path.chmod(0o600)
    return path


def publish_texts(study: Study, file: Path) -> tuple[Path, int]:
    """Write ``texts/texts.csv`` with what a person let through; return it and how many texts it holds.

    Raises
    ------
    AnswerError: the list cannot be read. ProtectionError: see `release_texts`.
    """
    from countersign.intake.decisions import read_decided
    from countersign.protection.texts.recognising import Listed, find_identifiers
    from countersign.protection.texts.screening import Decision, release_texts
    from countersign.publishing.delimited import write_delimited

    lists = _lists(study)
    names, places = Listed(lists["names"], parts=True), Listed(lists["places"], parts=False)

    def find(text: str) -> tuple[Hit, ...]:
        return find_identifiers(text, countries=lists["countries"], names=names, places=places)

    decisions = [
        Decision(_whole(row[NUMBER]), row[DECISION].casefold(), row[NEW], line)
        for line, row in read_decided(file, (NUMBER, DECISION, NEW))
        if row[DECISION]
    ]
    shown = release_texts(screen_texts(study), decisions, find=find, file=file.name)
    target = study.place.folder / "texts" / "texts.csv"
    write_delimited(target, columns=("number", "column", "text"), rows=shown)
    return target, len(shown)


def describe_photos(study: Study) -> tuple[PhotoNote, ...]:
    """Say of every file in ``protection.photos.folder`` what lies beside its pixels, or why it cannot be shown."""
    from countersign.protection.texts.photos import describe_photo

    files = _photos(study)
    notes = []
    for number, path in enumerate(files, start=1):
        notes.append(describe_photo(path))
        study.place.progress("Looking at photos", number, len(files))
    return tuple(notes)


def write_photo_queue(notes: tuple[PhotoNote, ...], study: Study) -> Path:
    """Write the list of photos for a person to go through; errors as `write_queue`."""
    from countersign.publishing.workbook import Column, Sheet, save_workbook

    path = _reviewed(study) / PHOTOS
    _refuse_present(path)
    rows = tuple(
        (one.file, f"{one.width} x {one.height}" if one.width else "", ", ".join(one.hidden), one.problem, "", "")
        for one in notes
    )
    sheet = Sheet(
        name="photos",
        columns=(
            Column(FILE, 30), Column("pixels", 14), Column("hidden in the file", 26), Column("problem", 34),
            Column(DECISION, 14, open=True), Column(BLUR, 44, open=True),
        ),
        rows=rows,
        notes=(
            "Which of these photos may others see?",
            (f"Write '{SHOW}' or '{HIDE}'. What is left empty stays inside. Under '{BLUR}' write the faces and signs "
            "to be made unrecognisable: left, top, width, height in pixels, several apart by a semicolon."),
            "What is hidden in the file (place, time, device) never goes on. Whom it shows, only a person sees.",
        ),
        choices={(row, 4): (SHOW, HIDE) for row in range(len(rows))},
        header=True,
    )  # fmt: skip
    save_workbook(path, (sheet,))
    path.chmod(0o600)
    return path


def publish_photos(study: Study, file: Path) -> tuple[Path, int]:
    """Write the photos that a person let through, made anew, into the folder ``photos``; return it and how many.

    Raises
    ------
    AnswerError: the list cannot be read. ProtectionError: a line that cannot be followed; nothing is written then.
    """
    from countersign.evidence.delivery import deliver
    from countersign.intake.decisions import read_decided
    from countersign.protection.texts.photos import LARGEST, rebuild_photo
    from countersign.publishing.delimited import write_delimited

    known = {path.name: path for path in _photos(study)}
    largest = int(study.plan.protection.photos.get("largest", LARGEST))
    made: list[tuple[str, bytes, str]] = []
    for line, row in read_decided(file, (FILE, DECISION, BLUR)):
        where, word = f"{file.name}, line {line}", row[DECISION].casefold()
        if word in ("", HIDE):
            continue
        if word != SHOW or row[FILE] not in known:
            raise ProtectionError(
                "This is no decision about a photo." if word != SHOW else "The photo is not in the folder.",
                where=where,
                expected=f"a file of the folder, and '{SHOW}' or '{HIDE}'",
                action="correct the line",
            )
        content, ending = rebuild_photo(known[row[FILE]], blur=_boxes(row[BLUR], where), largest=largest)
        made.append((secrets.token_hex(8), content, ending))
    made.sort()  # by names drawn by chance: the order of the folder would tell who sent which

    def build(folder: Path) -> None:
        for name, content, ending in made:
            (folder / f"{name}{ending}").write_bytes(content)
        write_delimited(folder / "photos.csv", columns=("file",), rows=[[name + ending] for name, _, ending in made])

    return deliver(build, study.place.folder / "photos", mark="photos.csv"), len(made)


def tell_queue(
    screening: Screening | None, notes: tuple[PhotoNote, ...], lists: tuple[Path, ...], study: Study
) -> Account:
    """Say what was found, by column and kind, and what a person has to do now."""
    from countersign.study.telling import Account, of_study

    told: list[str] = []
    counts: Mapping[str, Mapping[str, int]] = {}
    if screening is not None:
        counts = screening.counts()
        told.append(f"{len(screening.texts):,} texts were read; in {screening.clean:,} of them nothing was found.")
        for column, kinds in counts.items():
            if kinds:
                told.append(f"  {column}: " + ", ".join(f"{count:,} {kind}" for kind, count in kinds.items()))
        told.append("Finding nothing is no proof: a person must read every text before others may.")
    if notes:
        hidden = sum(bool(one.hidden) for one in notes)
        broken = sum(bool(one.problem) for one in notes)
        told.append(f"{len(notes):,} photos: {hidden:,} with hidden data, {broken:,} that cannot be shown.")
    told += [f"Go through {path}" for path in lists]
    data: dict[str, Any] = {
        "texts": len(screening.texts) if screening else 0,
        "found": counts,
        "photos": len(notes),
        "lists": [str(path) for path in lists],
    }
    words = {TEXTS: "decided", PHOTOS: "photos-decided"}
    options = " ".join(f"--{words[path.name]} {path}" for path in lists)
    return Account("screen", tuple(told), f"{of_study(study, 'screen')} {options}".strip(), data)


def tell_published(texts: tuple[Path, int] | None, photos: tuple[Path, int] | None, study: Study) -> Account:
    """Say what was let through and where it is."""
    from countersign.study.telling import Account, of_study

    told = []
    if texts:
        told.append(f"{texts[1]:,} texts may be read by others: {texts[0]}")
    if photos:
        told.append(f"{photos[1]:,} photos were made anew, without hidden data: {photos[0]}")
    data = {"texts": texts[1] if texts else 0, "photos": photos[1] if photos else 0}
    return Account("screen", tuple(told), of_study(study, "run"), data)


def _columns(study: Study) -> dict[str, list[str | None]]:
    from countersign.tables import collect

    options = study.plan.protection.texts
    dataset = study.datasets[options.get("data", study.plan.main.name)]
    where = study.file.document.where("protection", "texts")
    asked, names = _several(options.get("columns")), _several(options.get("names"))
    for name in (*asked, *names):
        if name not in dataset.codebook:
            raise ProtectionError(
                f"'{dataset.name}' has no column '{name}'.",
                where=where,
                expected="variables of this data source",
                action="correct the name",
            )
    held = {name for role in dataset.roles.values() for name in role}
    chosen = asked or [
        name
        for name in dataset.codebook.names
        if dataset.codebook[name].type == "text" and name not in held and name not in names
    ]
    if not chosen:
        raise ProtectionError(
            f"No column of '{dataset.name}' holds free text.",
            where=where,
            expected="protection.texts.columns: the questions that people answer in their own words",
            action="name them, or leave this step out",
        )
    found = collect(dataset.kept(), chosen)
    return {name: [None if value is None else str(value) for value in found[name].tolist()] for name in chosen}


def _lists(study: Study) -> dict[str, Any]:
    """Return countries, names and places to look for."""
    from countersign.catalogue import load
    from countersign.study.inferring.rows import columns_of
    from countersign.tables import collect

    options = study.plan.protection.texts
    dataset = study.datasets[options.get("data", study.plan.main.name)]
    columns = [name for name in _several(options.get("names")) if name in dataset.codebook]
    found = collect(dataset.kept(), columns) if columns else {}
    names = sorted({str(value) for values in found.values() for value in values.tolist() if value is not None})
    places: list[str] = []
    if spec := options.get("gazetteer"):
        path = study.place.find(spec["file"], where=study.file.document.where("protection", "texts", "gazetteer"))
        column = spec.get("name", "name")
        places = sorted({str(value) for value in columns_of(path, [column])[column].tolist() if value is not None})
    countries = _several(options.get("countries"))
    if not countries and study.plan.population.area_code:
        code = study.plan.population.area_code.upper()
        codes = {str(entry["alpha3"]): entry.id for entry in load("countries")}
        countries = [codes.get(code, code[:2])]
    return {"countries": countries, "names": names, "places": places}


def _several(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(one) for one in value]


def _photos(study: Study) -> list[Path]:
    spec = study.plan.protection.photos
    where = study.file.document.where("protection", "photos")
    folder = (study.place.data or study.place.study) / str(spec.get("folder", ""))
    if not spec.get("folder") or not folder.is_dir():
        raise ProtectionError(
            "There is no folder with photos.",
            where=where,
            expected="protection.photos.folder: a folder beside the study file",
            action="correct the name",
        )
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _reviewed(study: Study) -> Path:
    folder = study.place.folder / REVIEW
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
        (folder / ".gitignore").write_text("*\n", encoding="ascii")
    return folder


def _refuse_present(path: Path) -> None:
    if path.exists():
        raise ProtectionError(
            "There is a list already; somebody may have filled it in.",
            where=f"{path.parent.name}/{path.name}",
            expected="no list of that name",
            action="use it, or move it away and start again",
        )


def _marked(text: str, hits: tuple[Hit, ...]) -> str:
    parts, last = [], 0
    for hit in hits:
        parts += [text[last : hit.start], "⟦", text[hit.start : hit.end], "⟧"]
        last = hit.end
    return "".join([*parts, text[last:]])


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else -1


def _boxes(text: str, where: str) -> list[tuple[int, int, int, int]]:
    boxes = []
    for piece in filter(None, (piece.strip() for piece in text.split(";"))):
        match = _BOX.fullmatch(piece)
        if match is None:
            raise ProtectionError(
                "A part to be blurred is not four numbers.",
                where=where,
                expected="left, top, width, height in pixels, such as 120, 80, 60, 60",
                action="correct the line",
            )
        left, top, width, height = (int(number) for number in match.groups())
        boxes.append((left, top, width, height))
    return boxes

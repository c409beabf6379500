"""Release -> ``reproduce.R``: base R and the package survey read the release again and compute its figures anew."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from countersign.model.estimate import EstimateTable
from countersign.model.plan import IndicatorPlan, Plan
from countersign.model.release import Release
from countersign.model.source import Source
from countersign.publishing.delimited import write_delimited
from countersign.publishing.exports import shown
from countersign.publishing.files.figures import title_of
from countersign.publishing.files.r_expression import column_in_r, in_r, text_in_r, vector_in_r
from countersign.publishing.writing import write_whole

NAME, FIGURES = "reproduce.R", "reproduce.csv"
JOINT = " x "  # between the variables, and the categories, of a joint margin in a file of margins


def write(release: Release, folder: Path) -> None:
    """Write the script, and ``reproduce.csv`` with what it needs beside ``estimates.csv`` to compute the intervals.

    Raises
    ------
    StoreError: the disk refused.
    """
    write_figures(release.estimates, folder)
    write_whole(folder / NAME, script(release))


def write_figures(estimates: EstimateTable, folder: Path) -> None:
    """Write ``reproduce.csv``: of every figure that is shown its statistic, level and degrees of freedom."""
    rows = [(one.figure_id, one.statistic, one.level, one.degrees) for one in estimates if shown(one)]
    write_delimited(folder / FIGURES, columns=("figure_id", "statistic", "level", "degrees"), rows=rows)


def script(release: Release) -> str:
    """Return the script: commented, the same for the same release."""
    plan = release.plan
    parts = [
        _head(release),
        _part("reproduction.R"),
        _first(release.estimates),
    ]
    why = obstacle(plan)
    parts += [_not_again(why)] if why else [_second(release)]
    return "\n".join(parts)


def obstacle(plan: Plan) -> str:
    """Return why the figures cannot be computed again by a script from the data file; empty if they can."""
    source = plan.main
    if plan.protection.method != "suppress":
        return f"the figures were changed to protect people ({plan.protection.method}), by what must stay secret."
    if plan.consent and plan.consent.purpose:
        return "only rows of people who agreed are used, and the records of consent are not part of a release."
    if not source.file.lower().endswith((".csv", ".csv.gz", ".txt", ".tsv")) or source.format not in ("", "csv"):
        return f"the data are not a CSV file ({Path(source.file).suffix or source.format})."
    weighting = plan.weighting
    if weighting and (weighting.within or weighting.numeric or weighting.benchmark_error):
        return "the weights meet totals of numbers, or totals in parts, which the files of a release do not hold."
    return ""


def _head(release: Release) -> str:
    made_up = "\n# SYNTHETIC DATA: everything is made up. Do not quote it." if release.plan.synthetic else ""
    title = " ".join(title_of(release).split())
    return f"""# {title}{made_up}
#
# This script reads a release of this study again, in R, with other code than that which made it.
#   First part:  figures, intervals and pictures from the files of the release. It needs base R only.
#   Second part: weights and figures anew from the data, if you hold them. It needs the package survey.
#
# How to run it: put it into the folder of the release (it lies there already) and type
#   Rscript reproduce.R
#   Rscript reproduce.R PATH/OF/THE/DATA/FILE
# or set the two paths here and run it line by line.

release <- "."
data_file <- commandArgs(trailingOnly = TRUE)[1]   # NA: only the first part

tolerance <- 1e-8                                  # largest difference that counts as none, relative to the size
"""


def _first(estimates: EstimateTable) -> str:
    names = vector_in_r(tuple(estimates.columns.values()))
    return _part("reproduction_first.R").replace("__BREAKDOWNS__", names)


def _part(name: str) -> str:
    """A part of the script that is the same for every release."""
    return (files("countersign.publishing") / "files" / name).read_text(encoding="utf-8")


def _not_again(why: str) -> str:
    return f"""
# --- Second part -----------------------------------------------------------------------------------------------------
# The figures are not computed again here: {why}
# 'countersign retrace' does it for those who hold the inputs.

if (!is.na(data_file)) cat("The figures are not computed again by this script; the reason stands at its end.\\n")
if (worst > tolerance && !interactive()) quit(status = 1)
"""


def _second(release: Release) -> str:
    plan = release.plan
    lines = [
        "",
        "# --- Second part: the data " + "-" * 93,
        "",
        "if (is.na(data_file)) {",
        '  cat("To compute the figures anew, give the path of the data file.\\n")',
        "  if (worst > tolerance && !interactive()) quit(status = 1)",
        "} else {",
        "suppressPackageStartupMessages(library(survey))",
        'options(survey.lonely.psu = "adjust")',
        "",
        *_reading(plan.main, release),
        *_weighting(plan),
        "# What each figure is.",
        "indicators <- list(",
        ",\n".join(_indicator(one) for one in plan.indicators.values() if one.data in ("", plan.main.name)),
        ")",
        "",
        _part("reproduction_last.R"),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _reading(source: Source, release: Release) -> Iterator[str]:
    note = next((one for one in release.data if one.name == source.name), None)
    options = source.options
    yield "# Every cell as text; an empty cell is missing."
    given = options.get("delimiter")
    sign = text_in_r(str(given)) if given else "guess_delimiter(data_file)"
    encoding = text_in_r(str(options.get("encoding", "UTF-8-BOM")))
    yield f'raw <- read.csv(data_file, sep = {sign}, colClasses = "character", na.strings = character(0),'
    yield f"                check.names = FALSE, skip = {int(options.get('skip', 0))}, fileEncoding = {encoding},"
    yield '                comment.char = "")'
    yield 'raw[] <- lapply(raw, function(x) ifelse(trimws(x) == "", NA, x))'
    if source.missing:
        yield "# Codes that mean missing, in every column."
        yield f"codes <- {vector_in_r(tuple(map(str, source.missing)))}"
        yield "raw[] <- lapply(raw, function(x) ifelse(trimws(x) %in% codes, NA, x))"
    decimal = str(options.get("decimal", "."))
    thousands = str(options.get("thousands", ""))
    yield f'plain <- function(x) as.numeric(gsub({text_in_r(decimal)}, ".", '
    yield f'  gsub({text_in_r(thousands or " ")}, "", trimws(x), fixed = TRUE), fixed = TRUE))'
    yield ""
    yield "# Columns under the names of the study, of the types of its codebook."
    yield "d <- data.frame(row.names = seq_len(nrow(raw)))"
    names = note.codebook.names if note else tuple(source.variables)
    asked: list[str] = []
    for name in names:
        variable = note.codebook[name] if note else None
        if variable is None or variable.derived:
            continue
        own, where = column_in_r(name), column_in_r(variable.source, "raw")
        yield f"{own} <- {_typed(variable.type, where, variable)}"
        if variable.asked_if:
            asked.append(f"{own}[!({in_r(variable.asked_if)}) %in% TRUE] <- NA   # not asked")
    yield from asked
    for name, text in source.derive.items():
        yield f"{column_in_r(name)} <- {in_r(text)}"
    if source.keep or source.unique:
        yield ""
        yield "# Quality gates: a row that fails, or for which it cannot be said, is set aside."
        yield "kept <- rep(TRUE, nrow(d))"
    for gate in source.keep:
        yield f"kept <- kept & ({in_r(gate.rule)}) %in% TRUE" + (
            f"   # {' '.join(gate.name.split())}" if gate.name else ""
        )
    for group in source.unique:
        keys = "raw" if not group else f"d[, {vector_in_r(group)}, drop = FALSE]"
        yield f"kept[kept] <- !duplicated({keys}[kept, , drop = FALSE])   # the first of equal records stays"
    if source.keep or source.unique:
        yield "d <- d[kept, , drop = FALSE]"
    yield 'cat(nrow(d), "of", nrow(raw), "rows are used\\n")'
    yield ""


def _typed(kind: str, where: str, variable: Any) -> str:
    text = where
    if variable.missing:
        text = f"ifelse(trimws({text}) %in% {vector_in_r(tuple(map(str, variable.missing)))}, NA, {text})"
    if variable.recode:
        old, new = tuple(map(str, variable.recode)), tuple(map(str, variable.recode.values()))
        text = f"recode({text}, {vector_in_r(old)}, {vector_in_r(new)})"
    if kind in ("number", "integer"):
        return f"plain({text})"
    if kind == "date":
        return f"as.Date({text}, {text_in_r(variable.format or '%Y-%m-%d')})"
    if kind == "boolean":
        return f'(tolower(trimws({text})) %in% c("true", "yes", "1", "t", "y")) | ifelse(is.na({text}), NA, FALSE)'
    return f"trimws({text})"


def _weighting(plan: Plan) -> Iterator[str]:
    source, how = plan.main, plan.weighting
    base = (how.base if how else "") or next(iter(source.roles.get("weight", ())), "")
    yield "# The design, and the weights."
    yield f"d$.base <- {column_in_r(base) if base else '1'}"
    parts = {"ids": "psu", "strata": "stratum", "fpc": "fpc"}
    chosen = [
        f"{argument} = ~{_ticked(source.roles[role][0])}" for argument, role in parts.items() if source.roles.get(role)
    ]
    if not source.roles.get("psu"):
        chosen.insert(0, "ids = ~1")
    if not how:
        yield f"design <- svydesign({', '.join(chosen)}, weights = ~.base, data = d, nest = TRUE)"
        yield ""
        return
    names = [JOINT.join(group) for group in how.by]
    yield f'margins <- read_table(in_release("margins", {text_in_r(how.benchmark + ".csv")}))'
    for number, group in enumerate(how.by, 1):
        joined = " , ".join(f"as.character({column_in_r(name)})" for name in group)
        yield f"d$.m{number} <- paste({joined}, sep = {text_in_r(JOINT)})"
    yield f"targets <- lapply({vector_in_r(tuple(names))}, function(name) {{"
    yield f"  parts <- strsplit(name, {text_in_r(JOINT)}, fixed = TRUE)[[1]]"
    yield '  if ("variable" %in% names(margins)) { own <- margins[margins$variable == name, ]; keys <- own$category }'
    yield f"  else {{ own <- margins; keys <- do.call(paste, c(unname(margins[parts]), sep = {text_in_r(JOINT)})) }}"
    yield "  setNames(as.numeric(own$count), keys)"
    yield "})"
    yield "for (k in seq_along(targets)) {"
    yield '  m <- paste0(".m", k)'
    yield "  d[[m]] <- factor(d[[m]], levels = names(targets[[k]]))"
    yield "}"
    if how.method != "calibrate" or not base:
        yield "d$.base <- d$.base * sum(targets[[1]]) / sum(d$.base)   # starts near the end; changes no weight"
    yield f"design <- svydesign({', '.join(chosen)}, weights = ~.base, data = d, nest = TRUE)"
    terms = " + ".join(f".m{number}" for number in range(1, len(names) + 1))
    yield "population <- unlist(c(list(targets[[1]]), lapply(targets[-1], function(x) x[-1])))"
    yield f"names(population) <- colnames(model.matrix(~ {terms} - 1, d))"
    distance = {"rake": "raking", "post-stratify": "linear"}.get(how.method, how.distance)
    bounds = f", bounds = c({how.bounds[0]!r}, {how.bounds[1]!r})" if how.bounds else ""
    yield f'design <- calibrate(design, ~ {terms} - 1, population, calfun = "{distance}"{bounds},'
    yield "                    epsilon = 1e-12, maxit = 1000)"
    if how.upper or how.lower:
        upper = f"{how.upper!r} * mean(weights(design))" if how.upper else "Inf"
        lower = f"{how.lower!r} * mean(weights(design))" if how.lower else "-Inf"
        yield f"if (any(weights(design) > {upper} | weights(design) < {lower}))"
        yield f"  design <- trimWeights(design, upper = {upper}, lower = {lower})"
    yield 'cat("weights from", format(min(weights(design))), "to", format(max(weights(design))), "\\n")'
    yield ""


def _ticked(name: str) -> str:
    return f"`{name}`"


def _indicator(one: IndicatorPlan) -> str:
    """One entry of the list of indicators."""
    where = in_r(one.where) if one.where else "TRUE"
    parts = [f"statistic = {text_in_r(one.statistic)}", f"where = function(d) {where}"]
    if one.statistic == "distribution":
        parts.append(f"variable = {text_in_r(one.numerator)}")
    else:
        parts.append(f"value = function(d) {in_r(one.numerator)}")
    if one.denominator:
        parts.append(f"below = function(d) {in_r(one.denominator)}")
    if one.statistic == "quantile":
        parts.append(f"q = {one.q!r}")
    return f"  {text_in_r(one.name)} = list({', '.join(parts)})"

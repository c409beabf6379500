# ruff: noqa: E501
"""reproduce.R and reproduce.ipynb read a release again; with the data they compute its figures anew, to 1e-8."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from release_samples import survey

from countersign.errors import ExpressionError
from countersign.publishing.files.notebook import notebook
from countersign.publishing.files.r_expression import in_r, text_in_r
from countersign.publishing.files.r_script import script
from countersign.study import Study
from countersign.study.outputs import OUTPUTS, load_output

RSCRIPT = shutil.which("Rscript")
needs_r = pytest.mark.skipif(RSCRIPT is None, reason="R is not installed")


def has_survey() -> bool:
    if RSCRIPT is None:
        return False
    asked = [RSCRIPT, "-e", 'quit(status = !(requireNamespace("survey", quietly = TRUE) && requireNamespace("MASS")))']
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("expression", "r"),
    [
        ("a", "d$a"),
        ("`Date of visit`", 'd[["Date of visit"]]'),
        ("if(a > 1, 'x', 'y')", 'f_if((d$a > 1), "x", "y")'),
        ("a = 'it''s' or not b", '((d$a == "it\'s") | (!d$b))'),
        ("a / b * 100", "(divide(d$a, d$b) * 100)"),
        ("a not in (1, 2)", "(!one_of(d$a, c(1, 2)))"),
        ("a between 1 and 5", "between(d$a, 1, 5)"),
        ("a is not missing", "!is.na(d$a)"),
        ("total(G1..G213)", 'f_total(span(d, "G1", "G213"))'),
        ("-a + missing", "((-d$a) + NA)"),
        ("true", "TRUE"),
    ],
)
def test_an_expression_is_the_same_in_r(expression: str, r: str) -> None:
    assert in_r(expression) == r


def test_texts_cannot_break_out_of_an_r_script() -> None:
    assert text_in_r('a"); system("rm") #\n\\') == '"a\\"); system(\\"rm\\") #\\n\\\\"'
    with pytest.raises(ExpressionError):
        in_r("system('rm')")


EXPRESSIONS = [
    "a + b", "a - b", "a * b", "a / b", "-a", "a = b", "a != b", "a < b", "a >= b", "a > 1 and b > 1", "a > 1 or b > 1",
    "not (a > 1)", "a in (1, 2)", "a not in (1, 2)", "a between 1 and 3", "a not between 1 and 3", "a is missing", "t is not missing",
    "abs(b)", "log(b)", "log10(b)", "exp(a)", "sqrt(b)", "round(c)", "round(c, 1)", "floor(c)", "ceil(c)", "least(a, b)", "greatest(a, b)",
    "if(a > 1, 'x', 'y')", "if(a > 1, b, c)", "coalesce(a, b, 9)", "year(day)", "month(day)", "day(day)", "weekday(day)", "lower(t)", "upper(t)",
    "trim(t)", "starts_with(t, 'w')", "contains(t, 'e')", "total(a, b, c)", "total(a..c)", "mean_of(a, b, c)", "count_present(a, b)",
    "count_missing(a..c)", "any_of(a > 1, b > 1)", "all_of(a > 1, b > 1)", "band(a, 1, 3, 4)", "band(a, 2)", "text(a)", "t = 'well'", "a + missing",
]  # fmt: skip
ROWS = """a,b,c,t,day
1,0,0.5,well,2024-02-29
2,-1,1.5,Pipe,2023-12-31
3,4,-2.5,,2024-01-01
,2,2.25,river,
4,,-0.5, w ,1999-06-15
1,1,,well,2026-11-30
"""


@needs_r
@pytest.mark.slow
def test_r_computes_what_the_engine_computes(tmp_path: Path) -> None:
    """Every function of the grammar, with missing values, against the engine of this project."""
    from importlib.resources import files

    import countersign
    from countersign.tables import collect

    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    names = [f"e{number}" for number in range(len(EXPRESSIONS))]
    variables = {"day": {"type": "date"}, "t": {"type": "category"}, "a": {"type": "number"}, "b": {"type": "number"}}
    data = countersign.read(
        tmp_path / "rows.csv",
        variables=variables | {"c": {"type": "number"}},
        derive=dict(zip(names, EXPRESSIONS, strict=True)),
    )
    held = collect(data.kept(), names)
    head = (files("countersign.publishing") / "files" / "reproduction.R").read_text(encoding="utf-8")
    lines = [
        head,
        f'd <- read.csv({text_in_r(str(tmp_path / "rows.csv"))}, na.strings = "", strip.white = FALSE)',
        "d$day <- as.Date(d$day)",
        "d$t <- trimws(d$t)",
    ]
    for expression in EXPRESSIONS:
        lines.append(f"x <- rep_len({in_r(expression)}, nrow(d)); if (is.logical(x)) x <- tolower(as.character(x))")
        lines.append(
            'cat(ifelse(is.na(x), "NA", if (is.numeric(x)) format(x, digits = 12, trim = TRUE) else x), sep = "|"); cat("\\n")'
        )
    (tmp_path / "x.R").write_text("\n".join(lines), encoding="utf-8")
    said = subprocess.run([str(RSCRIPT), str(tmp_path / "x.R")], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    for name, expression, line in zip(names, EXPRESSIONS, said.stdout.splitlines(), strict=True):
        for mine, theirs in zip(line.split("|"), held[name].tolist(), strict=True):
            if theirs is None or theirs != theirs:
                assert mine == "NA", (expression, mine, theirs)
            elif mine in ("true", "false") and not isinstance(theirs, str):
                assert mine == str(bool(theirs)).lower(), expression
            elif isinstance(theirs, int | float):
                assert float(mine) == pytest.approx(theirs, rel=1e-9), expression
            else:
                assert mine.strip() == str(theirs).strip(), expression


def test_scripts_are_the_same_for_the_same_release() -> None:
    release = survey()
    assert script(release) == script(release)
    assert json.dumps(notebook(release)) == json.dumps(notebook(release))
    assert "SYNTHETIC" in script(release)
    assert "Synthetic" in "".join(notebook(release)["cells"][0]["source"])


@needs_r
def test_the_script_is_r(tmp_path: Path) -> None:
    (tmp_path / "reproduce.R").write_text(script(survey()), encoding="utf-8")
    asked = [str(RSCRIPT), "-e", f"invisible(parse({text_in_r(str(tmp_path / 'reproduce.R'))}))"]
    assert subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in example, with its scripts."""
    from countersign.study.starting import demonstrate

    folder = tmp_path_factory.mktemp("reproduced") / "demo"
    demonstrate(folder, progress=lambda *_: None)
    with Study.open(folder) as study:
        for name in ("r", "notebook"):
            load_output(OUTPUTS[name])(study.release, folder / "release")
    return folder


@needs_r
@pytest.mark.slow
@pytest.mark.skipif(not has_survey(), reason="the R package survey is not installed")
def test_r_gives_every_figure_of_the_example_to_eight_digits(made: Path) -> None:
    asked = [str(RSCRIPT), "reproduce.R", str(made / "data" / "synthetic_calls.csv")]
    said = subprocess.run(asked, cwd=made / "release", capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    counted = re.search(r"(\d+) of (\d+) figures computed anew", said.stdout)
    assert counted
    assert counted[1] == counted[2]
    # A figure that was changed is found.
    path = made / "release" / "estimates.csv"
    text = path.read_text(encoding="utf-8")
    value = next(line for line in text.splitlines() if line.startswith("water,")).split(",")
    (made / "release" / "other").mkdir(exist_ok=True)
    figure = next(cell for cell in value if cell.startswith("0.") and len(cell) > 8)
    try:
        path.write_text(
            text.replace(
                figure, figure[:5] + "9" + figure[6:] if figure[5] != "9" else figure[:5] + "1" + figure[6:], 1
            ),
            encoding="utf-8",
        )
        said = subprocess.run(asked, cwd=made / "release", capture_output=True, text=True, check=False)
        assert said.returncode == 1
    finally:
        path.write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_the_notebook_gives_every_figure_of_the_example(made: Path) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    book = nbformat.read(made / "release" / "reproduce.ipynb", as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        cell.source = cell.source.replace("data_folder = None", f"data_folder = Path({str(made)!r})")
    nbclient.NotebookClient(
        book, timeout=900, startup_timeout=900, resources={"metadata": {"path": str(made / "release")}}
    ).execute()
    said = "".join(output.get("text", "") for cell in book.cells if cell.cell_type == "code" for output in cell.outputs)
    assert "0 numbers differ" in said

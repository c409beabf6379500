"""The notebook in docs does what it says, from the first cell to the last."""

from __future__ import annotations

import pytest

from real_data import PROJECT


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom() -> None:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(PROJECT / "docs" / "notebook.ipynb", as_version=4)
    NotebookClient(notebook, timeout=900, startup_timeout=900, kernel_name="python3").execute()
    outputs = [cell["outputs"] for cell in notebook.cells if cell.cell_type == "code"]
    assert all(outputs), "every cell shows something"
    picture = outputs[-5][0]["data"]
    assert any(kind in picture for kind in ("image/svg+xml", "text/html"))
    assert "text/html" in outputs[-6][0]["data"], "a table of figures shows itself as a table"

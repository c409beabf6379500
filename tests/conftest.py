"""Makes `real_data`, in this folder, importable from every test; small matrices are worked by one thread."""

import os

from hypothesis import HealthCheck, Phase, settings

# Before NumPy is loaded. The matrices of the tests are small: threads that wait for each other only burn processors,
# ten times as much on a machine that is busy, and several processes of pytest make it one.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# How long an example takes says how busy the machine is. No test fails for it: speed is measured in `bench`.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

if os.environ.get("MUTATION"):
    import gc
    from importlib import import_module

    # A change is noticed by the first example that fails: a smaller one would only take time, and what is drawn by
    # chance would count other changes in every run.
    settings.register_profile("mutation", phases=(Phase.explicit, Phase.generate), derandomize=True, deadline=None)
    settings.load_profile("mutation")
    # Each change is tried in a process of its own: what the first use of an engine would load there, a second of work,
    # is loaded once before them. Polars is not: its threads do not live on in a copy of the process.
    for module in (
        "countersign.catalogue",
        "countersign.publishing",
        "countersign.tables.collection",
        "countersign.tables.engine",
        "highspy",
        "httpx",
        "narwhals._duckdb.dataframe",
        "narwhals._duckdb.group_by",
        "narwhals._duckdb.namespace",
        "narwhals._duckdb.selectors",
        "narwhals._interchange.dataframe",
        "narwhals.group_by",
        "pandas",
        "pyarrow.compute",
        "pyarrow.dataset",
        "pysdmx.io.reader",
        "rich.progress",
        "scipy.optimize",
        "scipy.sparse.csgraph",
    ):
        import_module(module)

    def pytest_collection_finish() -> None:
        """Leave what is loaded by now out of every later look for garbage: it took as long as the tests."""
        gc.freeze()

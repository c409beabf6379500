"""Makes `real_data`, in this folder, importable from every test; small matrices are worked by one thread."""

import os

# Before NumPy is loaded. The matrices of the tests are small: threads that wait for each other only burn processors,
# ten times as much on a machine that is busy, and several processes of pytest make it one.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

if os.environ.get("MUTATION"):
    # A change is noticed by the first example that fails: a smaller one would only take time, and what is drawn by
    # chance would count other changes in every run.
    from hypothesis import Phase, settings

    settings.register_profile("mutation", phases=(Phase.explicit, Phase.generate), derandomize=True, deadline=None)
    settings.load_profile("mutation")

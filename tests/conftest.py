"""Makes `real_data`, in this folder, importable from every test; small matrices are worked by one thread."""

import os

# Before NumPy is loaded. The matrices of the tests are small: threads that wait for each other only burn processors,
# ten times as much on a machine that is busy, and several processes of pytest make it one.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

"""Makes `real_data`, in this folder, importable from every test."""

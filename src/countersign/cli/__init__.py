"""The command line: parses, prints, calls study verbs; nothing else. One module a family of commands."""

from countersign.cli.door import main

from countersign.cli import agreements, asking, bundles, consenting, protecting, releases, signing, study_verbs  # isort: skip

__all__ = ["agreements", "asking", "bundles", "consenting", "main", "protecting", "releases", "signing", "study_verbs"]

"""Evidence: what was made from what, kept so that a figure can be retraced and an interrupted run resumed."""

from countersign.evidence.canonical import canonical, digest_of, digest_of_file
from countersign.evidence.store import Store, is_open, release_store
from countersign.evidence.trail import Step, Trail, closure, key, now, software, write_trail

__all__ = [
    "Step",
    "Store",
    "Trail",
    "canonical",
    "closure",
    "digest_of",
    "digest_of_file",
    "is_open",
    "key",
    "now",
    "release_store",
    "software",
    "write_trail",
]

"""Evidence: what was made from what, kept so that a figure can be retraced and an interrupted run resumed."""

from countersign.evidence.canonical import canonical, digest_of, digest_of_file
from countersign.evidence.delivery import deliver, recover
from countersign.evidence.retracing import Difference, Source, compare, inspect, walk
from countersign.evidence.store import Store, is_open, release_store
from countersign.evidence.trail import Step, Trail, closure, key, now, software, write_trail

__all__ = [
    "Difference",
    "Source",
    "Step",
    "Store",
    "Trail",
    "canonical",
    "closure",
    "compare",
    "deliver",
    "digest_of",
    "digest_of_file",
    "inspect",
    "is_open",
    "key",
    "now",
    "recover",
    "release_store",
    "software",
    "walk",
    "write_trail",
]

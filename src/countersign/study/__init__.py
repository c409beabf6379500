"""A study: one folder, one study.yaml, and every verb that turns it into a release."""

from countersign.study.study import Study

__all__ = ["Study"]

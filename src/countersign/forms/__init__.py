"""Forms: the file of a form -> Form; two versions of it -> what changed between them."""

from countersign.forms.versions import compare_forms
from countersign.forms.xlsform import read_form

__all__ = ["compare_forms", "read_form"]

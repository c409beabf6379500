"""Records: what a release says of itself to catalogues of data, to archives and to statistical offices.

One description of the release (`description`) and one list of its files (`files`); every record is drawn from the two.
"""

from countersign.publishing.records.folder import FOLDER, write

__all__ = ["FOLDER", "write"]

"""Photos -> pictures made anew from pixels: no place, no time, no device, no thumbnail, no old name.

Saving a picture again is not enough: programs carry hidden data over. Here only the numbers of the pixels go on.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from countersign.errors import ProtectionError
from countersign.model.screening import PhotoNote

KINDS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "MPO": ".jpg"}
"""Formats that are read; what comes out is JPEG, or PNG where it was PNG."""
MOST_PIXELS = 120_000_000
LARGEST = 2000
"""Pixels of the longer side unless somebody asks otherwise: enough to read a label, too few for a fingerprint."""
QUALITY = 85
Box = tuple[int, int, int, int]  # left, top, width, height in pixels of the upright picture


def describe_photo(path: Path) -> PhotoNote:
    """Say how large a photo is and what lies beside its pixels. Never what it says there.

    A file that is no picture, a broken one and one of too many pixels get a problem instead.
    """
    try:
        with _opened(path) as picture:
            hidden = _hidden(picture)
            upright = _turned(picture)
            return PhotoNote(path.name, upright.width, upright.height, hidden)
    except ProtectionError as error:
        return PhotoNote(path.name, problem=error.problem)


def rebuild_photo(path: Path, *, blur: Sequence[Box] = (), largest: int = LARGEST) -> tuple[bytes, str]:
    """Return the picture made anew, and the ending of its file.

    Parameters
    ----------
    blur: parts to be made unrecognisable, such as faces: each becomes a few flat squares.
    largest: pixels of the longer side at most.

    Raises
    ------
    ProtectionError: not a picture that can be read, too many pixels, or a part that lies outside.
    """
    from PIL import Image, ImageDraw

    with _opened(path) as picture:
        png = picture.format == "PNG"
        upright = _turned(picture)
        mode = "RGBA" if png and "A" in upright.getbands() else "RGB"
        plain = upright.convert(mode)
        anew = Image.frombytes(mode, plain.size, plain.tobytes())
    for left, top, width, height in blur:
        if not (0 <= left < left + width <= anew.width and 0 <= top < top + height <= anew.height):
            raise ProtectionError(
                "A part to be blurred lies outside the picture.",
                where=path.name,
                expected=f"left, top, width, height within {anew.width} x {anew.height} pixels",
                action="measure again in the upright picture",
            )
        region = (left, top, left + width, top + height)
        # Flat squares, few of them: a soft blur can be undone.
        few = anew.crop(region).resize((min(4, width), min(4, height)), Image.Resampling.BOX)
        anew.paste(few.resize((width, height), Image.Resampling.NEAREST), region[:2])
        ImageDraw.Draw(anew).rectangle((left, top, left + width - 1, top + height - 1), outline=(120, 120, 120))
    anew.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if png:
        anew.save(out, "PNG", optimize=True)
    else:
        anew.save(out, "JPEG", quality=QUALITY)
    return out.getvalue(), ".png" if png else ".jpg"


def _opened(path: Path) -> Any:
    from PIL import Image, UnidentifiedImageError

    def no(problem: str, expected: str) -> ProtectionError:
        return ProtectionError(problem, where=path.name, expected=expected, action="leave it out, or export it as JPEG")

    try:
        with warnings.catch_warnings(), _whole_ones_only():
            warnings.simplefilter("ignore")  # the limit of pixels is ours, below
            picture = Image.open(path)
            if picture.format not in KINDS:
                raise no("This kind of picture is not read.", "JPEG, PNG, WebP or GIF")
            if picture.width * picture.height > MOST_PIXELS:
                raise no("The picture has too many pixels.", f"at most {MOST_PIXELS:,}")
            picture.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise no("This is no picture that can be read.", "JPEG, PNG, WebP or GIF; no documents, no sound") from error
    return picture


@contextlib.contextmanager
def _whole_ones_only() -> Iterator[None]:
    """Refuse pictures that are cut short, whatever another library has told Pillow for the whole process."""
    from PIL import ImageFile

    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _turned(picture: Any) -> Any:
    """Return the picture as it is meant to be seen: cameras write how they were held beside the pixels."""
    _, turn = _beside(picture)
    return picture if turn is None else picture.transpose(turn)


_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""What a camera writes about how it was held -> number of `PIL.Image.Transpose`."""
_THUMBNAIL = -1
_TAGS = {
    "place": (0x8825,), "time": (0x0132, 0x9003, 0x9004), "device": (0x010F, 0x0110, 0xA433, 0xA434, 0x0131),
    "thumbnail": (_THUMBNAIL,),
}  # fmt: skip


def _beside(picture: Any) -> tuple[set[int], int | None]:
    """Return which tags stand beside the pixels, and how to turn the picture; nothing where they cannot be read."""
    from PIL.ExifTags import IFD

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif = picture.getexif()
            thumbnail = {_THUMBNAIL} if exif.get_ifd(IFD.IFD1) else set()
            return {*exif, *exif.get_ifd(IFD.Exif), *thumbnail}, _TURNS.get(exif.get(0x0112))
    except Exception:  # broken tags make Pillow stumble in many ways, and the pixels are sound
        return set(), None


def _hidden(picture: Any) -> tuple[str, ...]:
    beside, _ = _beside(picture)
    found = [kind for kind, tags in _TAGS.items() if beside.intersection(tags)]
    texts = getattr(picture, "text", None)  # whatever a PNG says, under any name
    if texts or any(key in picture.info for key in ("comment", "xmp", "photoshop")):
        found.append("text")
    if (not found and "exif" in picture.info) or any(key in picture.info for key in ("icc_profile", "mp")):
        found.append("other")
    return tuple(found)

"""Photos: nothing but pixels goes on, what cannot be read is refused, and blurred parts stay blurred."""

import io
import random
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile, ImageOps, PngImagePlugin

from countersign.errors import ProtectionError
from countersign.protection.texts import photos
from countersign.protection.texts.photos import describe_photo, rebuild_photo

CANARY = "CANARY-7391"


def picture(width: int = 120, height: int = 80) -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(noise)


def photo(path: Path, *, kind: str = "JPEG", orientation: int = 1, size: tuple[int, int] = (120, 80)) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = CANARY  # maker
    exif[0x0132] = "2024:05:01 10:00:00"
    exif.get_ifd(0x8825).update({1: "S", 2: (1.0, 17.0, 0.0), 3: "E", 4: (36.0, 49.0, 0.0)})
    extra = {"comment": CANARY.encode()} if kind == "JPEG" else {}
    picture(*size).save(path, kind, exif=exif, **extra)
    return path


def test_place_time_device_and_comments_are_told_and_gone(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg")
    assert set(describe_photo(path).hidden) >= {"place", "time", "device", "text"}
    content, ending = rebuild_photo(path)
    assert ending == ".jpg"
    assert CANARY.encode() not in content
    again = Image.open(io.BytesIO(content))
    assert not again.getexif()
    assert set(again.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    (tmp_path / "b.jpg").write_bytes(content)
    assert describe_photo(tmp_path / "b.jpg").hidden == ()


def test_texts_of_a_png_are_gone_and_it_stays_a_png(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Description", CANARY)
    info.add_itxt("XML:com.adobe.xmp", CANARY)
    picture().convert("RGBA").save(tmp_path / "a.png", pnginfo=info)
    assert "text" in describe_photo(tmp_path / "a.png").hidden
    content, ending = rebuild_photo(tmp_path / "a.png")
    assert ending == ".png"
    assert CANARY.encode() not in content
    again = Image.open(io.BytesIO(content))
    assert again.info == {}
    assert again.mode == "RGBA"


def test_pixels_stay_what_they_were_where_nothing_is_lost(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.png")
    content, _ = rebuild_photo(tmp_path / "a.png")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), np.asarray(picture()))


def test_a_photo_held_upright_comes_out_upright(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", orientation=6)
    assert (describe_photo(path).width, describe_photo(path).height) == (80, 120)
    assert Image.open(io.BytesIO(rebuild_photo(path)[0])).size == (80, 120)


@pytest.mark.parametrize(("largest", "size"), [(119, (119, 79)), (120, (120, 80)), (121, (120, 80))])
def test_a_photo_is_made_smaller_but_never_larger(tmp_path: Path, largest: int, size: tuple[int, int]) -> None:
    content, _ = rebuild_photo(photo(tmp_path / "a.jpg"), largest=largest)
    assert Image.open(io.BytesIO(content)).size == size


def test_a_blurred_part_holds_at_most_sixteen_colours_and_the_rest_is_untouched(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.png")
    content, _ = rebuild_photo(tmp_path / "a.png", blur=[(10, 20, 40, 30)])
    made = np.asarray(Image.open(io.BytesIO(content)))
    assert len({tuple(pixel) for pixel in made[21:49, 11:49].reshape(-1, 3).tolist()}) <= 16
    before = np.asarray(picture()).copy()
    before[20:50, 10:50] = made[20:50, 10:50]
    assert np.array_equal(before, made)


@pytest.mark.parametrize("box", [(0, 0, 120, 80), (119, 79, 1, 1)])
def test_a_part_up_to_the_edge_can_be_blurred(tmp_path: Path, box: tuple[int, int, int, int]) -> None:
    rebuild_photo(photo(tmp_path / "a.jpg"), blur=[box])


@pytest.mark.parametrize(
    "box", [(0, 0, 121, 80), (0, 0, 120, 81), (-1, 0, 5, 5), (0, -1, 5, 5), (5, 5, 0, 5), (5, 5, 5, 0)]
)
def test_a_part_outside_is_refused(tmp_path: Path, box: tuple[int, int, int, int]) -> None:
    with pytest.raises(ProtectionError, match="outside"):
        rebuild_photo(photo(tmp_path / "a.jpg"), blur=[box])


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7 x", b"PK\x03\x04docx", b"\xff\xd8\xff\xe0 cut off", b"RIFF....WAVE"]
)
def test_what_is_no_picture_is_refused_in_plain_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(ProtectionError) as error:
        rebuild_photo(path)
    assert error.value.where == "a.jpg"
    assert "JPEG" in error.value.expected
    assert describe_photo(path).problem


@pytest.mark.parametrize("lenient", [False, True])  # a library that prints pages makes Pillow lenient everywhere
def test_a_picture_cut_short_and_one_of_another_kind_are_refused(
    tmp_path: Path, lenient: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)
    whole = photo(tmp_path / "a.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    picture().save(tmp_path / "a.bmp")
    for name, problem in (("cut.jpg", "This is no picture"), ("a.bmp", "This kind of picture is not read.")):
        with pytest.raises(ProtectionError) as error:
            rebuild_photo(tmp_path / name)
        assert problem in error.value.problem
        assert error.value.where == name
        assert "JPEG" in error.value.expected
        assert error.value.action


@pytest.mark.parametrize(("most", "fits"), [(9599, False), (9600, True), (9601, True)])
def test_a_picture_of_too_many_pixels_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, fits: bool
) -> None:
    monkeypatch.setattr(photos, "MOST_PIXELS", most)
    path = photo(tmp_path / "a.jpg")
    assert describe_photo(path).problem == ("" if fits else "The picture has too many pixels.")
    if not fits:
        with pytest.raises(ProtectionError) as error:
            rebuild_photo(path)
        assert error.value.expected == f"at most {most:,}"


def test_each_kind_of_hidden_data_is_told_by_its_word(tmp_path: Path) -> None:
    def told(exif: Image.Exif | None = None, **extra: object) -> tuple[str, ...]:
        path = tmp_path / "a.jpg"
        picture().save(path, "JPEG", **({"exif": exif} if exif is not None else {}), **extra)
        return describe_photo(path).hidden

    assert told() == ()
    inner, plain, maker = Image.Exif(), Image.Exif(), Image.Exif()
    inner.get_ifd(0x8769)[0x9003] = "2024:05:01 10:00:00"
    assert told(inner) == ("time",)
    plain[0x0112] = 1
    assert told(plain) == ("other",)
    maker[0x010F] = CANARY
    assert told(maker) == ("device",)
    assert told(comment=b"x") == ("text",)
    assert told(xmp=b"<x/>") == ("text",)
    assert told(icc_profile=b"x" * 200) == ("other",)


def with_thumbnail() -> bytes:
    """Return tags as cameras write them: how it was held, and after it those of a small picture."""
    held = struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 1, 0, 26)
    small = struct.pack("<HHHIHHI", 1, 0x0103, 3, 1, 6, 0, 0)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + held + small


def test_a_thumbnail_what_an_editor_wrote_and_a_second_picture_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    picture().save(path, "JPEG", exif=with_thumbnail())
    assert describe_photo(path).hidden == ("thumbnail",)
    picture().save(path, "JPEG")
    plain = path.read_bytes()
    note = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(CANARY) + 1) + CANARY.encode() + b"\0"
    path.write_bytes(plain[:2] + b"\xff\xed" + struct.pack(">H", len(note) + 2) + note + plain[2:])
    assert describe_photo(path).hidden == ("text",)
    assert CANARY.encode() not in rebuild_photo(path)[0]
    picture().save(path, "MPO", save_all=True, append_images=[picture(60, 40)])
    assert describe_photo(path).hidden == ("other",)
    content, ending = rebuild_photo(path)
    assert ending == ".jpg"
    assert Image.open(io.BytesIO(content)).format == "JPEG"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_broken_tags_beside_sound_pixels_are_told_and_gone(tmp_path: Path, kind: str) -> None:
    lot = random.Random(7)
    with Image.open(photo(tmp_path / "whole")) as original:
        whole = original.info["exif"]
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(lot.randint(1, 5)):
            broken[lot.randrange(6, len(broken))] = lot.randrange(256)
        picture(6, 4).save(tmp_path / "a", kind, exif=bytes(broken))
        note = describe_photo(tmp_path / "a")
        assert not note.problem
        assert note.hidden
        assert b"Exif" not in rebuild_photo(tmp_path / "a")[0]
    picture().save(tmp_path / "a", kind, exif=b"Exif\0\0no tags at all")
    assert describe_photo(tmp_path / "a").hidden == ("other",)


@pytest.mark.parametrize("orientation", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_however_the_camera_was_held_the_picture_is_upright(tmp_path: Path, orientation: int) -> None:
    path = photo(tmp_path / "a.png", kind="PNG", orientation=orientation)
    made = np.asarray(Image.open(io.BytesIO(rebuild_photo(path)[0])))
    assert np.array_equal(made, np.asarray(ImageOps.exif_transpose(Image.open(path))))


@pytest.mark.parametrize("key", ["Comment", "Description", "XML:com.adobe.xmp", "Author"])
def test_texts_of_a_png_are_told(tmp_path: Path, key: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt(key, "x")
    picture().save(tmp_path / "a.png", pnginfo=info)
    assert describe_photo(tmp_path / "a.png").hidden == ("text",)


def test_a_note_names_the_file_and_says_what_is_wrong(tmp_path: Path) -> None:
    assert describe_photo(photo(tmp_path / "a.jpg")).file == "a.jpg"
    (tmp_path / "b.jpg").write_bytes(b"x")
    note = describe_photo(tmp_path / "b.jpg")
    assert (note.file, note.width, note.problem) == ("b.jpg", 0, "This is no picture that can be read.")
    with pytest.raises(ProtectionError) as error:
        rebuild_photo(photo(tmp_path / "a.jpg"), blur=[(0, 0, 999, 9)])
    assert error.value.where == "a.jpg"


def test_the_edge_of_a_blurred_part_is_grey_and_its_squares_are_means(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.png")
    made = np.asarray(Image.open(io.BytesIO(rebuild_photo(tmp_path / "a.png", blur=[(8, 8, 16, 16)])[0])))
    assert (made[8, 8:24] == 120).all()
    assert (made[8:24, 23] == 120).all()
    means = np.asarray(picture(), dtype=float)[12:16, 12:16].reshape(-1, 3).mean(axis=0)
    assert np.abs(made[13, 13] - means).max() <= 1


def test_a_photo_in_grey_and_one_with_a_palette_become_colours(tmp_path: Path) -> None:
    for mode in ("L", "P", "CMYK"):
        picture().convert(mode).save(tmp_path / "a.jpg" if mode == "CMYK" else tmp_path / "a.png")
        path = tmp_path / "a.jpg" if mode == "CMYK" else tmp_path / "a.png"
        assert Image.open(io.BytesIO(rebuild_photo(path)[0])).mode == "RGB"


def test_a_jpeg_is_written_in_the_quality_we_name(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg")
    plain = io.BytesIO()
    Image.open(path).convert("RGB").save(plain, "JPEG", quality=photos.QUALITY)
    assert abs(len(rebuild_photo(path)[0]) - len(plain.getvalue())) < 40

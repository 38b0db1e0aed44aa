"""Pictures of the user to pictures that are sent: right, small, upright and without traces, or refused in words."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from qwen_desktop.core.errors import REASONS, AttachmentRefused
from qwen_desktop.core.images import encoding, limits
from qwen_desktop.core.images.limits import size_to_send
from qwen_desktop.core.images.prepare import PreparedImage, prepare
from qwen_desktop.core.words import describe
from tests.unit.images.pictures import drawing, opened, photo, png, quarters, run_length_bmp, saved, simple_webp


def refused(source: bytes | Path, name: str = "") -> AttachmentRefused:
    with pytest.raises(AttachmentRefused) as caught:
        prepare(source, name)
    assert caught.value.reason in REASONS[AttachmentRefused]
    return caught.value


def colour(image: PreparedImage, x: float, y: float) -> tuple[int, ...]:
    """At shares of width and height, each channel rounded to 0, 128 or 255."""
    picture = opened(image.data).convert("RGB")
    found: Any = picture.getpixel((int(picture.width * x), int(picture.height * y)))
    return tuple(min((0, 128, 255), key=lambda level: abs(level - value)) for value in found)


# --- what is right


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_a_photo_of_60_megapixels_is_made_small(options: dict[str, Any]) -> None:
    image = prepare(saved(photo(1000, 667).resize((9000, 6003), Image.Resampling.NEAREST), "JPEG", **options))
    assert image.media_type == "image/jpeg"
    assert 2_550_000 < image.width * image.height <= limits.MOST_PIXELS
    assert abs(image.width / image.height - 9000 / 6003) < 0.01
    assert opened(image.data).size == (image.width, image.height)
    assert len(image.data) < limits.MOST_BYTES


def test_a_drawing_of_60_megapixels_is_made_small() -> None:
    image = prepare(saved(drawing(9000, 6700), "PNG", compress_level=1))
    assert (image.media_type, opened(image.data).size) == ("image/png", (image.width, image.height))
    assert image.width * image.height <= limits.MOST_PIXELS
    assert colour(image, 0.4, 0.4) == (128, 0, 255)
    assert colour(image, 0.6, 0.4) == colour(image, 0.4, 0.6) == (255, 255, 255)


def test_a_small_picture_keeps_its_size() -> None:
    image = prepare(saved(photo(640, 480), "JPEG"))
    assert (image.width, image.height, image.media_type, image.is_first_frame) == (640, 480, "image/jpeg", False)


def test_sharp_edges_stay_sharp() -> None:
    image = prepare(saved(drawing(), "BMP"))
    assert image.media_type == "image/png"
    assert opened(image.data).convert("RGB").tobytes() == drawing().tobytes()


def test_a_photo_saved_without_loss_becomes_jpeg() -> None:
    assert prepare(saved(photo(800, 600), "PNG")).media_type == "image/jpeg"


def test_an_image_of_noise_stays_below_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made smaller until it fits; here into a limit that is quickly reached."""
    monkeypatch.setattr(encoding, "MOST_BYTES", 300_000)
    noise = Image.merge("RGBA", [Image.effect_noise((400, 300), 120) for _ in range(4)])
    image = prepare(saved(noise, "PNG", compress_level=0))
    assert image.media_type == "image/png"
    assert len(image.data) <= 300_000
    assert (image.width, image.height) == opened(image.data).size != (400, 300)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_it_is_turned_upright(orientation: int, kind: str) -> None:
    turns = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    turn = turns[orientation]
    as_stored = quarters() if turn is None else quarters().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = prepare(saved(as_stored, kind, exif=exif.tobytes(), **({"lossless": True} if kind == "WEBP" else {})))
    assert (image.width, image.height) == (40, 20)
    corners = [colour(image, x, y) for x, y in ((0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8))]
    assert corners == [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]


def test_nothing_of_where_and_by_whom_is_kept() -> None:
    secret = "SECRETPLACE"
    exif = Image.Exif()
    exif[0x010F] = secret  # maker
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 7.5), 3: "E", 4: (13.0, 24.0, 33.0), 29: secret})
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{secret}</x:xmpmeta>".encode()
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("Author", secret)
    texts.add_itxt("XML:com.adobe.xmp", secret)
    files = [
        saved(photo(), "JPEG", exif=exif.tobytes(), comment=secret, xmp=xmp),
        saved(drawing(), "PNG", exif=exif.tobytes(), pnginfo=texts),
        saved(photo(), "WEBP", exif=exif.tobytes(), xmp=xmp),
        saved(drawing(), "GIF", comment=secret.encode()),
        saved(drawing(), "TIFF", exif=exif.tobytes()),
    ]
    for data in files:
        assert secret.encode() in data
        image = prepare(data)
        for trace in (b"SECRET", b"Exif", b"eXIf", b"http://ns.adobe", b"tEXt", b"iTXt", b"iCCP", b"ICC_PROFILE"):
            assert trace not in image.data
        assert not opened(image.data).getexif()


def test_colours_of_a_profile_are_kept_without_it() -> None:
    from PIL import ImageCms

    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = prepare(saved(quarters(), "PNG", icc_profile=lab))
    assert colour(image, 0.2, 0.2) == (255, 0, 0)
    assert b"iCCP" not in image.data


@pytest.mark.parametrize("profile", [b"no profile at all", b"\0" * 4000])
def test_a_broken_profile_is_passed_over(profile: bytes) -> None:
    assert colour(prepare(saved(quarters(), "JPEG", icc_profile=profile, subsampling=0)), 0.2, 0.2) == (255, 0, 0)


def test_an_animation_gives_its_first_frame_and_says_so() -> None:
    frames = [Image.new("RGB", (40, 40), name) for name in ("red", "blue", "lime")]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        image = prepare(saved(frames[0], kind, save_all=True, append_images=frames[1:]))
        assert image.is_first_frame, kind
        assert colour(image, 0.5, 0.5) == (255, 0, 0)
    assert not prepare(saved(frames[0], "GIF")).is_first_frame


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind: str) -> None:
    image = prepare(saved(quarters().convert("CMYK"), kind))
    assert opened(image.data).mode == "RGB"
    assert colour(image, 0.2, 0.2) == (255, 0, 0)


@pytest.mark.parametrize(
    ("depth", "colour_type", "pixel", "expected"),
    [
        (16, 0, b"\xff\xff", (255, 255, 255)),
        (16, 0, b"\x80\x00", (128, 128, 128)),
        (16, 0, b"\x00\x00", (0, 0, 0)),
        (16, 2, b"\xff\xff\x80\x00\x00\x00", (255, 128, 0)),
        (1, 0, b"", (0, 0, 0)),
    ],
)
def test_deep_and_flat_pixels(depth: int, colour_type: int, pixel: bytes, expected: tuple[int, ...]) -> None:
    row = b"\0" + (pixel * 20 if pixel else b"\0" * 3)
    assert colour(prepare(png(20, 20, row * 20, depth=depth, colour_type=colour_type)), 0.5, 0.5) == expected


def test_a_large_deep_picture_keeps_its_grey() -> None:
    deep = Image.new("I;16", (4000, 3000), 0x8000)
    assert colour(prepare(saved(deep, "TIFF")), 0.5, 0.5) == (128, 128, 128)


def test_numbers_with_a_point_are_spread_over_the_greys() -> None:
    assert colour(prepare(saved(Image.new("F", (30, 30), 0.5), "TIFF")), 0.5, 0.5) == (128, 128, 128)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_kept(mode: str) -> None:
    picture = quarters().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 20, 10))
    data = saved(picture.convert(mode) if mode != "P" else picture.quantize(16), "PNG")
    image = prepare(data)
    assert image.media_type == "image/png"
    found: Any = opened(image.data).convert("RGBA").getchannel("A")
    assert (found.getpixel((5, 5)), found.getpixel((35, 15))) == (0, 255)


def test_transparency_that_shows_nothing_is_dropped() -> None:
    assert opened(prepare(saved(quarters().convert("RGBA"), "PNG")).data).mode == "RGB"


def test_the_name_is_one_line_without_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a\nb\u202e.png"
    path.write_bytes(saved(drawing(), "PNG"))
    assert prepare(path).name == "a b.png"
    assert prepare(path, "other.png").name == "other.png"
    assert prepare(path.read_bytes()).name == ""


@given(st.integers(11, 60_000), st.integers(11, 60_000))
def test_the_size_that_is_sent_is_within_every_limit(width: int, height: int) -> None:
    if max(width, height) > limits.MOST_RATIO * min(width, height):
        return
    sent = size_to_send(width, height)
    assert sent[0] * sent[1] <= limits.MOST_PIXELS
    assert limits.LEAST_SIDE <= min(sent) <= max(sent) <= min(limits.LONGEST_SIDE, max(width, height))
    assert max(sent) <= limits.MOST_RATIO * min(sent)
    assert abs(sent[0] * height / (sent[1] * width) - 1) < 0.1


# --- what is refused


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no_picture"),
        (b"<html><img src=x></html>", "no_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", "no_picture"),
        (b"%PDF-1.7", "no_picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "no_picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "format"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "format"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "no_picture"),
        (saved(Image.new("RGB", (1, 5000)), "PNG"), "strip"),
        (saved(Image.new("RGB", (5000, 20)), "PNG"), "strip"),
        (saved(Image.new("RGB", (10, 10)), "PNG"), "too_small"),
        (png(60_000, 60_000, b""), "too_large"),
        (png(2_000_000_000, 2_000_000_000, b""), "too_large"),
        (png(8_000, 8_000, b"\0" * 1000), "broken"),
        (b"RIFF\xff\xff\xff\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\xff\xff\xff\xff\xff\x0f", "too_large"),
        (b"BM" + b"\0" * 60, "broken"),
    ],
)
def test_what_cannot_be_sent_is_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    assert refused(data).reason == reason
    path = tmp_path / "looks-fine.png"
    path.write_bytes(data)
    error = refused(path)
    assert (error.reason, error.name) == (reason, "looks-fine.png")
    assert describe(error).sentence.startswith("looks-fine.png is ")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """A gigabyte of zeros in a megabyte: the header is enough."""
    assert refused(png(32_768, 32_768, b"\0" * 1_000_000)).reason == "too_large"


def test_deep_values_are_looked_at_strip_by_strip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow lets no other thread run meanwhile; the whole of a large picture would hold the window for 170 ms."""
    looked_at: list[int] = []
    of_all = Image.Image.getextrema

    def extrema(self: Image.Image) -> Any:
        looked_at.append(self.width * self.height)
        return of_all(self)

    monkeypatch.setattr(Image.Image, "getextrema", extrema)
    picture = Image.new("F", (3_000, 1_000), 2.0)
    picture.putpixel((2_999, 999), 300.0)
    image = prepare(saved(picture, "TIFF"))
    assert max(looked_at) <= 1_000_000
    assert opened(image.data).convert("L").getpixel((10, 10)) == 0  # the brightest is at the other end


def test_what_its_decoder_makes_dear_is_refused_earlier() -> None:
    """60 megapixels of WebP took 950 MB; 80 of a BMP with run lengths ten seconds of Python, beside the window's."""
    assert refused(simple_webp(7_000, 4_300)).reason == "too_large"
    assert refused(simple_webp(6_000, 4_000)).reason == "broken"  # only its header is one
    assert refused(run_length_bmp(4_000, 2_600)).reason == "too_large"
    image = prepare(run_length_bmp(400, 260))
    assert (image.width, image.height) == (400, 260)


def test_a_file_that_ends_early_is_refused() -> None:
    for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"):
        data = saved(photo(200, 150), kind)
        assert refused(data[: len(data) // 2]).reason == "broken", kind


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "nothing.png").reason == "unreadable"
    assert refused(tmp_path).reason == "unreadable"
    assert refused(Path("/dev/null")).reason == "unreadable"
    assert refused(Path("a\0b")).reason == "unreadable"


SAMPLES = [
    saved(quarters(), "JPEG"),
    saved(quarters(), "JPEG", progressive=True),
    saved(quarters(), "PNG"),
    saved(quarters(), "GIF"),
    saved(quarters(), "WEBP"),
    saved(quarters(), "BMP"),
    saved(quarters(), "TIFF", compression="tiff_lzw"),
]


@given(st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    sample = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(0, 6))):
        sample[data.draw(st.integers(0, len(sample) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(sample)))
    with contextlib.suppress(AttachmentRefused):
        image = prepare(bytes(sample[:cut]))
        with Image.open(io.BytesIO(image.data)) as picture:
            assert picture.size == (image.width, image.height)


@given(st.binary(max_size=300), st.sampled_from([sample[:12] for sample in SAMPLES] + [b""]))
def test_any_bytes_are_read_or_refused(tail: bytes, head: bytes) -> None:
    with contextlib.suppress(AttachmentRefused):
        prepare(head + tail)

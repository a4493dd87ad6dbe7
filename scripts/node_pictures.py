"""Input pictures for the recordings of ComfyUI's nodes: one for each kind of file that LoadImage meets."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]

#: EXIF tag 274: how the camera was held (EXIF 2.3, 4.6.4 A).
ORIENTATION = 274


def scene(width: int, height: int, *, seed: int = 0) -> Pixels:
    """Return a picture [height, width, 3] with slopes, hard edges, black, white, and a patch of noise."""
    y, x = np.mgrid[:height, :width]
    picture = np.stack([x * 255 / width, y * 255 / height, 255 - (x + y) * 255 / (width + height)], axis=-1)
    disc = (x - width * 0.6) ** 2 + (y - height * 0.4) ** 2 < (min(width, height) * 0.25) ** 2
    picture[disc] = (250, 220, 30)
    picture[: height // 4, : width // 5] = 0
    picture[-(height // 4) :, -(width // 5) :] = 255
    noise = np.random.default_rng(seed).integers(0, 256, (height // 3, width // 3, 3))
    picture[height // 2 :, : width // 3][: height // 3] = noise[: height - height // 2]
    pixels: Pixels = picture.astype(np.uint8)
    return pixels


def shape(width: int, height: int) -> Pixels:
    """Return a mask [height, width] with a soft disc, a hard bar, single pixels, and an open border."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(x - width * 0.45, y - height * 0.5) / min(width, height)
    mask = np.clip((0.35 - distance) * 1500, 0, 255)
    mask[height // 8 : height // 8 + 3, width // 2 :] = 200
    mask[height - 2, 3] = mask[0, width // 4] = 255
    pixels: Pixels = mask.astype(np.uint8)
    return pixels


def input_pictures() -> dict[str, bytes]:
    """Return every input file by name, the same bytes each time for one version of Pillow."""
    photo, odd = Image.fromarray(scene(48, 32)), Image.fromarray(scene(37, 23, seed=1))
    alpha = Image.fromarray(np.dstack([scene(40, 30, seed=2), shape(40, 30)]))
    grey = odd.convert("L")
    palette = photo.quantize(16, dither=Image.Dither.NONE)
    upside_down = odd.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    floats = np.linspace(-40, 300, 17 * 24, dtype=np.float32).reshape(17, 24)
    sixteen = np.linspace(0, 65535, 24 * 17).reshape(17, 24).astype(np.uint16)
    files = {
        "photo.png": _encoded(photo),
        "odd.png": _encoded(odd),
        "tall.png": _encoded(Image.fromarray(scene(21, 50, seed=3))),
        "tiny.png": _encoded(Image.fromarray(scene(5, 3, seed=4))),
        "mask.png": _encoded(Image.fromarray(shape(40, 30))),
        "wide_mask.png": _encoded(Image.fromarray(shape(29, 13))),
        "alpha.png": _encoded(alpha),
        "alpha.webp": _encoded(alpha, "WEBP", lossless=True),
        "grey.png": _encoded(grey),
        "grey_alpha.png": _encoded(alpha.convert("LA")),
        "grey_transparent.png": _encoded(grey, transparency=255),
        "palette.png": _encoded(palette),
        "palette_transparent.png": _encoded(palette, transparency=3),
        "palette_soft.png": _encoded(palette, transparency=bytes(range(0, 256, 16))),
        "rgb_transparent.png": _encoded(photo, transparency=(250, 220, 30)),
        "one_bit.png": _encoded(grey.point(lambda value: 255 * (value > 128), "1")),
        "sixteen_grey.png": _encoded(Image.fromarray(sixteen)),
        "sixteen_rgb.png": sixteen_bit_png(np.stack([sixteen, sixteen[::-1], sixteen[:, ::-1]], axis=-1)),
        "integers.tif": _encoded(Image.fromarray(sixteen.astype(np.int32)), "TIFF"),
        "floats.tif": _encoded(Image.fromarray(floats), "TIFF"),
        "cmyk.tif": _encoded(odd.convert("CMYK"), "TIFF"),
        "plain.bmp": _encoded(odd, "BMP"),
        "plain.jpg": _encoded(odd, "JPEG", quality=90),
        "animated.gif": _animation("GIF", disposal=2),
        "animated_transparent.gif": _animation("GIF", transparency=0, disposal=2),
        "animated.png": _animation("PNG"),
        "animated.webp": _animation("WEBP", lossless=True),
        "pages.tif": _pages(),
        "pair.mpo": _encoded(odd, "MPO", save_all=True, append_images=[upside_down]),
        "cut.png": _encoded(photo)[:-700],
        "cut.jpg": _encoded(Image.fromarray(scene(64, 48, seed=5)), "JPEG", quality=90)[:-900],
        "text.png": b"This is no picture.\n",
    }  # fmt: skip
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        files[f"turned_{orientation}.png"] = _encoded(Image.fromarray(scene(16, 9)), exif=exif)
    return files


def sixteen_bit_png(picture: npt.NDArray[np.uint16]) -> bytes:
    """Return a PNG file of 16-bit RGB [height, width, 3], which Pillow does not write."""
    height, width, _ = picture.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in picture)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def _animation(format: str, **options: object) -> bytes:
    frames = [Image.fromarray(np.roll(scene(26, 18), 4 * step, axis=1)) for step in range(3)]
    if format == "GIF":
        frames = [frame.quantize(12, dither=Image.Dither.NONE) for frame in frames]
    return _encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=40, **options)


def _pages() -> bytes:
    sizes = ((20, 14), (14, 20), (20, 14))
    first, *others = [Image.fromarray(scene(*size, seed=seed)) for seed, size in enumerate(sizes)]
    return _encoded(first, "TIFF", save_all=True, append_images=others)


def _encoded(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    save: Callable[..., None] = picture.save
    file = io.BytesIO()
    save(file, format=format, **options)
    return file.getvalue()

"""What Pillow and torchvision make of images, for test/fixtures/kinds/ and test/fixtures/images.json.

    pip install pillow==12.3.0 torchvision==0.28.0 && python scripts/reference/images.py

Writes small images of every kind that is read, and beside them what `Image.open(…).convert("RGB")` gives; then SHA-256 of noise
(the formula is repeated by the test) that Pillow resized, and that torchvision resized and cropped.
"""

import base64
import hashlib
import io
import json
import pathlib
import struct
import zlib

import PIL
import torchvision
from PIL import Image, ImageCms
from torchvision.transforms import CenterCrop, Compose, Resize

FIXTURES = pathlib.Path(__file__).parents[2] / "test/fixtures"
KINDS = FIXTURES / "kinds"
WIDTH, HEIGHT = 26, 19


def noise_bytes(seed, count):
    """The top bytes of a 32-bit linear congruential generator."""
    out = bytearray(count)
    for i in range(count):
        seed = (seed * 1664525 + 1013904223) % 2**32
        out[i] = seed >> 24
    return bytes(out)


def noise(height, width):
    return Image.frombytes("RGB", (width, height), noise_bytes(height * 1000 + width, height * width * 3))


def sha256(image):
    return hashlib.sha256(image.tobytes()).hexdigest()


# Noise that was enlarged: photographs have edges and slopes, and codecs do differently at both.
colour = noise(6, 8).resize((WIDTH, HEIGHT), Image.BICUBIC)
other = noise(7, 9).resize((WIDTH, HEIGHT), Image.BICUBIC)
grey = colour.convert("L")
alpha = Image.frombytes("L", (WIDTH, HEIGHT), noise_bytes(5, WIDTH * HEIGHT))
grey_alpha = Image.merge("LA", (grey, alpha))
colour_alpha = Image.merge("RGBA", (*colour.split(), alpha))
palette = colour.quantize(40)
cmyk = Image.merge("CMYK", (*other.split(), alpha.point(lambda level: level // 2)))
turned = Image.Exif()
turned[0x0112] = 6


def wide_gamut():
    """sRGB's profile with the primaries of Adobe RGB: a reader that applies it changes every colour."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {b"rXYZ": (0.60974, 0.31111, 0.01947), b"gXYZ": (0.20528, 0.62567, 0.06087), b"bXYZ": (0.14919, 0.06322, 0.74457)}
    (count,) = struct.unpack(">I", profile[128:132])
    for tag in range(count):
        name, offset, _ = struct.unpack(">4sII", profile[132 + 12 * tag : 144 + 12 * tag])
        if name in primaries:
            values = (int(value * 65536) for value in primaries[name])
            profile[offset + 8 : offset + 20] = struct.pack(">iii", *values)
    return bytes(profile)


def png(depth, colour_type, rows, *chunks):
    """A PNG of a kind that Pillow does not write."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [(b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def rows_of(data, bytes_per_row):
    return [data[i : i + bytes_per_row] for i in range(0, len(data), bytes_per_row)]


def packed(levels, bits):
    """Rows of grey levels' first bits."""
    rows = []
    for row in rows_of(levels, WIDTH):
        text = "".join(format(level >> (8 - bits), f"0{bits}b") for level in row)
        text += "0" * (-len(text) % 8)
        rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    return rows


def deep(image):
    """Big-endian 16-bit samples: those of an 8-bit image, and noise below."""
    high = image.tobytes()
    return bytes(byte for pair in zip(high, noise_bytes(9, len(high))) for byte in pair)


def swapped(data):
    """16-bit samples in the other byte order."""
    return bytes(byte for i in range(0, len(data), 2) for byte in (data[i + 1], data[i]))


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def tiff(photometric, bits, samples, data):
    """An uncompressed little-endian TIFF of a kind that Pillow does not write."""
    entries = {256: (4, WIDTH), 257: (4, HEIGHT), 258: (3, bits), 259: (3, 1), 262: (3, photometric), 273: (4, 8)}
    entries |= {277: (3, samples), 278: (4, HEIGHT), 279: (4, len(data))}
    at = 8 + len(data)
    end = at + 2 + 12 * len(entries) + 4
    directory = struct.pack("<H", len(entries))
    for tag, (kind, value) in sorted(entries.items()):
        count, value = (samples, end) if tag == 258 and samples > 1 else (1, value)
        directory += struct.pack("<HHII", tag, kind, count, value)
    return struct.pack("<2sHI", b"II", 42, at) + data + directory + bytes(4) + struct.pack("<H", bits) * samples


def bmp(header_bytes, bits, rows, colours=b"", masks=b"", compression=0, top_down=False):
    """A Windows bitmap with rows from top to bottom. Masks of the short header stand behind it."""
    rows = [row + bytes(-len(row) % 4) for row in rows]
    pixels = b"".join(rows if top_down else reversed(rows))
    height = -HEIGHT if top_down else HEIGHT
    if header_bytes == 12:
        header = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        count = len(colours) // 4
        header = struct.pack("<IiiHHIIiiII", header_bytes, WIDTH, height, 1, bits, compression, len(pixels), 0, 0, count, 0)
        header += masks.ljust(header_bytes - 40, b"\0") if header_bytes > 40 else masks
    start = 14 + len(header) + len(colours)
    return struct.pack("<2sIII", b"BM", start + len(pixels), 0, start) + header + colours + pixels


def without_segment(jpeg, marker):
    at = jpeg.index(marker)
    (length,) = struct.unpack(">H", jpeg[at + 2 : at + 4])
    return jpeg[:at] + jpeg[at + 2 + length :]


def as_ycck(jpeg):
    """The last byte of Adobe's segment says what the four channels are."""
    at = jpeg.index(b"\xff\xee")
    return jpeg[: at + 15] + b"\x02" + jpeg[at + 16 :]


adobe_cmyk = saved(cmyk, "JPEG", quality=92)
profile = wide_gamut()
bgr = [bytes(row[i + 2 - j] for i in range(0, len(row), 3) for j in range(3)) for row in rows_of(colour.tobytes(), WIDTH * 3)]
bgra = [b"".join(row[i : i + 3] + b"\x55" for i in range(0, len(row), 3)) for row in bgr]
rgba = [b"".join(row[i : i + 3] + b"\x55" for i in range(0, len(row), 3)) for row in rows_of(colour.tobytes(), WIDTH * 3)]
indices = rows_of(palette.tobytes(), WIDTH)
entries = rows_of(palette.getpalette("RGB")[: 40 * 3], 3)
grey16 = deep(grey)

same = {
    "sampled-444.jpg": saved(colour, "JPEG", quality=88, subsampling="4:4:4"),
    "sampled-422.jpg": saved(colour, "JPEG", quality=88, subsampling="4:2:2"),
    "sampled-420.jpg": saved(colour, "JPEG", quality=88, subsampling="4:2:0"),
    "sampled-411.jpg": saved(colour, "JPEG", quality=88, subsampling="4:1:1"),
    "progressive.jpeg": saved(colour, "JPEG", quality=60, progressive=True),
    "restarts.jfif": saved(colour, "JPEG", quality=60, restart_marker_blocks=1),
    "grey.jpe": saved(grey, "JPEG"),
    "plain-rgb.jpg": saved(colour, "JPEG", keep_rgb=True),
    "turned.jpg": saved(colour, "JPEG", exif=turned),
    "profile.jpg": saved(colour, "JPEG", icc_profile=profile),
    "cmyk-adobe.jpg": adobe_cmyk,
    "cmyk.jpg": without_segment(adobe_cmyk, b"\xff\xee"),
    "ycck.jpg": as_ycck(adobe_cmyk),
    "trailing.jpg": saved(colour, "JPEG") + b"something else",
    "colour.png": saved(colour, "PNG"),
    "colour-alpha.png": saved(colour_alpha, "PNG"),
    "colour-key.png": saved(colour, "PNG", transparency=colour.getpixel((0, 0))),
    "grey.png": saved(grey, "PNG"),
    "grey-alpha.png": saved(grey_alpha, "PNG"),
    "grey-key.png": saved(grey, "PNG", transparency=grey.getpixel((3, 3))),
    "grey1.png": saved(grey.convert("1"), "PNG"),
    "grey2.png": png(2, 0, packed(grey.tobytes(), 2)),
    "grey4.png": png(4, 0, packed(grey.tobytes(), 4)),
    "palette.png": saved(palette, "PNG"),
    "palette4.png": saved(colour.quantize(13), "PNG"),
    "palette-alpha.png": saved(palette, "PNG", transparency=bytes([0, 30, 255, 128] + [255] * 36)),
    "colour16.png": png(16, 2, rows_of(deep(colour), WIDTH * 6)),
    "colour-alpha16.png": png(16, 6, rows_of(deep(colour_alpha), WIDTH * 8)),
    "grey-alpha16.png": png(16, 4, rows_of(deep(grey_alpha), WIDTH * 4)),
    "gamma.png": png(8, 2, rows_of(colour.tobytes(), WIDTH * 3), (b"gAMA", struct.pack(">I", 100000))),
    "profile.png": saved(colour, "PNG", icc_profile=profile),
    "turned.png": saved(colour, "PNG", exif=turned),
    "animated.png": saved(colour, "PNG", save_all=True, append_images=[other]),
    "no-end.png": saved(colour, "PNG")[:-12],
    "lossy.webp": saved(colour, "WEBP", quality=70),
    "lossy-alpha.webp": saved(colour_alpha, "WEBP", quality=70),
    "lossless-alpha.webp": saved(colour_alpha, "WEBP", lossless=True, exact=True),
    "profile.webp": saved(colour, "WEBP", lossless=True, icc_profile=profile),
    "turned.webp": saved(colour, "WEBP", lossless=True, exif=turned.tobytes()),
    "animated.webp": saved(colour, "WEBP", lossless=True, save_all=True, append_images=[other]),
    "palette.gif": saved(palette, "GIF"),
    "interlaced.gif": saved(palette, "GIF", interlace=1),
    "grey.gif": saved(grey, "GIF"),
    "animated.gif": saved(palette, "GIF", save_all=True, append_images=[other.quantize(30)]),
    "colour.tif": saved(colour, "TIFF"),
    "colour-alpha.tif": saved(colour_alpha, "TIFF"),
    "grey.tif": saved(grey, "TIFF"),
    "grey1.tif": saved(grey.convert("1"), "TIFF"),
    "fax.tif": saved(grey.convert("1"), "TIFF", compression="group4"),
    "white-is-zero.tif": tiff(0, 8, 1, grey.tobytes()),
    "colour16.tif": tiff(2, 16, 3, swapped(deep(colour))),
    "palette.tif": saved(palette, "TIFF"),
    "lzw.tiff": saved(colour, "TIFF", compression="tiff_lzw"),
    "deflate.tif": saved(colour, "TIFF", compression="tiff_adobe_deflate"),
    "jpeg.tif": saved(colour, "TIFF", compression="jpeg", quality=80),
    "cmyk.tif": saved(cmyk, "TIFF"),
    "profile.tif": saved(colour, "TIFF", icc_profile=profile),
    "turned.tif": saved(colour, "TIFF", exif=turned),
    "pages.tif": saved(colour, "TIFF", save_all=True, append_images=[other]),
    "colour.bmp": saved(colour, "BMP"),
    "grey.bmp": saved(grey, "BMP"),
    "black-white.bmp": saved(grey.convert("1"), "BMP"),
    "palette.bmp": saved(palette, "BMP"),
    "alpha.bmp": saved(colour_alpha, "BMP"),
    "top-down.bmp": bmp(40, 24, bgr, top_down=True),
    "os2.bmp": bmp(12, 24, bgr),
    "os2-palette.bmp": bmp(12, 8, indices, b"".join(bytes(reversed(entry)) for entry in entries) + bytes(3 * 216)),
    "palette4.bmp": bmp(40, 4, packed(grey.tobytes(), 4), b"".join(bytes([17 * i, 255 - 9 * i, 3 * i, 0]) for i in range(16))),
    "colour32.bmp": bmp(40, 32, bgra),
    "masks.bmp": bmp(40, 32, bgra, b"", struct.pack("<III", 0xFF0000, 0xFF00, 0xFF), compression=3),
    "masks-reversed.bmp": bmp(108, 32, rgba, b"", struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000), compression=3),
    "long-header.bmp": bmp(124, 24, bgr),
    "colour.ppm": saved(colour, "PPM"),
    "comments.ppm": b"P6\n# made by hand\r  26 # wide\n# 7 \n19\t255\n" + colour.tobytes() + b"\nP6 1 1 255 abc",
    "levels.ppm": b"P6\n26 19 100\n" + bytes(level % 120 for level in colour.tobytes()),
    "colour16.ppm": b"P6\n26 19 65535\n" + deep(colour),
    "levels16.pnm": b"P6\n26 19 1000\n" + b"".join(struct.pack(">H", 4 * level) for level in colour.tobytes()),
    "written.ppm": b"P3\n26 19\n255\n" + b" # a level\n ".join(str(level).encode() for level in colour.tobytes()),
    "grey.pgm": saved(grey, "PPM"),
    "levels.pgm": b"P5 26 19 6 " + bytes(level // 36 for level in grey.tobytes()),
    "written.pgm": b"P2 26 19 15\n" + b"\r\n".join(str(level // 16).encode() for level in grey.tobytes()),
    "one.png": saved(Image.new("RGB", (1, 1), (3, 200, 90)), "PNG"),
    "one.jpg": saved(Image.new("RGB", (1, 1), (3, 200, 90)), "JPEG"),
    "png-by-another-name.jpg": saved(colour, "PNG"),
}

# Read otherwise than Pillow does, or not by its decoder: what Pillow makes of them stands beside what is expected here.
different = {
    "grey16.png": png(16, 0, rows_of(grey16, WIDTH * 2)),
    "grey16.tif": tiff(1, 16, 1, swapped(grey16)),
    "grey16.pgm": b"P5 26 19 65535\n" + b"".join(struct.pack(">H", 257 * level) for level in grey.tobytes()),
    "transparent.gif": saved(palette, "GIF", transparency=3),
    "sampled-444.avif": saved(colour, "AVIF", quality=80, subsampling="4:4:4"),
    "sampled-420.avif": saved(colour, "AVIF", quality=80),
}

jpeg, whole_png = saved(colour, "JPEG"), saved(colour, "PNG")
refused = {
    "cut.jpg": jpeg[: len(jpeg) * 2 // 3],
    "no-end.jpg": jpeg[:-2],
    "cut.png": whole_png[: len(whole_png) * 2 // 3],
    "flipped-bits.png": bytes(byte ^ (0x55 if i == len(whole_png) // 2 else 0) for i, byte in enumerate(whole_png)),
    "cut.gif": saved(palette, "GIF")[:400],
    "cut.webp": saved(colour, "WEBP")[:150],
    "cut.tif": saved(colour, "TIFF")[:700],
    "cut.bmp": saved(colour, "BMP")[:700],
    "cut.ppm": saved(colour, "PPM")[:700],
    "cut.pgm": b"P2 26 19 15\n" + b" ".join([b"11"] * (WIDTH * HEIGHT - 1)),
    "letters.ppm": b"P3 26 19 15\n" + b" 1x" * (WIDTH * HEIGHT * 3),
}

# Numbers that have no brightest level: Pillow cuts them off at 255.
unread = {"float.tif": saved(grey.convert("F"), "TIFF"), "whole-numbers.tif": saved(grey.convert("I"), "TIFF")}


def opened(content):
    return Image.open(io.BytesIO(content)).convert("RGB")


def described(content):
    image = opened(content)
    return {"width": image.width, "height": image.height, "sha256": sha256(image)}


def is_refused(content):
    try:
        opened(content)
    except Exception:
        return True
    return False


assert all(is_refused(content) for content in refused.values()), [n for n, c in refused.items() if not is_refused(c)]

resized = [(1, 1, 5, 3), (31, 17, 9, 40), (17, 31, 16, 1), (3, 150, 32, 32), (99, 101, 33, 31), (400, 7, 13, 13), (64, 64, 224, 224)]
squares = [(38, 29, 32), (29, 38, 32), (26, 52, 31), (115, 29, 31), (33, 35, 32), (35, 33, 2), (120, 46, 2), (46, 120, 3), (7, 140, 5), (32, 32, 32), (1, 20, 4), (63, 65, 64), (500, 375, 64)]

KINDS.mkdir(exist_ok=True)
for name, content in {**same, **different, **refused, **unread}.items():
    (KINDS / name).write_bytes(content)
golden = {
    "pillow": PIL.__version__,
    "torchvision": torchvision.__version__,
    "same": {name: described(content) for name, content in same.items()},
    "different": {name: base64.b64encode(opened(content).tobytes()).decode() for name, content in different.items()},
    "grey": base64.b64encode(grey.tobytes()).decode(),
    "refused": list(refused),
    "unread": list(unread),
    "resized": [[*size, sha256(noise(*size[:2]).resize((size[3], size[2]), Image.BILINEAR))] for size in resized],
    "squares": [
        [height, width, side, sha256(Compose([Resize(side), CenterCrop(side)])(noise(height, width)))]
        for height, width, side in squares
    ],
}
(FIXTURES / "images.json").write_text(json.dumps(golden, indent=1) + "\n")

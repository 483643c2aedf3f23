"""Pictures decoded without trusting them: what is damaged, or unfolds without end, is one error."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

#: What counts as a picture, by the end of its name, in small letters.
ENDINGS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
#: What it may be inside, whatever its name says (an image of ImageNet is a PNG by the name of a
#: JPEG): formats that PIL decodes itself.  For others, such as PostScript, it starts programs.
FORMATS = ("JPEG", "PNG", "PPM", "BMP", "TIFF", "WEBP")


class NoPictureError(Exception):
    """A file is no picture, a damaged one or far too large; the message is PIL's reason."""


@contextmanager
def pictures_checked() -> Iterator[None]:
    """Decode pictures with PIL in this block.

    Raises:
        NoPictureError: one cannot be decoded, or the block itself raised a ``ValueError`` about it.
    """
    from PIL import Image  # a tenth of a second that other formats need not wait for

    try:
        with warnings.catch_warnings():
            # So many pixels are no photograph: a few kilobytes would fill the memory.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    # What PIL's decoders raise on files that are none, or damaged.
    except (
        *(OSError, ValueError, SyntaxError, EOFError, struct.error),
        *(Image.DecompressionBombError, Image.DecompressionBombWarning),
    ) as error:
        # PIL names a picture in memory by its address: " <_io.BytesIO object at 0x7f…>".
        reason = " ".join(str(error).split()).partition(" <")[0]
        raise NoPictureError(reason[:200]) from None

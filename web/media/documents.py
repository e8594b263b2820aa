"""Files that are handed on as they are, because programs that open them do no more than show them.

PDF, office documents without macros, e-books and plain text. They are served to be saved, never to be shown
by the browser under our address.
"""

import codecs
import zipfile
from typing import IO, Final

# Beginnings of what a zipped document says it is: OpenDocument 1.3, part 2, 3.3; OCF 3.3, 4.3.
_NAMED: Final = ("application/vnd.oasis.opendocument.", "application/epub+zip")
# Folders of Office Open XML (ECMA-376, part 2) by the type of what is in them.
_OFFICE: Final = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_MACROS: Final = "vbaproject.bin"
_PIECE: Final = 1 << 20


def document_type(file: IO[bytes]) -> str | None:
    """The content type of a document by its bytes; None for anything that is not taken."""
    file.seek(0)
    head = file.read(8)
    try:
        if head.startswith(b"%PDF-"):
            return "application/pdf"
        if head.startswith(b"PK\x03\x04"):
            return _zipped_type(file)
        return "text/plain" if _is_text(file) else None
    finally:
        file.seek(0)


def _zipped_type(file: IO[bytes]) -> str | None:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = [item.filename for item in archive.infolist()]
            said = archive.open("mimetype").read(100).decode("ascii") if "mimetype" in names else ""
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError):  # broken, or sealed
        return None
    if any(name.lower().endswith(_MACROS) for name in names):
        return None
    if said.startswith(_NAMED):
        return said
    if "[Content_Types].xml" in names:
        return next(
            (kind for folder, kind in _OFFICE.items() if any(n.startswith(folder) for n in names)), None
        )
    return None


def _is_text(file: IO[bytes]) -> bool:
    """Whether it is UTF-8 without control characters, and no markup, which browsers might run."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    is_first = True
    try:
        while piece := file.read(_PIECE):
            text = decoder.decode(piece)
            if is_first and text.lstrip().startswith("<"):
                return False
            if any(sign < " " and sign not in "\t\n\r\f" for sign in text):
                return False
            is_first = False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True

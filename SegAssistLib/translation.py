"""The sentences that people read, in their language.

A module marks its sentences as Slicer's own modules do, so that Slicer's tools and translators find them::

    from SegAssistLib.translation import tr as _

    raise InputError(_("{path} is damaged; copy it again.").format(path=path))

What stands in the code is English, and is what is shown where there is no translation. On the desktop
Slicer translates; elsewhere a catalogue in ``Resources/Translations`` does, if there is one for the language
of the environment. `scripts/translations.py` collects the sentences.
"""

from __future__ import annotations

import functools
import os
import string
import sys
from collections.abc import Callable
from pathlib import Path

from SegAssistLib.resources import bundles_folder

Translator = Callable[[str, str], str]  # of a context and an English sentence

_translator: Translator | None = None


def use(translator: Translator) -> None:
    """Translate with the function of the program around, such as ``slicer.i18n.translate``."""
    global _translator
    _translator = translator


def tr(text: str) -> str:
    """A sentence in the person's language, its ``{placeholders}`` still in it.

    Its context is what Slicer makes of the calling file: ``io.nifti`` for ``SegAssistLib/io/nifti.py``.
    A translation whose placeholders differ from those of ``text`` is not taken.
    """
    file = Path(sys._getframe(1).f_code.co_filename)
    translator = _translator or _of_environment()
    translated = translator(f"{file.parent.name}.{file.stem}", text)
    return translated if _placeholders(translated) == _placeholders(text) else text


def read_catalogue(path: Path) -> dict[tuple[str, str], str]:
    """The finished translations of a Qt catalogue (``.ts``), by context and English sentence."""
    from xml.etree import ElementTree

    found = {}
    for context in ElementTree.parse(path).iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation.text and "type" not in translation.attrib:  # the types are kinds of unfinished
                found[context.findtext("name"), message.findtext("source")] = translation.text
    return found


@functools.cache
def _of_environment() -> Translator:
    folder = bundles_folder().parent / "Translations"
    for language in _languages():
        path = folder / f"SegAssist_{language}.ts"
        if path.is_file():
            catalogue = read_catalogue(path)
            return lambda context, text: catalogue.get((context, text), text)
    return lambda _context, text: text


def _languages() -> list[str]:
    """The languages that are preferred, as gettext reads the environment: ``["de_AT", "de"]``."""
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    preferred = next(filter(None, map(os.environ.get, names)), "")
    locales = [each.split(".")[0].split("@")[0] for each in preferred.split(":") if each]
    return [language for each in locales for language in (each, each.split("_")[0])]


def _placeholders(text: str) -> set[tuple[str | None, ...]] | None:
    """Names, formats and conversions of the placeholders; None where a brace is alone."""
    try:
        return {parts[1:] for parts in string.Formatter().parse(text) if parts[1] is not None}
    except ValueError:
        return None

"""A catalogue for a test's language: the template that ships, with one sentence of it translated."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

TEMPLATE = Path(__file__).resolve().parents[1] / "Resources/Translations/SegAssist_en-US.ts"


def write_german(resources: Path, context: str, sentence: str, translation: str) -> Path:
    """Write the German catalogue of a folder ``Resources``; fail if the template lacks the sentence."""
    tree = ElementTree.parse(TEMPLATE)
    tree.getroot().set("language", "de")
    (found,) = (
        message.find("translation")
        for each in tree.iter("context")
        for message in each.iter("message")
        if (each.findtext("name"), message.findtext("source")) == (context, sentence)
    )
    del found.attrib["type"]
    found.text = translation
    path = resources / "Translations/SegAssist_de.ts"
    path.parent.mkdir(parents=True)
    tree.write(path, encoding="utf-8")
    return path

"""A catalogue for a test's language: the template that ships, with some sentences of it translated."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

TEMPLATE = Path(__file__).resolve().parents[1] / "Resources/Translations/SegAssist_en-US.ts"


def write_german(resources: Path, translations: dict[tuple[str, str], str]) -> Path:
    """Write the German catalogue of a folder ``Resources``: context and sentence to translation.

    Fails if the template lacks one of the sentences.
    """
    tree = ElementTree.parse(TEMPLATE)
    tree.getroot().set("language", "de")
    messages = {
        (context.findtext("name"), message.findtext("source")): message.find("translation")
        for context in tree.iter("context")
        for message in context.iter("message")
    }
    for key, text in translations.items():
        del messages[key].attrib["type"]
        messages[key].text = text
    path = resources / "Translations/SegAssist_de.ts"
    path.parent.mkdir(parents=True)
    tree.write(path, encoding="utf-8")
    return path

"""`plaza translations`: the texts that people read, gathered from the code and brought into `web/locale`."""

import ast
import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import web
from web.core.errors import CATALOGUE, DomainError
from web.core.i18n import DOMAIN, FOLDER, LOCALES

WEB = Path(web.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.jinja2", "jinja2")]
SOURCE_LOCALE = "en"  # texts are written in English


@click.command(epilog="Example: plaza translations")
def translations() -> None:
    """Gather all texts, add new ones to every language, drop those nobody uses, and compile.

    Texts without a translation are listed; the tests fail until they have one.
    """
    wanted = gathered()
    for locale in LOCALES:
        catalogue = updated(read(locale), wanted, locale)
        with source(locale).open("wb") as file:
            write_po(file, catalogue, width=100, no_location=False, include_lineno=False)
        with source(locale).with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
        texts = [message for message in catalogue if message.id]
        missing = [message.id for message in texts if not all(as_tuple(message.string))]
        click.echo(f"{locale}: {len(texts)} texts, {len(missing)} without a translation")
        for text in missing:
            click.echo(f"  {as_tuple(text)[0]!r}")


def gathered() -> dict[str | tuple[str, ...], list[str]]:
    """All texts with the files that they are in: marked ones, and the messages of errors."""
    places: dict[str | tuple[str, ...], set[str]] = defaultdict(set)
    for file, _, message, _, _ in extract_from_dir(str(WEB), METHODS):
        places[message].add(f"web/{file}")
    for error in errors():
        places[error.message].add(error.__module__.replace(".", "/") + ".py")
    for path, message in _messages_where_raised():
        places[message].add(f"web/{path.relative_to(WEB)}")
    return {message: sorted(files) for message, files in places.items()}


def errors() -> list[type[DomainError]]:
    """Every error of the product."""
    for module in pkgutil.walk_packages(web.__path__, "web."):
        if module.name.endswith(".errors"):
            importlib.import_module(module.name)
    return [error for error in CATALOGUE.values() if error.__module__.startswith("web.")]


def _messages_where_raised() -> Iterator[tuple[Path, str]]:
    """Messages given where an error is raised, instead of the one of its class."""
    names = {error.__name__ for error in errors()}
    for path in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield path, argument.value


def updated(old: Catalog, wanted: dict[str | tuple[str, ...], list[str]], locale: str) -> Catalog:
    """The catalogue of a language with exactly the wanted texts, in the order of their files."""
    new = Catalog(
        locale=locale,
        domain=DOMAIN,
        header_comment=old.header_comment,
        project="Plaza",
        version="1",
        creation_date=old.creation_date,
        revision_date=old.revision_date,
        last_translator="Plaza",
        language_team=locale,
        fuzzy=False,
    )
    for message, files in sorted(wanted.items(), key=lambda item: (item[1], as_tuple(item[0]))):
        known = old.get(message)
        text = message if locale == SOURCE_LOCALE else known.string if known else ""
        new.add(message, text, locations=[(file, 0) for file in files])  # lines change too often to be noted
    return new


def read(locale: str) -> Catalog:
    """The texts of a language as they are written."""
    with source(locale).open("rb") as file:
        return read_po(file, locale=locale, domain=DOMAIN)


def source(locale: str) -> Path:
    """Where the texts of a language are written."""
    return FOLDER / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def as_tuple(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """Singular and plural of a text, or the one form that it has."""
    return (text,) if isinstance(text, str) else tuple(text or ())

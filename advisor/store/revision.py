"""Whether a database can be worked with: it answers, and its tables are those of this version."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrations() -> Config:
    """Where Alembic finds the migrations."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


@cache
def newest_revision() -> str:
    """The revision that this version works with."""
    return ScriptDirectory.from_config(migrations()).get_current_head() or ""


def fault(engine: Engine) -> str:
    """Why the database cannot be worked with, in words without its address; empty where it can."""
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        return "the file of the database is gone"  # connections that are open still see it
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError as error:
        return f"the database does not answer ({type(error).__name__})"
    if found != newest_revision():
        return f"the database has the revision {found}, and this version needs {newest_revision()}"
    return ""

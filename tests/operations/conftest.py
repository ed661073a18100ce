from tests.databases import database, empty_database, postgres, sqlite_template

__all__ = ["database", "empty_database", "postgres", "sqlite_template"]

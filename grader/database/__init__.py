"""The database's connection, passwords and stored records; tables, store and migrations are below."""

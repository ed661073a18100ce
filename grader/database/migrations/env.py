"""What Alembic runs to reach the database: the connection that ``migrate`` hands over."""

from alembic import context

from grader.database.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
# The transaction is the caller's: all revisions together, with the check of the foreign keys.
context.run_migrations()

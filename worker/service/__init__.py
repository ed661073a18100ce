"""What runs a queue on a worker's host: Celery, tasks, grading, housekeeping."""

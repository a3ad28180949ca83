"""The composition root: settings, URLs, Celery and WSGI. Imported by nobody."""

"""The WSGI application that gunicorn serves. It refuses to exist with production settings that the system
checks refuse.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from settings.checks import refuse_to_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.production")

from settings import celery  # noqa: F401 - what a page leaves to a worker goes to the worker's queue

application = get_wsgi_application()
refuse_to_start(settings)

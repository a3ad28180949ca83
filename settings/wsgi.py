"""The WSGI application that gunicorn serves. It refuses to exist with production settings that the system
checks refuse.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from settings.checks import refuse_to_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.production")
application = get_wsgi_application()
refuse_to_start(settings)

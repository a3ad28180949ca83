"""The demo with Django's error pages, for work on the code: DJANGO_SETTINGS_MODULE=settings.dev python
manage.py runserver.
"""

from settings.demo import *  # noqa: F403

DEBUG = True
WHITENOISE_AUTOREFRESH = True

"""The WSGI application, for any WSGI server: `gunicorn wsgi:application`."""

from app.bootstrap import build
from app.settings import Settings
from app.web.application import create_app

application = create_app(build(Settings()))

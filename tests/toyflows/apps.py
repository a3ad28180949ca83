from django.apps import AppConfig


class ToyflowsConfig(AppConfig):
    name = "tests.toyflows"
    label = "toyflows"

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "bijoli.demo"

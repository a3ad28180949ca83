from django.apps import AppConfig


class BenchFlowsConfig(AppConfig):
    name = "bench.flows"
    label = "bench_flows"

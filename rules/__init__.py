"""Rules: typed facts in, an explained decision out.

This room owns decision tables (data), their compilation, the engines that match rows, the hit
policies, the explanation and the static analysis. It is pure: no Django, no database, no clock, no
domain. Who asks, what is in force and what is recorded belong to ``apps.decisions``, the only caller
of ``rules.engine``.
"""

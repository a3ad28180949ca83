"""The scene of the pages serves the interface too."""

from tests.web.conftest import present, scene, signed_in

__all__ = ["present", "scene", "signed_in"]

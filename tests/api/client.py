"""Asking the interface as a program does."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from apps.people.models import User
from apps.tokens.minting import mint
from apps.tokens.models import ApiToken
from apps.tokens.operations import create_token
from apps.tokens.scopes import SCOPES
from tests.web.matrix.rows import Multipart


def secret_for(user: User, now: datetime, scopes: Iterable[str] = tuple(SCOPES)) -> str:
    """A token of the user, with every scope unless told otherwise."""
    _token, secret = create_token(user=user, name="程序", scopes=scopes, by=user, now=now)
    return secret


class Program:
    """A program with a token (or with none), in one language."""

    def __init__(self, secret: str = "", language: str = "en") -> None:
        self.secret, self.language = secret, language

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        """The response; `headers` are written with underscores."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            given["Authorization"] = f"Bearer {self.secret}"
        content, kind = written(body)
        return Client().generic(
            method,
            address,
            content,
            content_type=kind,
            headers={"Accept-Language": self.language, **given},
        )

    def get(self, address: str, **query: str) -> Any:
        """The response to a GET with a query."""
        return self.ask("GET", f"{address}?{urlencode(query)}" if query else address)

    def post(self, address: str, body: Any, **headers: str) -> Any:
        """The response to a POST of a body."""
        return self.ask("POST", address, body, **headers)


def written(body: Any) -> tuple[bytes, str]:
    """A body and its content type: JSON, or a form with a file."""
    if not isinstance(body, Multipart):
        return b"" if body is None else json.dumps(body).encode(), "application/json"
    file = SimpleUploadedFile(body.name, body.content)
    return encode_multipart(BOUNDARY, {body.member: file}), MULTIPART_CONTENT


def filled(path: str, members: dict[str, object]) -> str:
    """A path of the description with its members put in."""
    for name, value in members.items():
        path = path.replace("{" + name + "}", quote(str(value), safe=""))
    assert "{" not in path, path
    return path


def planted(user: User, now: datetime, until: datetime) -> str:
    """A token that no operation would make: for somebody who is not registered."""
    minted = mint()
    ApiToken.objects.create(
        user=user,
        name="planted",
        prefix=minted.prefix,
        digest=minted.digest,
        scopes=sorted(SCOPES),
        valid_from=now,
        valid_until=until,
    )
    return minted.secret

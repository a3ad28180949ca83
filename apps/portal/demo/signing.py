"""What the sign-in page of a demonstration says: who is there, and the password that everybody knows. Only
settings.demo asks for it.
"""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from apps.portal.demo import roster

_HEADINGS = {
    True: ("演示学校里的人", "所有人的密码"),
    False: ("Who is at the demonstration school", "The password of all"),
}


def people(request: HttpRequest) -> dict[str, Any]:
    """The people of the roster in the reader's language, on the sign-in page only. No query."""
    if request.resolver_match is None or request.resolver_match.url_name != "account_login":
        return {}
    chinese = (get_language() or "").startswith("zh")
    heading, password = _HEADINGS[chinese]
    return {
        "demo_school": {
            "heading": heading,
            "password_label": password,
            "password": roster.PASSWORD,
            "people": [
                {
                    "login": person.login,
                    "name": person.name_zh if chinese else person.name_en,
                    "role": person.role_zh if chinese else person.role,
                }
                for person in roster.PEOPLE
            ],
        }
    }

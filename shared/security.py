"""The key that routes which change something demand, where one is set."""

import hmac

from pydantic import SecretStr

from shared.errors import Unauthorized

KEY_HEADER = "X-API-Key"


def check_key(expected: SecretStr | None, given: str | bytes) -> None:
    """Let a request through if no key is set, or if it brings the right one.

    Raises:
        Unauthorized: The key is missing or wrong.
    """
    if expected is None or not expected.get_secret_value():
        return
    given = given.encode() if isinstance(given, str) else given
    if not hmac.compare_digest(expected.get_secret_value().encode(), given):
        raise Unauthorized(f"This request changes something; it takes the key in {KEY_HEADER}.")

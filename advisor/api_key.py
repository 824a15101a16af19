"""Keys of hosts, from the environment or the system's keyring; never kept, logged or shown."""

from __future__ import annotations

import os

from advisor.errors import InputError

SERVICE = "advisor"  # under which the keyring holds keys, each by the name of its environment variable


def api_key(variable: str) -> str | None:
    """The key in the environment variable, else in the keyring where the extra `keyring` is installed.

    Raises InputError where a keyring is there but cannot be opened.
    """
    found = os.environ.get(variable)
    if found:
        return found
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ModuleNotFoundError:
        return None
    try:
        return keyring.get_password(SERVICE, variable)
    except NoKeyringError:
        return None
    except KeyringError as error:
        raise InputError(
            f"the keyring cannot be read: {error}", what_to_do=f"unlock it, or export {variable}=..."
        ) from None


def key_missing(variable: str) -> InputError:
    """The error of a host that needs a key where none is found."""
    return InputError(
        f"there is no key in the environment variable {variable}, nor in the keyring",
        what_to_do=f"export {variable}=... , or keep it with `keyring set {SERVICE} {variable}` (advisor[keyring])",
    )

"""Keys come from the environment, else from the keyring, and a keyring that is not there is no mistake."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from advisor.api_key import api_key
from advisor.chat_client import ChatClient
from advisor.errors import InputError


class Held(KeyringBackend):
    """A keyring in memory."""

    priority = 1
    locked = False

    def get_password(self, service: str, username: str) -> str | None:
        """The one key."""
        if self.locked:
            raise KeyringLocked("locked")
        return "from-ring" if (service, username) == ("advisor", "SOME_KEY") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Nothing is set here."""

    def delete_password(self, service: str, username: str) -> None:
        """Nothing is deleted here."""


@pytest.fixture
def ring() -> Iterator[Held]:
    """The keyring of the system, replaced."""
    before = keyring.get_keyring()
    held = Held()  # type: ignore[no-untyped-call]
    keyring.set_keyring(held)
    yield held
    keyring.set_keyring(before)


def test_environment_first_then_keyring(ring: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by the name of the variable."""
    monkeypatch.delenv("SOME_KEY", raising=False)
    assert api_key("SOME_KEY") == "from-ring" and api_key("OTHER_KEY") is None
    monkeypatch.setenv("SOME_KEY", "from-environment")
    assert api_key("SOME_KEY") == "from-environment"


def test_no_key_is_told_with_what_to_do(ring: Held) -> None:
    """Both places are named; a locked keyring is another thing than a missing key, and none at all is no mistake."""
    with pytest.raises(InputError, match=r"(?s)OTHER_KEY, nor in the keyring.*keyring set advisor OTHER_KEY"):
        ChatClient("gpt-x", key_variable="OTHER_KEY")
    ring.locked = True
    with pytest.raises(InputError, match="the keyring cannot be read: locked"):
        api_key("SOME_KEY")
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    assert api_key("SOME_KEY") is None

"""Connections to hosts that somebody else named: made to an address that was checked, whatever the name means later."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Iterable

import httpx2

from advisor.outgoing import allowed_hosts, check_outgoing


class CheckedTransport(httpx2.HTTPTransport):
    """Resolves and checks the host of each request, and connects to one of the addresses that were checked.

    The name stays in the Host header and in TLS, whose certificate is checked against it.
    """

    def __init__(
        self,
        allowed: Collection[str],
        resolve: Callable[[str], Iterable[str]] | None = None,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        """`allowed` are hosts that may lie inside, as of `advisor.outgoing.allowed_hosts`."""
        super().__init__(verify=verify)
        self._allowed = allowed
        self._resolve = resolve

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The reply. Raises InputError for a host that may not be asked, and httpx2's errors."""
        url = request.url
        addresses = check_outgoing(str(url), self._allowed, self._resolve)
        failed: httpx2.ConnectError | None = None
        for address in addresses:
            request.url = url.copy_with(host=address)
            request.extensions = {**request.extensions, "sni_hostname": url.host}
            try:
                return super().handle_request(request)
            except httpx2.ConnectError as error:
                failed = error  # nothing was sent yet; the host may have another address
            finally:
                request.url = url
        raise failed or httpx2.ConnectError(f"{url.host} has no address", request=request)


def checked_client(timeout: float, allowed: Collection[str] | None = None) -> httpx2.Client:
    """A client that goes to checked addresses only (`timeout` in seconds).

    It follows no redirects, which could lead inside, and takes no proxy of the machine: a proxy
    would resolve the name again, and not check it.
    """
    transport = CheckedTransport(allowed_hosts() if allowed is None else allowed)
    return httpx2.Client(transport=transport, follow_redirects=False, trust_env=False, timeout=timeout)

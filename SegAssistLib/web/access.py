"""Access: who is served. One browser, that brought the token, and through its own pages."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from html import escape
from urllib.parse import urlsplit

from aiohttp import web

from SegAssistLib.errors import InputError
from SegAssistLib.translation import tr as _

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COOKIE_SECONDS = 30 * 24 * 3600  # a browser that was closed finds its scene again
SHORTEST_TOKEN = 16  # characters
PAGES = ("/", "/index.html")
READING = ("GET", "HEAD")
HEADERS = {
    # Vue compiles its templates in the page, which counts as eval, and writes style attributes.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this computer alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Access:
    """Decides about every request before anything else sees it.

    The first browser that opens the page with the token gets the session: a cookie that pages of other
    origins can neither read nor send. Everything else is refused without that cookie. The token is asked for
    on this computer too, for it may have other users.

    Args:
        host: what the server listens on.
        port: likewise; cookies are the same for all ports of a host, so their name tells them apart.
        token: the first visit has to bring it as ``?token=``.

    Raises:
        InputError: the token can be guessed.
    """

    def __init__(self, host: str, port: int, token: str) -> None:
        if len(token) < SHORTEST_TOKEN:
            raise InputError(
                _(
                    "A token of less than {least} characters can be guessed; choose a longer "
                    "one, or none and one is made up."
                ).format(least=SHORTEST_TOKEN)
            )
        self._local = is_loopback(host)
        self._token = token
        self._cookie = f"segassist_{port}"
        self._session: str | None = None

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request that may not pass; hand the others on."""
        return self._refusal(request) or await handler(request)

    def _refusal(self, request: web.Request) -> web.Response | None:
        if self._local and not is_loopback(_host_name(request.host)):
            return _page(_("Wrong address"), _("Open SegAssist by the address that it printed."), 403)
        if not _reads_only(request) and not _from_own_page(request):
            return web.Response(status=403, text=_("Refused: the request comes from another page."))
        if self._knows(request):
            return None
        if request.path in PAGES and request.method == "GET":
            return self._admit(request)
        return web.Response(status=401, text=_("Refused: open SegAssist's page first."))

    def _knows(self, request: web.Request) -> bool:
        return self._session is not None and _same(request.cookies.get(self._cookie), self._session)

    def _admit(self, request: web.Request) -> web.Response:
        """Give the session to the first visitor, and an explanation to the others."""
        if not _same(request.query.get("token"), self._token):
            return _page("Locked", _("Open the whole address that SegAssist printed, with its token."), 401)
        if self._session is not None:
            return _page(
                _("In use"),
                _(
                    "This SegAssist is open in another browser, and one SegAssist serves one "
                    "browser. Start another for this one: segassist serve --port {port}"
                ).format(port=(request.url.port or 0) + 1),
                403,
            )
        self._session = secrets.token_urlsafe(32)
        # The page sends itself on, so that the next request is its own: only then is the cookie sent.
        response = _page("Opening SegAssist", '<meta http-equiv="refresh" content="0;url=/">', 200)
        response.set_cookie(
            self._cookie, self._session, max_age=COOKIE_SECONDS, httponly=True, samesite="Strict"
        )
        return response


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Tell the browser to keep to this server, and to keep nothing of it."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")


def _host_name(netloc: str) -> str:
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def _reads_only(request: web.Request) -> bool:
    return request.method in READING and "Upgrade" not in request.headers


def _from_own_page(request: web.Request) -> bool:
    try:
        return urlsplit(request.headers.get("Origin", "")).netloc == request.host
    except ValueError:
        return False


def _same(given: str | None, expected: str) -> bool:
    # Bytes that are no UTF-8 come as surrogates.
    return hmac.compare_digest((given or "").encode("utf-8", "surrogatepass"), expected.encode())


def _page(title: str, content: str, status: int) -> web.Response:
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<body style="background:#10151b;color:#e6edf3;font:16px system-ui;padding:20vh 10vw">'
        f"<h1>{escape(title)}</h1><p>{content}</p></body></html>"
    )
    return web.Response(status=status, text=text, content_type="text/html")

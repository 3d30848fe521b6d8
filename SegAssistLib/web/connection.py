"""Connection: the page's web socket. One tab has it, and it can do what the page does and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from trame_server.protocol import CoreServer
from wslink.backends.aiohttp import AioHttpWsHandler, WebAppServer
from wslink.chunking import HEADER_LENGTH
from wslink.protocol import EXCEPTION_ERROR

from SegAssistLib.translation import tr as _
from SegAssistLib.web.views import NAMES

PATH = "/ws"
START = "/segassist/session"  # where the page asks for the address of its web socket
OTHER_TAB = 4001  # close code: another tab has taken over
# What the page calls, of all that trame and wslink offer: these can also end the server.
METHODS = (
    "trame.state.get",
    "trame.state.update",
    "trame.trigger",
    "trame.lifecycle.update",
    "trame.error.client",
    "trame.rca.size",
    "trame.rca.event",
)
LIFE = ("client_connected", "client_exited")  # events of the server are no page's to announce
# What the page sets; the other keys are the server's to say, and some name scripts that every page loads.
SETTABLE = re.compile(
    r"PanelState__(volume|task|quality|label|threshold|moved|message|help)"
    r"|PlayerState__(frame|loop)"
    r"|VesselsState__(selected|compared)"
    r"|(Red|Green|Yellow)__SliderState__value"
    # the Segment Editor's, which are trame-slicer's
    r"|(SegmentEditor|SegmentEdit|PaintEffect|ScissorsEffect|DrawEffect|LogicalOperators|Threshold|Islands"
    r"|Smoothing|VolumeIntensityRangeMask)State__\w+"
)
LARGEST_SIDE = 8192  # pixels of a view; 8K screens have 7680, and VTK ends the process when memory is out
FAILED = _("Something went wrong in SegAssist. Nothing that is open was lost; try again.")


class Connection(AioHttpWsHandler):
    """Takes the place of wslink's own handler.

    Args:
        protocol: has the methods that are called.
        server: where connections are made.
    """

    def __init__(self, protocol: CoreServer, server: WebAppServer) -> None:
        super().__init__(protocol, server)
        self._core = protocol
        self._offered = {name: self.functionMap[name] for name in METHODS}
        self.functionMap = self._offered | {
            "trame.state.update": (self, Connection._update),
            "trame.lifecycle.update": (self, Connection._live),
            "trame.rca.size": (self, Connection._size),
            "trame.rca.event": (self, Connection._event),
        }

    def routes(self) -> list[web.RouteDef]:
        """The web socket, and what tells the page where it is."""
        return [web.get(PATH, self.handleWsRequest), web.post(START, self._start)]

    async def _start(self, _request: web.Request) -> web.Response:
        return web.json_response({"sessionURL": f"ws://use_host{PATH}"})  # the page knows host and protocol

    # ------------------------------------------------------------------ from handshake to close

    async def handleWsRequest(self, request: web.Request) -> web.StreamResponse:  # noqa: N802
        """Answer a request for the web socket."""
        if not web.WebSocketResponse().can_prepare(request):
            return web.Response(status=426, headers={"Upgrade": "websocket"}, text="This is a web socket.")
        return await super().handleWsRequest(request)

    async def onConnect(self, request: web.Request, client_id: str) -> None:  # noqa: N802
        """A tab has the connection now; the others lose it."""
        for other, socket in list(self.connections.items()):
            if other != client_id and socket.prepared:
                await socket.close(code=OTHER_TAB)
        await super().onConnect(request, client_id)

    async def onClose(self, client_id: str) -> None:  # noqa: N802
        """A connection is over, and perhaps was never made: its handshake can be interrupted."""
        if client_id in self.unchunkers:
            await super().onClose(client_id)

    # ------------------------------------------------------------------ what is said

    async def onMessage(self, is_binary: bool, msg: WSMessage, client_id: str) -> None:  # noqa: N802
        """Take a message, which is in one piece: no memory is kept for what it announces beyond itself."""
        if is_binary:
            self.unchunkers[client_id].set_max_message_size(len(msg.data) - HEADER_LENGTH)
            await super().onMessage(is_binary, msg, client_id)
        elif msg.type is WSMsgType.TEXT:
            await self.connections[client_id].close(code=WSCloseCode.UNSUPPORTED_DATA)

    async def sendWrappedError(  # noqa: N802
        self, rpcid: str, code: int, message: str, _data: object = None, client_id: str | None = None
    ) -> None:
        """Answer with a sentence; wslink's data are the traceback, with the paths in it."""
        text = FAILED if code == EXCEPTION_ERROR else message
        await super().sendWrappedError(rpcid, code, text, client_id=client_id)

    # ------------------------------------------------------------------ what is done

    def _call(self, method: str, *arguments: object) -> object:
        target, function = self._offered[method]
        return function(target, *arguments)

    def _update(self, changes: Sequence[Mapping[str, object]]) -> None:
        self._call("trame.state.update", [each for each in changes if SETTABLE.fullmatch(each["key"])])

    def _live(self, name: str) -> None:
        if name in LIFE:
            self._call("trame.lifecycle.update", name)

    def _size(self, view: str, origin: str, size: Mapping[str, float]) -> None:
        if view in NAMES and all(0 <= size[side] * size["p"] <= LARGEST_SIDE for side in "wh"):
            self._call("trame.rca.size", view, origin, size)

    def _event(self, view: str, *rest: object) -> None:
        if view in NAMES:
            self._call("trame.rca.event", view, *rest)

"""What launcher and tests tell the emulated cloud: `POST /_emulator/target-health`, `POST /_emulator/stack-faults`."""

import json

import ministack.app
import stack_operations
import target_groups
import upstream

_ROUTES = {
    "/_emulator/target-health": target_groups.report,
    "/_emulator/stack-faults": stack_operations.inject,
}


async def _body(receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


async def _answer(send, status: int, content: dict) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})


def _with_routes(app):
    async def routed(scope, receive, send) -> None:
        take = _ROUTES.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if take is None:
            await app(scope, receive, send)
            return
        try:
            take(json.loads(await _body(receive)))
        except ValueError as problem:
            await _answer(send, 400, {"message": str(problem)})
        else:
            await _answer(send, 200, {})

    return routed


def install() -> None:
    upstream.replace(ministack.app, "app", _with_routes)

"""The only door to ministack's private parts: what is replaced must exist, what is added must not."""

import importlib.metadata
import sys

PINNED_VERSION = "1.5.33"


def refuse(sentence: str) -> None:
    sys.exit(f"emulator: {sentence}")


def require_pinned_version() -> None:
    try:
        found = importlib.metadata.version("ministack")
    except importlib.metadata.PackageNotFoundError:
        refuse(f"ministack {PINNED_VERSION} is not installed in {sys.prefix}; run the project's set-up.")
    if found != PINNED_VERSION:
        refuse(f"written for ministack {PINNED_VERSION}, found {found}; run the project's set-up.")


def replace(owner, name: str, wrap) -> None:
    """Puts `wrap(original)` where `owner` (a module or a dict of handlers) holds `name`."""
    held = owner if isinstance(owner, dict) else vars(owner)
    if name not in held:
        where = "a handler table" if isinstance(owner, dict) else owner.__name__
        refuse(f"ministack {PINNED_VERSION} has no {name} in {where}; this overlay does not fit it.")
    held[name] = wrap(held[name])


def add(held: dict, name: str, value) -> None:
    """Puts `value` into a table of ministack's that has none of that name."""
    if name in held:
        refuse(f"ministack now has {name} of its own; drop it from the overlay.")
    held[name] = value


def add_resource_type(name: str, handlers: dict) -> None:
    """Registers a CloudFormation type with its create, delete and snapshot functions; its tags get the stack's."""
    from ministack.services.cloudformation import provisioners

    add(provisioners._RESOURCE_HANDLERS, name, handlers)
    provisioners._STACK_TAG_PROPERTY[name] = ("Tags", "list")


def succeed(response: tuple, what: str) -> None:
    """Turns the error answer of an API handler, called from a provisioner, into the failure of its resource."""
    status, _, body = response
    if status >= 300:
        raise ValueError(f"{what}: {body.decode('utf-8', 'replace')[:300]}")


def serve() -> None:
    import ministack.app

    ministack.app.main()

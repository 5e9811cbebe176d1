"""CreateStack as CloudFormation takes it: one stack a token, a name only once, known parameters, named capabilities.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

import upstream
from ministack.services.cloudformation import _stack_events, _stacks, handlers, helpers


def _made_by(stack: dict, token: str) -> bool:
    events = _stack_events.get(stack["StackId"]) or [{}]
    return bool(token) and events[0].get("ClientRequestToken") == token


def _unknown_parameters(request: dict) -> list[str]:
    body, _ = handlers._resolve_template(request)
    if not body:
        return []
    try:
        declared = handlers._parse_template(body).get("Parameters") or {}
    except Exception:
        return []
    return sorted({given["Key"] for given in helpers._extract_members(request, "Parameters")} - set(declared))


def _strict(create_stack):
    def strict(request: dict) -> tuple:
        name = helpers._p(request, "StackName")
        stack = _stacks.get(name)
        if stack and stack["StackStatus"] != "DELETE_COMPLETE":
            if _made_by(stack, helpers._p(request, "ClientRequestToken")):
                result = f"<CreateStackResult><StackId>{stack['StackId']}</StackId></CreateStackResult>"
                return helpers._xml(200, "CreateStackResponse", result)
            return helpers._error("AlreadyExistsException", f"Stack [{name}] already exists")
        unknown = _unknown_parameters(request)
        if unknown:
            return helpers._error("ValidationError", f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        return create_stack(request)

    return strict


def install() -> None:
    upstream.replace(handlers._ACTION_HANDLERS, "CreateStack", _strict)
    upstream.replace(handlers, "_capabilities_enforced", lambda _: lambda: True)

"""Stack operations take time, can be told to fail, and a stack that is still being created can be deleted.

CloudFormation creates resources side by side, so nothing waits for a wait condition that does not depend on it. A
deletion ends a running creation first ("Resource creation cancelled"), and asked for twice it is one deletion.
"""

import asyncio
import time

import settings
import upstream
from ministack.services.cloudformation import _stacks, handlers, stacks, wait_conditions

CANCELLED = "Resource creation cancelled"

_faults: list[dict] = []
_creations: dict[str, asyncio.Future] = {}
_interrupted: set[str] = set()
_deletions: set[str] = set()


def inject(faults: object) -> None:
    """Replaces the faults by `[{op: create|delete, logicalId, message, stackName?, count?}]`.

    Each strikes `count` times, once by default.
    """
    if not isinstance(faults, list):
        raise ValueError("stack faults are a list of {op, logicalId, message, stackName?, count?}")
    for fault in faults:
        if not isinstance(fault, dict) or fault.get("op") not in ("create", "delete"):
            raise ValueError("the op of a stack fault has to be create or delete")
        if not isinstance(fault.get("logicalId"), str) or not isinstance(fault.get("message"), str):
            raise ValueError("a stack fault needs a logicalId and a message")
    _faults[:] = [{"count": 1, **fault} for fault in faults]


def _strike(op: str, stack_name: str | None, logical_id: str | None) -> None:
    for fault in _faults:
        if fault["op"] != op or fault["logicalId"] != logical_id or fault["count"] < 1:
            continue
        if fault.get("stackName") in (None, stack_name):
            fault["count"] -= 1
            raise ValueError(fault["message"])


def _take_time(resource_type: str) -> None:
    if resource_type == "AWS::EC2::Instance":
        time.sleep(settings.STEP_SECONDS)


def _provisioned(provision):
    def provisioned(resource_type: str, logical_id: str, properties: dict, stack_name: str) -> tuple:
        if _stacks[stack_name]["StackId"] in _interrupted:
            raise ValueError(CANCELLED)
        _strike("create", stack_name, logical_id)
        _take_time(resource_type)
        return provision(resource_type, logical_id, properties, stack_name)

    return provisioned


def _deleted(delete):
    def deleted(resource_type: str, physical_id: str, properties: dict, stack_name=None, logical_id=None) -> None:
        _strike("delete", stack_name, logical_id)
        _take_time(resource_type)
        delete(resource_type, physical_id, properties, stack_name, logical_id)

    return deleted


def _off_the_event_loop(runs_on_worker_thread):
    return lambda resource_type: resource_type == "AWS::EC2::Instance" or runs_on_worker_thread(resource_type)


def _wait_conditions_last(sort):
    """Creation here is one after the other, so what others need in order to signal has to come first."""

    def sorted_by_need(resources: dict, conditions: dict) -> list[str]:
        order = sort(resources, conditions)
        late = {name for name in order if resources[name].get("Type") == "AWS::CloudFormation::WaitCondition"}
        for name in order:
            if late & set(stacks._extract_deps(resources[name], set(order))):
                late.add(name)
        return [name for name in order if name not in late] + [name for name in order if name in late]

    return sorted_by_need


def _followed(deploy):
    async def followed(stack_name: str, stack_id: str, *arguments, **options) -> None:
        _creations[stack_id] = asyncio.get_running_loop().create_future()
        try:
            await deploy(stack_name, stack_id, *arguments, **options)
        finally:
            _creations.pop(stack_id).set_result(None)

    return followed


def _end_waits(stack_id: str) -> None:
    with wait_conditions._changed:
        for (waiting_stack_id, _), waiter in wait_conditions._waiting.items():
            if waiting_stack_id == stack_id:
                signal = {"Status": "FAILURE", "Reason": CANCELLED, "Data": ""}
                wait_conditions._handles[waiter["token"]]["signals"]["cancelled"] = signal
        wait_conditions._changed.notify_all()


async def _end_creation(stack_name: str, stack_id: str, creation: asyncio.Future) -> None:
    _stacks[stack_name]["StackStatus"] = "DELETE_IN_PROGRESS"
    _interrupted.add(stack_id)
    while not creation.done():
        _end_waits(stack_id)
        await asyncio.wait({creation}, timeout=0.1)
    _interrupted.discard(stack_id)


def _once_and_after_its_creation(delete_stack):
    async def deleted_once(stack_name: str, stack_id: str, *arguments, **options) -> None:
        if stack_id in _deletions:
            return
        _deletions.add(stack_id)
        try:
            creation = _creations.get(stack_id)
            if creation is not None:
                await _end_creation(stack_name, stack_id, creation)
            await delete_stack(stack_name, stack_id, *arguments, **options)
        finally:
            _deletions.discard(stack_id)

    return deleted_once


def _unless_interrupted(roll_back):
    async def unless_interrupted(stack_name: str, stack_id: str, *arguments, **options) -> None:
        if stack_id not in _interrupted:
            await roll_back(stack_name, stack_id, *arguments, **options)

    return unless_interrupted


def install() -> None:
    upstream.replace(stacks, "_provision_resource", _provisioned)
    upstream.replace(stacks, "_delete_resource", _deleted)
    upstream.replace(stacks, "_runs_on_worker_thread", _off_the_event_loop)
    upstream.replace(stacks, "_topological_sort", _wait_conditions_last)
    upstream.replace(stacks, "_roll_back_operation", _unless_interrupted)
    upstream.replace(handlers, "_deploy_stack_async", _followed)
    upstream.replace(handlers, "_delete_stack_async", _once_and_after_its_creation)

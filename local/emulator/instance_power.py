"""Stopping and starting take a while: running, stopping, stopped, pending, running. Elsewhere they are refused.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

import asyncio

import settings
import upstream
from ministack.services import ec2

PENDING, RUNNING, STOPPING, STOPPED = (0, "pending"), (16, "running"), (64, "stopping"), (80, "stopped")


def _state(code_and_name: tuple) -> dict:
    return {"Code": code_and_name[0], "Name": code_and_name[1]}


def _settle(instance: dict, through: tuple, to: tuple) -> None:
    if instance["State"] == _state(through):
        instance["State"] = _state(to)


def _element(tag: str, state: dict) -> str:
    return f"<{tag}><code>{state['Code']}</code><name>{state['Name']}</name></{tag}>"


def _change(action: str, verb: str, start: tuple, through: tuple, to: tuple):
    def handler(request: dict) -> tuple:
        instance_ids = ec2._parse_member_list(request, "InstanceId")
        for instance_id in instance_ids:
            if instance_id not in ec2._instances:
                return ec2._error("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist", 400)
            if ec2._instances[instance_id]["State"] not in (_state(start), _state(through), _state(to)):
                sentence = f"The instance '{instance_id}' is not in a state from which it can be {verb}."
                return ec2._error("IncorrectInstanceState", sentence, 400)
        items = ""
        for instance_id in instance_ids:
            instance = ec2._instances[instance_id]
            before = instance["State"]
            if before == _state(start):
                instance["State"] = _state(through)
                asyncio.get_running_loop().call_later(settings.STEP_SECONDS, _settle, instance, through, to)
            states = _element("currentState", instance["State"]) + _element("previousState", before)
            items += f"<item><instanceId>{instance_id}</instanceId>{states}</item>"
        return ec2._xml(200, f"{action}Response", f"<instancesSet>{items}</instancesSet>")

    return handler


def install() -> None:
    stop = _change("StopInstances", "stopped", RUNNING, STOPPING, STOPPED)
    start = _change("StartInstances", "started", STOPPED, PENDING, RUNNING)
    upstream.replace(ec2._ACTION_MAP, "StopInstances", lambda _: stop)
    upstream.replace(ec2._ACTION_MAP, "StartInstances", lambda _: start)

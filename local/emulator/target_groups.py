"""Targets named in a template are registered, and their health is what the health checker outside says it is.

Nothing here opens a connection: whoever runs the instances' processes checks them and reports. An instance that does
not run is `unused` whatever was reported, and is `initial` again when it comes back.
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
"""

import upstream
from ministack.services import alb, ec2
from ministack.services.cloudformation import provisioners

STATES = ("initial", "healthy", "unhealthy")
_INITIAL = {
    "State": "initial",
    "Reason": "Elb.RegistrationInProgress",
    "Description": "Target registration is in progress",
}
_NOT_IN_USE = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}

_reported: dict[str, dict] = {}


def report(health: object) -> None:
    """Takes `{instance id: {State, Reason?, Description?}}`; an instance not named keeps what it had."""
    if not isinstance(health, dict):
        raise ValueError("target health is an object from instance id to {State, Reason, Description}")
    for instance_id, told in health.items():
        if not isinstance(told, dict) or told.get("State") not in STATES:
            raise ValueError(f"the State of {instance_id} has to be one of {', '.join(STATES)}")
    _reported.update(health)


def _health(target: dict, group: dict) -> dict:
    instance = ec2._instances.get(target["Id"])
    state = instance["State"]["Name"] if instance else "terminated"
    if state != "running":
        _reported.pop(target["Id"], None)
        return {"State": "unused", "Reason": "Target.InvalidState", "Description": f"Target is in the {state} state"}
    if not group["LoadBalancerArns"]:
        return _NOT_IN_USE
    return _reported.get(target["Id"], _INITIAL)


def _describe(request: dict) -> tuple:
    arn = alb._p(request, "TargetGroupArn")
    group = alb._tgs.get(arn)
    if group is None:
        return alb._error("TargetGroupNotFound", f"Target group '{arn}' not found.")
    asked = {target["Id"] for target in alb._parse_targets_param(request)}
    members = ""
    for target in alb._targets.get(arn, []):
        if asked and target["Id"] not in asked:
            continue
        port = target.get("Port", group["Port"])
        health = _health(target, group)
        fields = "".join(
            f"<{name}>{alb._esc(str(health[name]))}</{name}>"
            for name in ("State", "Reason", "Description")
            if health.get(name)
        )
        members += (
            f"<member><Target><Id>{target['Id']}</Id><Port>{port}</Port></Target>"
            f"<HealthCheckPort>{port}</HealthCheckPort><TargetHealth>{fields}</TargetHealth></member>"
        )
    return alb._xml(200, "DescribeTargetHealth", f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>")


def _with_targets(create):
    def created(logical_id: str, properties: dict, stack: str) -> tuple:
        arn, attributes = create(logical_id, properties, stack)
        port = int(properties.get("Port", 80))
        alb._targets[arn] = [
            {"Id": target["Id"], "Port": int(target.get("Port", port))} for target in properties.get("Targets") or []
        ]
        return arn, attributes

    return created


def install() -> None:
    upstream.replace(alb._ACTION_MAP, "DescribeTargetHealth", lambda _: _describe)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ElasticLoadBalancingV2::TargetGroup"]
    upstream.replace(handlers, "create", _with_targets)

"""What AWS tells its policies of a call, where ministack leaves it out: which change is asked for and what a batch of
records changes, in which role CloudFormation is to act, and whose an instance is. Policies are asked only with AUTH=true.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
"""

import re

import record_sets
import upstream
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2, tagging


def _of_records(body: bytes) -> dict:
    changes = record_sets.changes_of(body)
    return {
        "route53:ChangeResourceRecordSetsActions": [action for action, _ in changes],
        "route53:ChangeResourceRecordSetsRecordTypes": [record["Type"] for _, record in changes],
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
            record["Name"].rstrip(".").lower() for _, record in changes
        ],
    }


def _with_own_keys(request_tag_context):
    def context(service: str, iam_action: str, body: bytes, params: dict) -> dict:
        known = request_tag_context(service, iam_action, body, params)
        if iam_action == "route53:ChangeResourceRecordSets":
            return {**known, **_of_records(body)}
        role = iam_actions._query_param(params, "RoleARN") if service == "cloudformation" else ""
        return {**known, "cloudformation:RoleArn": role} if role else known

    return context


def _with_changes(extract_resource_arn):
    def resource(service: str, method: str, path: str, *rest) -> str:
        change = re.fullmatch(r"/[\d-]+/change/([^/]+)", path) if service == "route53" else None
        if change:
            return f"arn:aws:route53:::change/{change[1]}"
        return extract_resource_arn(service, method, path, *rest)

    return resource


def _with_pass_role(enforce):
    """Who has CloudFormation act in a role must be allowed to pass it that role."""

    def both(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        denied = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        role = (service_context or {}).get("cloudformation:RoleArn")
        if denied or not role:
            return denied
        passed_to = {"iam:PassedToService": "cloudformation.amazonaws.com"}
        return enforce(access_key_id, "iam:PassRole", "iam", region, role, passed_to)

    return both


def _instances() -> list[tuple[str, list]]:
    where = f"arn:aws:ec2:{get_region()}:{get_account_id()}:instance"
    return [(f"{where}/{instance}", ec2._tags.get(instance, [])) for instance in ec2._instances]


def install() -> None:
    upstream.replace(iam_actions, "request_tag_context", _with_own_keys)
    upstream.replace(iam_actions, "extract_resource_arn", _with_changes)
    upstream.replace(iam_evaluator, "enforce", _with_pass_role)
    upstream.add(tagging._RESOURCE_TAG_COLLECTORS, "ec2", _instances)

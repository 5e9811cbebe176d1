"""AWS::EC2::Instance: from a launch template, on the interface and with the disks it is given, user data readable."""

import base64
import binascii

import network_interfaces
import upstream
import volumes
from ministack.services import ec2
from ministack.services.cloudformation import provisioners


def _launch_template_data(reference: dict) -> dict:
    template = ec2._launch_templates.get(reference.get("LaunchTemplateId", ""))
    if template is None:
        raise ValueError("The specified launch template does not exist. (Error Code: InvalidLaunchTemplateId.NotFound)")
    wanted = str(reference.get("Version"))
    for version in template["Versions"]:
        if str(version["VersionNumber"]) == wanted:
            return version["LaunchTemplateData"]
    sentence = f"Could not find launch template version {wanted}."
    raise ValueError(f"{sentence} (Error Code: InvalidLaunchTemplateId.VersionNotFound)")


def _profile(data: dict) -> dict | None:
    profile, error = ec2._resolve_iam_instance_profile(iam_arn=data.get("Arn", ""), iam_name=data.get("Name", ""))
    if error is not None:
        upstream.succeed(error, "IamInstanceProfile")
    return profile


def _require_base64(user_data: str) -> None:
    try:
        base64.b64decode(user_data, validate=True)
    except binascii.Error:
        raise ValueError("Invalid BASE64 encoding of user data (Error Code: InvalidUserData.Malformed)") from None


def _shape_root_disk(instance: dict, mappings: list, zone: str) -> None:
    root = ec2._volumes[instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]]
    root["AvailabilityZone"] = zone
    for mapping in mappings:
        disk = mapping.get("Ebs") or {}
        if mapping.get("DeviceName") == instance["RootDeviceName"]:
            root["Encrypted"] = provisioners._cfn_bool(disk.get("Encrypted", False))
            root["Size"] = int(disk.get("VolumeSize", root["Size"]))


def _create(logical_id: str, properties: dict, stack: str) -> tuple:
    template = _launch_template_data(properties["LaunchTemplate"]) if "LaunchTemplate" in properties else {}
    given = {**template, **properties}
    attached = (given.get("NetworkInterfaces") or [{}])[0]
    interface = ec2._network_interfaces.get(attached.get("NetworkInterfaceId", ""))
    subnet_id = interface["SubnetId"] if interface else given.get("SubnetId", "")
    network_interfaces.require_subnet(subnet_id)
    subnet = ec2._subnets[subnet_id]
    zone = subnet["AvailabilityZone"]
    disks = given.get("Volumes") or []
    for disk in disks:
        volumes.require_attachable(disk["VolumeId"], zone)
    _require_base64(given.get("UserData", ""))

    groups = [g["GroupId"] for g in interface["Groups"]] if interface else given.get("SecurityGroupIds")
    instance = ec2._launch_instances_internal(
        image_id=given.get("ImageId"),
        instance_type=given.get("InstanceType"),
        subnet_id=subnet_id,
        count=1,
        user_data=given.get("UserData", ""),
        sg_ids=groups,
        requested_private_ip=interface["PrivateIpAddress"] if interface else network_interfaces.free_address(subnet_id),
        iam_profile=_profile(given.get("IamInstanceProfile") or {}),
    )[0]
    instance_id = instance["InstanceId"]
    instance["Placement"]["AvailabilityZone"] = zone
    instance["VpcId"] = subnet["VpcId"]
    instance["PublicIpAddress"] = instance["PublicDnsName"] = ""
    _shape_root_disk(instance, given.get("BlockDeviceMappings") or [], zone)
    if interface:
        request = {"NetworkInterfaceId": interface["NetworkInterfaceId"], "InstanceId": instance_id, "DeviceIndex": "0"}
        upstream.succeed(ec2._attach_network_interface(request), logical_id)
    for disk in disks:
        volumes.attach(disk["VolumeId"], disk["Device"], instance)
    provisioners._ec2_apply_tags(instance_id, properties)
    return instance_id, {
        "InstanceId": instance_id,
        "PrivateIp": instance["PrivateIpAddress"],
        "PrivateDnsName": instance["PrivateDnsName"],
        "AvailabilityZone": zone,
        "VpcId": instance["VpcId"],
    }


def _delete(instance_id: str, properties: dict) -> None:
    if instance_id in ec2._instances:
        upstream.succeed(ec2._ACTION_MAP["TerminateInstances"]({"InstanceId.1": [instance_id]}), instance_id)


def _release_what_was_attached(terminate):
    def terminated(request: dict) -> tuple:
        response = terminate(request)
        if response[0] < 300:
            for instance_id in ec2._parse_member_list(request, "InstanceId"):
                network_interfaces.detach_from(instance_id)
                volumes.release_from(instance_id)
        return response

    return terminated


def _with_user_data(describe):
    def described(request: dict) -> tuple:
        instance = ec2._instances.get(ec2._p(request, "InstanceId"))
        if instance is None or ec2._p(request, "Attribute") != "userData" or not instance["UserData"]:
            return describe(request)
        user_data = f"<userData><value>{instance['UserData']}</value></userData>"
        content = f"<instanceId>{instance['InstanceId']}</instanceId>{user_data}"
        return ec2._xml(200, "DescribeInstanceAttributeResponse", content)

    return described


def install() -> None:
    upstream.add_resource_type("AWS::EC2::Instance", {"create": _create, "delete": _delete})
    upstream.replace(ec2._ACTION_MAP, "TerminateInstances", _release_what_was_attached)
    upstream.replace(ec2._ACTION_MAP, "DescribeInstanceAttribute", _with_user_data)

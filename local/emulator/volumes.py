"""AWS::EC2::Volume: a disk of its own; with DeletionPolicy Snapshot its deletion leaves a snapshot behind."""

import upstream
from ministack.services import ec2
from ministack.services.cloudformation import provisioners

_REQUEST_PROPERTIES = ("AvailabilityZone", "Size", "VolumeType", "Encrypted", "Iops", "SnapshotId")


def _create(logical_id: str, properties: dict, stack: str) -> tuple:
    known = set(ec2._volumes)
    request = {name: str(properties[name]) for name in _REQUEST_PROPERTIES if name in properties}
    upstream.succeed(ec2._create_volume(request), logical_id)
    volume_id = (set(ec2._volumes) - known).pop()
    provisioners._ec2_apply_tags(volume_id, properties)
    return volume_id, {"VolumeId": volume_id}


def _delete(volume_id: str, properties: dict) -> None:
    if volume_id in ec2._volumes:
        upstream.succeed(ec2._delete_volume({"VolumeId": volume_id}), volume_id)


def _snapshot(volume_id: str, properties: dict) -> None:
    """CloudFormation's snapshot carries the volume's tags."""
    if volume_id not in ec2._volumes:
        return
    known = set(ec2._snapshots)
    upstream.succeed(ec2._create_snapshot({"VolumeId": volume_id}), volume_id)
    ec2._tags[(set(ec2._snapshots) - known).pop()] = list(ec2._tags.get(volume_id) or [])


def attach(volume_id: str, device: str, instance: dict) -> None:
    request = {"VolumeId": volume_id, "InstanceId": instance["InstanceId"], "Device": device}
    upstream.succeed(ec2._attach_volume(request), volume_id)
    attachment = ec2._volumes[volume_id]["Attachments"][0]
    mapping = {"VolumeId": volume_id, "Status": "attached", "AttachTime": attachment["AttachTime"]}
    instance["BlockDeviceMappings"].append({"DeviceName": device, "Ebs": {**mapping, "DeleteOnTermination": False}})


def require_attachable(volume_id: str, zone: str) -> None:
    volume = ec2._volumes.get(volume_id)
    if volume is None:
        raise ValueError(f"The volume '{volume_id}' does not exist. (Error Code: InvalidVolume.NotFound)")
    if volume["AvailabilityZone"] != zone:
        raise ValueError(
            f"The volume '{volume_id}' is in {volume['AvailabilityZone']}, not in the availability zone {zone} of the "
            "instance (Error Code: InvalidVolume.ZoneMismatch)"
        )
    if volume["Attachments"]:
        raise ValueError(f"{volume_id} is already attached to an instance (Error Code: VolumeInUse)")


def release_from(instance_id: str) -> None:
    """A terminated instance takes its root disk along and leaves every other."""
    for volume_id, volume in list(ec2._volumes.items()):
        attachment = next((a for a in volume["Attachments"] if a["InstanceId"] == instance_id), None)
        if attachment is None:
            continue
        if attachment["DeleteOnTermination"]:
            del ec2._volumes[volume_id]
        else:
            volume["Attachments"], volume["State"] = [], "available"


def install() -> None:
    upstream.add_resource_type("AWS::EC2::Volume", {"create": _create, "delete": _delete, "snapshot": _snapshot})

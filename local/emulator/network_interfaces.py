"""AWS::EC2::NetworkInterface: an address of its own that outlives the instance it is attached to.

Addresses are handed out from the tenth of the subnet upwards and are free again when the interface is deleted.
"""

import ipaddress

import upstream
from ministack.services import ec2
from ministack.services.cloudformation import provisioners

FIRST_HOST = 10


def free_address(subnet_id: str) -> str:
    network = ipaddress.ip_network(ec2._subnets[subnet_id]["CidrBlock"])
    taken = {i["PrivateIpAddress"] for i in ec2._network_interfaces.values()}
    taken |= {i["PrivateIpAddress"] for i in ec2._instances.values() if i["State"]["Name"] != "terminated"}
    for number in range(FIRST_HOST, network.num_addresses - 1):
        address = str(network[number])
        if address not in taken:
            return address
    sentence = f"There are not enough free addresses in subnet '{subnet_id}'"
    raise ValueError(f"{sentence} (Error Code: InsufficientFreeAddressesInSubnet)")


def require_subnet(subnet_id: str) -> None:
    if subnet_id not in ec2._subnets:
        raise ValueError(f"The subnet ID '{subnet_id}' does not exist (Error Code: InvalidSubnetID.NotFound)")


def _create(logical_id: str, properties: dict, stack: str) -> tuple:
    subnet_id = properties["SubnetId"]
    require_subnet(subnet_id)
    address = properties.get("PrivateIpAddress") or free_address(subnet_id)
    groups = {f"SecurityGroupId.{n}": group for n, group in enumerate(properties.get("GroupSet", []), 1)}
    known = set(ec2._network_interfaces)
    request = {"SubnetId": subnet_id, "Description": properties.get("Description", ""), **groups}
    upstream.succeed(ec2._create_network_interface(request), logical_id)
    interface_id = (set(ec2._network_interfaces) - known).pop()
    interface = ec2._network_interfaces[interface_id]
    interface["PrivateIpAddress"] = address
    provisioners._ec2_apply_tags(interface_id, properties)
    return interface_id, {"PrimaryPrivateIpAddress": address, "Id": interface_id, "VpcId": interface["VpcId"]}


def _delete(interface_id: str, properties: dict) -> None:
    interface = ec2._network_interfaces.get(interface_id)
    if interface is None:
        return
    if interface["Attachment"]:
        raise ValueError(f"Network interface '{interface_id}' is currently in use. (Error Code: InvalidParameterValue)")
    del ec2._network_interfaces[interface_id]


def detach_from(instance_id: str) -> None:
    for interface in ec2._network_interfaces.values():
        if (interface["Attachment"] or {}).get("InstanceId") == instance_id:
            interface["Attachment"], interface["Status"] = None, "available"


def install() -> None:
    upstream.add_resource_type("AWS::EC2::NetworkInterface", {"create": _create, "delete": _delete})

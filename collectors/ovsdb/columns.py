"""Which columns of a table are asked for: those that answers are made of. Other columns cost the
server time (an ACL has twice as many) and would be read by nobody."""

from collections.abc import Mapping
from typing import Final

NEEDED_COLUMNS: Final[Mapping[str, str]] = {
    # Northbound
    "NB_Global": "name nb_cfg sb_cfg hv_cfg options external_ids",
    "Logical_Switch": "name ports acls load_balancer load_balancer_group other_config external_ids",
    "Logical_Switch_Port": "name type addresses port_security enabled up tag tag_request "
    "parent_name ha_chassis_group dhcpv4_options dhcpv6_options options external_ids "
    "dynamic_addresses",
    "Port_Group": "name ports acls external_ids",
    "ACL": "name direction priority tier match action options external_ids",
    "Address_Set": "name addresses external_ids",
    "Logical_Router": "name ports nat load_balancer load_balancer_group options external_ids",
    "Logical_Router_Port": "name mac networks peer gateway_chassis ha_chassis_group options "
    "external_ids",
    "Load_Balancer": "name protocol vips options external_ids",
    "Load_Balancer_Group": "name load_balancer",
    # Southbound
    "SB_Global": "nb_cfg options external_ids",
    "Chassis": "name hostname encaps nb_cfg other_config external_ids",
    "Chassis_Private": "name chassis nb_cfg nb_cfg_timestamp external_ids",
    "Encap": "chassis_name type ip options",
    "Datapath_Binding": "tunnel_key external_ids",
    "Port_Binding": "logical_port type chassis additional_chassis requested_chassis "
    "requested_additional_chassis gateway_chassis ha_chassis_group up tunnel_key tag datapath mac "
    "parent_port options external_ids",
    # Open vSwitch
    "Open_vSwitch": "bridges ovs_version db_version external_ids other_config",
    "Bridge": "name ports datapath_type fail_mode external_ids other_config",
    "Port": "name interfaces tag trunks vlan_mode bond_mode external_ids other_config",
    "Interface": "name type ofport ifindex admin_state link_state error mtu mac_in_use options "
    "external_ids statistics status",
}


def wanted(table: str, known: Mapping[str, object]) -> tuple[str, ...]:
    """The columns to ask for, of those that the server's schema has: all of a table that stands
    not here."""
    needed = NEEDED_COLUMNS.get(table)
    names = tuple(known) if needed is None else needed.split()
    return ("_uuid", *(name for name in names if name in known))

"""Columns of NB, SB and Open_vSwitch with their types, from OVN 22.03 to 26.03.

Written by tests/collectors/schema_columns.py from the schemas; not edited by hand. A letter for a
set's or scalar's type (string, integer, real, boolean, uuid), two for a map's key and value.
"""

from collections.abc import Mapping
from typing import Final

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "nb": {
        "ACL": (
            "action:s direction:s external_ids:ss label:i log:b match:s meter:s name:s "
            "network_function_group:u options:ss priority:i sample_est:u sample_new:u "
            "severity:s tier:i"
        ),
        "Address_Set": "addresses:s external_ids:ss name:s",
        "BFD": (
            "detect_mult:i dst_ip:s external_ids:ss logical_port:s min_rx:i min_tx:i "
            "options:ss status:s"
        ),
        "Chassis_Template_Var": "chassis:s external_ids:ss variables:ss",
        "Connection": (
            "external_ids:ss inactivity_probe:i is_connected:b max_backoff:i "
            "other_config:ss status:ss target:s"
        ),
        "Copp": "external_ids:ss meters:ss name:s",
        "DHCP_Options": "cidr:s external_ids:ss options:ss",
        "DHCP_Relay": "external_ids:ss name:s options:ss servers:s",
        "DNS": "external_ids:ss options:ss records:ss",
        "Forwarding_Group": "child_port:s external_ids:ss liveness:b name:s vip:s vmac:s",
        "Gateway_Chassis": "chassis_name:s external_ids:ss name:s options:ss priority:i",
        "HA_Chassis": "chassis_name:s external_ids:ss priority:i",
        "HA_Chassis_Group": "external_ids:ss ha_chassis:u name:s",
        "Load_Balancer": (
            "external_ids:ss health_check:u ip_port_mappings:ss name:s options:ss "
            "protocol:s selection_fields:s vips:ss"
        ),
        "Load_Balancer_Group": "load_balancer:u name:s",
        "Load_Balancer_Health_Check": "external_ids:ss options:ss vip:s",
        "Logical_Router": (
            "copp:u enabled:b external_ids:ss load_balancer:u load_balancer_group:u name:s "
            "nat:u options:ss policies:u ports:u static_routes:u"
        ),
        "Logical_Router_Policy": (
            "action:s bfd_sessions:u chain:s external_ids:ss jump_chain:s match:s nexthop:s "
            "nexthops:s options:ss output_port:u priority:i"
        ),
        "Logical_Router_Port": (
            "dhcp_relay:u enabled:b external_ids:ss gateway_chassis:u ha_chassis_group:u "
            "ipv6_prefix:s ipv6_ra_configs:ss mac:s name:s networks:s options:ss peer:s "
            "status:ss"
        ),
        "Logical_Router_Static_Route": (
            "bfd:u external_ids:ss ip_prefix:s nexthop:s options:ss output_port:s policy:s "
            "route_table:s selection_fields:s"
        ),
        "Logical_Switch": (
            "acls:u copp:u dns_records:u external_ids:ss forwarding_groups:u "
            "load_balancer:u load_balancer_group:u name:s other_config:ss ports:u "
            "qos_rules:u"
        ),
        "Logical_Switch_Port": (
            "addresses:s dhcpv4_options:u dhcpv6_options:u dynamic_addresses:s enabled:b "
            "external_ids:ss ha_chassis_group:u health_checks:u mirror_rules:u name:s "
            "options:ss parent_name:s peer:s port_security:s tag:i tag_request:i type:s "
            "up:b"
        ),
        "Logical_Switch_Port_Health_Check": (
            "address:s options:ss port:i protocol:s src_ip:s status:s"
        ),
        "Meter": "bands:u external_ids:ss fair:b name:s unit:s",
        "Meter_Band": "action:s burst_size:i external_ids:ss rate:i",
        "Mirror": "external_ids:ss filter:s index:i mirror_rules:u name:s sink:s type:s",
        "Mirror_Rule": "action:s match:s priority:i",
        "NAT": (
            "allowed_ext_ips:u exempted_ext_ips:u external_ids:ss external_ip:s "
            "external_mac:s external_port_range:s gateway_port:u logical_ip:s "
            "logical_port:s match:s options:ss priority:i type:s"
        ),
        "NB_Global": (
            "connections:u external_ids:ss hv_cfg:i hv_cfg_timestamp:i ipsec:b name:s "
            "nb_cfg:i nb_cfg_timestamp:i options:ss sb_cfg:i sb_cfg_timestamp:i ssl:u"
        ),
        "Network_Function": "external_ids:ss health_check:u id:i inport:u name:s outport:u",
        "Network_Function_Group": (
            "external_ids:ss fallback:s id:i mode:s name:s network_function:u "
            "network_function_active:u"
        ),
        "Network_Function_Health_Check": "external_ids:ss name:s options:ss",
        "Port_Group": "acls:u external_ids:ss name:s ports:u",
        "QoS": "action:si bandwidth:si direction:s external_ids:ss match:s priority:i",
        "SSL": (
            "bootstrap_ca_cert:b ca_cert:s certificate:s external_ids:ss private_key:s "
            "ssl_ciphers:s ssl_ciphersuites:s ssl_protocols:s"
        ),
        "Sample": "collectors:u metadata:i",
        "Sample_Collector": "external_ids:ss id:i name:s probability:i set_id:i",
        "Sampling_App": "external_ids:ss id:i type:s",
        "Static_MAC_Binding": "ip:s logical_port:s mac:s override_dynamic_mac:b",
    },
    "sb": {
        "ACL_ID": "id:i",
        "Address_Set": "addresses:s name:s",
        "Advertised_MAC_Binding": "datapath:u external_ids:ss ip:s logical_port:u mac:s",
        "Advertised_Route": (
            "datapath:u external_ids:ss ip_prefix:s logical_port:u tracked_port:u"
        ),
        "BFD": (
            "chassis_name:s detect_mult:i disc:i dst_ip:s external_ids:ss logical_port:s "
            "min_rx:i min_tx:i options:ss src_port:i status:s"
        ),
        "Chassis": (
            "encaps:u external_ids:ss hostname:s name:s nb_cfg:i other_config:ss "
            "transport_zones:s vtep_logical_switches:s"
        ),
        "Chassis_Private": "chassis:u external_ids:ss name:s nb_cfg:i nb_cfg_timestamp:i",
        "Chassis_Template_Var": "chassis:s variables:ss",
        "Connection": (
            "external_ids:ss inactivity_probe:i is_connected:b max_backoff:i "
            "other_config:ss read_only:b role:s status:ss target:s"
        ),
        "Controller_Event": "chassis:u event_info:ss event_type:s seq_num:i",
        "DHCP_Options": "code:i name:s type:s",
        "DHCPv6_Options": "code:i name:s type:s",
        "DNS": "datapaths:u external_ids:ss options:ss records:ss",
        "Datapath_Binding": "external_ids:ss load_balancers:u nb_uuid:u tunnel_key:i type:s",
        "ECMP_Nexthop": "datapath:u external_ids:ss mac:s nexthop:s port:u",
        "Encap": "chassis_name:s ip:s options:ss type:s",
        "FDB": "dp_key:i mac:s port_key:i timestamp:i",
        "Gateway_Chassis": "chassis:u external_ids:ss name:s options:ss priority:i",
        "HA_Chassis": "chassis:u external_ids:ss priority:i",
        "HA_Chassis_Group": "external_ids:ss ha_chassis:u name:s ref_chassis:u",
        "IGMP_Group": "address:s chassis:u chassis_name:s datapath:u ports:u protocol:s",
        "IP_Multicast": (
            "datapath:u enabled:b eth_src:s idle_timeout:i ip4_src:s ip6_src:s querier:b "
            "query_interval:i query_max_resp:i seq_no:i table_size:i"
        ),
        "Learned_Route": "datapath:u external_ids:ss ip_prefix:s logical_port:u nexthop:s",
        "Load_Balancer": (
            "datapath_group:u datapaths:u external_ids:ss lr_datapath_group:u "
            "ls_datapath_group:u name:s options:ss protocol:s vips:ss"
        ),
        "Logical_DP_Group": "datapaths:u",
        "Logical_Flow": (
            "actions:s controller_meter:s external_ids:ss flow_desc:s logical_datapath:u "
            "logical_dp_group:u match:s pipeline:s priority:i table_id:i tags:ss"
        ),
        "MAC_Binding": "datapath:u ip:s logical_port:s mac:s timestamp:i",
        "Meter": "bands:u name:s unit:s",
        "Meter_Band": "action:s burst_size:i rate:i",
        "Mirror": "external_ids:ss filter:s index:i name:s sink:s type:s",
        "Multicast_Group": "datapath:u name:s ports:u tunnel_key:i",
        "Port_Binding": (
            "additional_chassis:u additional_encap:u chassis:u datapath:u encap:u "
            "external_ids:ss gateway_chassis:u ha_chassis_group:u logical_port:s mac:s "
            "mirror_port:s mirror_rules:u nat_addresses:s options:ss parent_port:s "
            "port_security:s requested_additional_chassis:u requested_chassis:u tag:i "
            "tunnel_key:i type:s up:b virtual_parent:s"
        ),
        "Port_Group": "name:s ports:s",
        "RBAC_Permission": "authorization:s insert_delete:b table:s update:s",
        "RBAC_Role": "name:s permissions:su",
        "SB_Global": "connections:u external_ids:ss ipsec:b nb_cfg:i options:ss ssl:u",
        "SSL": (
            "bootstrap_ca_cert:b ca_cert:s certificate:s external_ids:ss private_key:s "
            "ssl_ciphers:s ssl_ciphersuites:s ssl_protocols:s"
        ),
        "Service_Monitor": (
            "chassis_name:s external_ids:ss ic_learned:b ip:s logical_input_port:s "
            "logical_port:s mac:s options:ss port:i protocol:s remote:b src_ip:s src_mac:s "
            "status:s type:s"
        ),
        "Static_MAC_Binding": "datapath:u ip:s logical_port:s mac:s override_dynamic_mac:b",
    },
    "ovs": {
        "AutoAttach": "mappings:ii system_description:s system_name:s",
        "Bridge": (
            "auto_attach:u controller:u datapath_id:s datapath_type:s datapath_version:s "
            "external_ids:ss fail_mode:s flood_vlans:i flow_tables:iu ipfix:u "
            "mcast_snooping_enable:b mirrors:u name:s netflow:u other_config:ss ports:u "
            "protocols:s rstp_enable:b rstp_status:ss sflow:u status:ss stp_enable:b"
        ),
        "CT_Timeout_Policy": "external_ids:ss timeouts:si",
        "CT_Zone": "external_ids:ss limit:i timeout_policy:u",
        "Controller": (
            "connection_mode:s controller_burst_limit:i controller_queue_size:i "
            "controller_rate_limit:i enable_async_messages:b external_ids:ss "
            "inactivity_probe:i is_connected:b local_gateway:s local_ip:s local_netmask:s "
            "max_backoff:i other_config:ss role:s status:ss target:s type:s"
        ),
        "Datapath": (
            "capabilities:ss ct_zone_default_limit:i ct_zones:iu datapath_version:s external_ids:ss"
        ),
        "Flow_Sample_Collector_Set": "bridge:u external_ids:ss id:i ipfix:u local_group_id:i",
        "Flow_Table": "external_ids:ss flow_limit:i groups:s name:s overflow_policy:s prefixes:s",
        "IPFIX": (
            "cache_active_timeout:i cache_max_flows:i external_ids:ss obs_domain_id:i "
            "obs_point_id:i other_config:ss sampling:i stats_interval:i targets:s "
            "template_interval:i"
        ),
        "Interface": (
            "admin_state:s bfd:ss bfd_status:ss cfm_fault:b cfm_fault_status:s "
            "cfm_flap_count:i cfm_health:i cfm_mpid:i cfm_remote_mpids:i "
            "cfm_remote_opstate:s duplex:s error:s external_ids:ss ifindex:i "
            "ingress_policing_burst:i ingress_policing_kpkts_burst:i "
            "ingress_policing_kpkts_rate:i ingress_policing_rate:i lacp_current:b "
            "link_resets:i link_speed:i link_state:s lldp:ss mac:s mac_in_use:s mtu:i "
            "mtu_request:i name:s ofport:i ofport_request:i options:ss other_config:ss "
            "statistics:si status:ss type:s"
        ),
        "Manager": (
            "connection_mode:s external_ids:ss inactivity_probe:i is_connected:b "
            "max_backoff:i other_config:ss status:ss target:s"
        ),
        "Mirror": (
            "external_ids:ss filter:s name:s output_port:u output_vlan:i select_all:b "
            "select_dst_port:u select_src_port:u select_vlan:i snaplen:i statistics:si"
        ),
        "NetFlow": (
            "active_timeout:i add_id_to_interface:b engine_id:i engine_type:i "
            "external_ids:ss targets:s"
        ),
        "Open_vSwitch": (
            "bridges:u cur_cfg:i datapath_types:s datapaths:su db_version:s "
            "dpdk_initialized:b dpdk_version:s external_ids:ss iface_types:s "
            "manager_options:u next_cfg:i other_config:ss ovs_version:s ssl:u statistics:ss "
            "system_type:s system_version:s"
        ),
        "Port": (
            "bond_active_slave:s bond_downdelay:i bond_fake_iface:b bond_mode:s "
            "bond_updelay:i cvlans:i external_ids:ss fake_bridge:b interfaces:u lacp:s "
            "mac:s name:s other_config:ss protected:b qos:u rstp_statistics:si "
            "rstp_status:ss statistics:si status:ss tag:i trunks:i vlan_mode:s"
        ),
        "QoS": "external_ids:ss other_config:ss queues:iu type:s",
        "Queue": "dscp:i external_ids:ss other_config:ss",
        "SSL": "bootstrap_ca_cert:b ca_cert:s certificate:s external_ids:ss private_key:s",
        "sFlow": "agent:s external_ids:ss header:i polling:i sampling:i targets:s",
    },
}

"""The ACLs of a switch: whose they are, in which stage they stand, and which ports they can
concern, told by their texts without parsing them."""

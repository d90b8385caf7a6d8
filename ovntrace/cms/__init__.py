"""What a cloud management system (CMS) other than OVN-Kubernetes writes into OVN's databases.

One module a CMS; `known` asks them all. Records of the model come in, records of `types` go out.
"""

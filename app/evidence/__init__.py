"""The packet of a call or of a contact, and the check of the chains that it stands on."""

"""Names of folders."""

from __future__ import annotations


def escaped(text: str) -> str:
    """A value as Spark writes it into the name of a partition's folder."""
    special = set("\"#%'*/:=?\\\x7f{[]^")
    return "".join(
        f"%{ord(letter):02X}" if letter in special or letter < " " else letter for letter in text
    ) or "__HIVE_DEFAULT_PARTITION__"

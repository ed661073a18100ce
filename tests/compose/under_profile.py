"""Runs a command under a container engine's seccomp profile, as the engine would without capabilities.

python -m tests.compose.under_profile PROFILE COMMAND…
"""

import json
import os
import sys
from pathlib import Path

import pyseccomp

COMPARISONS = {"SCMP_CMP_EQ": pyseccomp.EQ, "SCMP_CMP_MASKED_EQ": pyseccomp.MASKED_EQ}
# The kernel is newer than any that a rule asks for.
ARCH = "amd64"


def applies(rule):
    """Say whether a rule is one for this machine and nobody's capabilities."""
    includes, excludes = rule.get("includes", {}), rule.get("excludes", {})
    return (
        not includes.get("caps")
        and ARCH in includes.get("arches", [ARCH])
        and ARCH not in excludes.get("arches", [])
    )


def action(rule, default):
    if rule["action"] == "SCMP_ACT_ALLOW":
        return pyseccomp.ALLOW
    return pyseccomp.ERRNO(rule.get("errnoRet", default))


def load(profile):
    """Put the profile on this process and all its children, for good."""
    default = profile["defaultErrnoRet"]
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(default))
    for rule in filter(applies, profile["syscalls"]):
        for name in rule["names"]:
            _add(rules, rule, name, default)
    rules.load()


def _add(rules, rule, name, default):
    arguments = [
        pyseccomp.Arg(each["index"], COMPARISONS[each["op"]], each["value"], each.get("valueTwo", 0))
        for each in rule.get("args") or ()
    ]
    try:
        rules.add_rule(action(rule, default), name, *arguments)
    except (OSError, ValueError):
        # A name that this libseccomp or this processor doesn't know: the engine leaves it out as well.
        return


def main():
    profile, *command = sys.argv[1:]
    load(json.loads(Path(profile).read_text()))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()

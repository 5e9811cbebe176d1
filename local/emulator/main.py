"""The AWS stand-in: ministack, plus what it lacks, on one loopback port.

Every module here adds one behaviour that the contract tests ask of any AWS endpoint. Private parts of ministack are
changed, so the version is pinned and whatever is not found where it was stops the start with a sentence.
"""

import os
import sys
import threading

sys.dont_write_bytecode = True

import upstream

upstream.require_pinned_version()

import authorization
import control
import instance_power
import instances
import network_interfaces
import record_sets
import stack_operations
import stack_requests
import target_groups
import volumes


def end_with_standard_input() -> None:
    """Ends this process with the other end of its standard input: not even a SIGKILL of the starter leaves it."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    for part in (
        network_interfaces,
        volumes,
        instances,
        instance_power,
        target_groups,
        record_sets,
        stack_requests,
        stack_operations,
        authorization,
        control,
    ):
        part.install()
    if os.environ.get("EMULATOR_FOLLOW_STDIN") == "1":
        end_with_standard_input()
    sys.argv = sys.argv[:1]
    upstream.serve()


if __name__ == "__main__":
    main()

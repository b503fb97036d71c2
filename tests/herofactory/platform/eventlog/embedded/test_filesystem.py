from __future__ import annotations

from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded.filesystem import file_system, refuse_network_folder
from herofactory.platform.eventlog.port import LogUnsupported

MOUNTINFO = r"""22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 22 0:35 / /mnt/share rw,relatime shared:2 - nfs4 server:/share rw
41 22 0:36 / /mnt/with\040space rw - fuse.sshfs user@host:/ rw
42 40 0:37 / /mnt/share/local rw - xfs /dev/vdb rw
43 22 0:38 / /mnt/covered rw - ext4 /dev/vdc rw
44 22 0:39 / /mnt/covered rw - cifs //server/share rw
"""


@pytest.mark.parametrize("folder", ["/mnt/share/hero/log", "/mnt/with space/log", "/mnt/covered/log"])
def test_a_network_file_system_is_refused(folder: str) -> None:
    with pytest.raises(LogUnsupported, match=r"network file system .* HERO_DATA"):
        refuse_network_folder(Path(folder), MOUNTINFO)


@pytest.mark.parametrize("folder", ["/home/log", "/mnt/share/local/log", "/mnt/shared/log"])
def test_a_local_one_is_taken(folder: str) -> None:
    refuse_network_folder(Path(folder), MOUNTINFO)


def test_the_deepest_mount_counts() -> None:
    assert file_system(Path("/mnt/share/local/x"), MOUNTINFO) == "xfs"
    assert file_system(Path("/anything"), "") == ""

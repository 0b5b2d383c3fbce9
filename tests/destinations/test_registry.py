"""Addresses and the destinations that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from hctui import destinations
from hctui.destinations import FolderDestination, open_destination
from hctui.errors import UnknownDestination


def test_a_path_is_a_folder(tmp_path: Path) -> None:
    found = open_destination(str(tmp_path))
    assert isinstance(found, FolderDestination)
    assert found.address == str(tmp_path)
    home = open_destination("~/backups")
    assert home.address == str(Path("~/backups").expanduser())


@pytest.mark.parametrize("address", ["sftp://host/x", "S3://bucket", "sftp:/host/x", "davs://user:secret@host/x"])
def test_an_unknown_scheme_is_refused_by_name(address: str) -> None:
    with pytest.raises(UnknownDestination) as caught:
        open_destination(address)
    assert caught.value.message.values["scheme"] == address.partition(":")[0]
    assert "secret" not in str(caught.value)


def test_a_scheme_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = FolderDestination(tmp_path)
    monkeypatch.setitem(destinations.SCHEMES, "test", lambda address: made)
    assert open_destination("TEST://anything") is made

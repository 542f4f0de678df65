"""Everything in the console that is not finished yet: cases an operator is about to open."""

from collections.abc import Mapping
from typing import Any

from admin_ui.enrolling import create_newcomers
from admin_ui.link_drafts import create_link_drafts
from admin_ui.merge_drafts import create_merge_drafts
from admin_ui.splits import create_split_drafts
from admin_ui.upstream_links import create_upstream_visitors
from idp.keys.vault import Vault
from idp.storage.state import StateStore


def kept(state: StateStore, vault: Vault) -> Mapping[str, Any]:
    """Where they are, by the names under which `Services.extras` has them."""
    return {
        "link_drafts": create_link_drafts(state, vault),
        "merge_drafts": create_merge_drafts(state, vault),
        "newcomers": create_newcomers(state, vault),
        "split_drafts": create_split_drafts(state, vault),
        "upstream_visitors": create_upstream_visitors(state, vault),
    }

"""Keys of the server in the console: made and shown once, listed as the API tells them, revoked."""

from playwright.sync_api import expect

from tests.console.screen import Screen

KEYS = "/profitstream/v2/api/api-keys"


def test_a_key_is_made_shown_once_used_and_revoked(screen: Screen) -> None:
    server, own = screen.server, screen.server.line["writeKey"]
    page = screen.open("settings")
    page.get_by_role("button", name="New key").click()
    assert screen.complaints() == []
    page.get_by_label("Name", exact=True).fill("the helpdesk")
    page.get_by_label("What it may do").select_option("READ")
    page.get_by_role("button", name="Make it").click()
    key = page.get_by_label("The new key").inner_text()
    assert key.startswith("rev_rk_")
    assert server.call("GET", "/profitstream/v2/api/products", key)[0] == 200
    row = page.get_by_role("row", name="the helpdesk")
    expect(row).to_contain_text("read")
    told = server.call("GET", KEYS, own)[1]["_embedded"]["apiKeyList"]
    for each in told:
        expect(page.get_by_role("row", name=each["id"])).to_contain_text(each["name"])
    assert screen.complaints() == []
    page.get_by_role("button", name="I have kept it").click()
    assert key not in page.content()
    assert key not in page.evaluate("JSON.stringify([sessionStorage, localStorage])")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Revoke it").click()
    expect(row).to_have_count(0)
    page.get_by_label("Shown", exact=True).select_option("REVOKED")
    expect(page.get_by_role("row", name="the helpdesk")).to_contain_text("revoked")
    page = screen.open("settings/audit")
    entries = page.get_by_role("table", name="Audit trail")
    expect(entries).to_contain_text("key made")
    expect(entries).to_contain_text("key revoked")
    expect(entries).to_contain_text("the helpdesk")


def test_one_does_not_lock_oneself_out_unasked(screen: Screen) -> None:
    page = screen.open("settings")
    own = page.get_by_role("row", name="first write key")
    expect(own).to_contain_text("this one")
    own.get_by_role("button", name="Revoke").click()
    page.get_by_label("It is the key of this session").check()
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_role("alert")).to_contain_text("make another one first")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name", exact=True).fill("second administrator")
    page.get_by_label("What it may do").select_option("ADMIN")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("row", name="second administrator")).to_contain_text("admin")
    own.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_role("alert")).to_contain_text("the one that asks")

"""Every way to write an address that must not be fetched; and the plain ones that may."""

from ipaddress import ip_address

import pytest

from kefu.domain.errors import AddressRefusedError
from kefu.egress.addresses import is_public, to_target
from kefu.egress.client import EgressClient
from kefu.egress.settings import EgressSettings
from tests.support.sites import PUBLIC, names

PRIVATE = {
    "localhost": "127.0.0.1", "six.test": "::1", "ten.test": "10.1.2.3", "meta.test": "169.254.169.254",
    "azure.test": "168.63.129.16", "both.test": (PUBLIC, "10.0.0.1"), "mapped.test": "::ffff:10.0.0.1",
    "ula.test": "fd00:ec2::254", "link.test": "fe80::1", "nat.test": "64:ff9b::a00:1", "none.test": (),
}  # fmt: skip
REFUSED = """
file:///etc/passwd ftp://shop.test/ gopher://shop.test/ javascript:alert(1) data:text/html,x //shop.test/ shop.test
http:shop.test http:/shop.test http:///shop.test http:// https:// http://:80/ http://?x http://#x http://./ http://..
http://user@shop.test/ http://user:pass@shop.test/ http://@shop.test/ http://shop.test@127.0.0.1/ http://a@b@shop.test/
http://127.0.0.1/ http://127.0.0.1./ http://127.1/ http://127.0.1/ http://2130706433/ http://2130706433./ http://0x7f000001/
http://0x7f.0.0.1/ http://0x7F.1/ http://0177.0.0.1/ http://0177.0.0.01/ http://017700000001/ http://127.0.0.1.0/ http://127.0.0.256/
http://0/ http://0.0.0.0/ http://00.0.0.0/ http://10.0.0.1/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.1.1/
http://169.254.169.254/ http://169.254.169.254/latest/meta-data/ http://168.63.129.16/ http://100.100.100.200/ http://100.64.0.1/
http://192.0.0.192/ http://192.0.2.1/ http://198.18.0.1/ http://198.51.100.7/ http://203.0.113.9/ http://224.0.0.1/ http://240.0.0.1/
http://255.255.255.255/ http://[::1]/ http://[::]/ http://[0:0:0:0:0:0:0:1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/
http://[::ffff:169.254.169.254]/ http://[::127.0.0.1]/ http://[64:ff9b::7f00:1]/ http://[64:ff9b:1::a00:1]/ http://[2002:7f00:1::]/
http://[2001:0:7f00:1::]/ http://[fd00:ec2::254]/ http://[fc00::1]/ http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[ff02::1]/
http://[2001:db8::1]/ http://[::1 http://::1/ http://[::1]x/ http://[127.0.0.1]/ http://[v1.x]/
http://１２７.０.０.１/ http://①②⑦.⓪.⓪.①/ http://127。0。0。1/ http://127．0．0．1/ http://ⓛocalhost/ http://localhost/ http://LOCALHOST./
http://%31%32%37.0.0.1/ http://127.0.0.1%2f@shop.test/ http://shop.test%00.evil.test/ http://loc%61lhost/
http://shop.test:22/ http://shop.test:0/ http://shop.test:65536/ http://shop.test:-1/ http://shop.test:8080/ http://shop.test:http/
http://shop.test:6379/ https://shop.test:80443/ http://six.test/ http://ten.test/ http://meta.test/ http://azure.test/ http://both.test/
http://mapped.test/ http://ula.test/ http://link.test/ http://nat.test/ http://none.test/ http://-shop.test/ http://shop..test/ http://sh_op!.test/
""".split()  # fmt: skip
WITH_SPACE = [" http://shop.test/", "http://shop.test/\n", "http://sh\top.test/", "http://shop.test\\@127.0.0.1/", "", "http://shop.test/a b",
              "http://127.0.0.1\x00.shop.test/", "http://shop.test/\u2028", "http://shop.test/" + "a" * 800, "http://" + "a" * 64 + ".test/"]  # fmt: skip


@pytest.mark.parametrize("url", [*REFUSED, *WITH_SPACE])
async def test_an_address_that_leads_inside_or_is_not_plain_is_refused(url: str) -> None:
    client = EgressClient(
        EgressSettings(), resolve=names(shop_test=PUBLIC, **{k.replace(".", "_"): v for k, v in PRIVATE.items()})
    )
    with pytest.raises(AddressRefusedError):
        await client.pin(url)


def test_there_are_more_than_eighty_forms() -> None:
    assert len({*REFUSED, *WITH_SPACE}) >= 110


@pytest.mark.parametrize(
    ("url", "host", "whole"),
    [
        ("http://Shop.Test", "shop.test", "http://shop.test/"),
        ("https://shop.test.:443/a?b=c#d", "shop.test", "https://shop.test/a?b=c"),
        ("http://8.8.8.8:80/", "8.8.8.8", "http://8.8.8.8/"),
        ("https://[2606:4700::1111]/", "2606:4700::1111", "https://[2606:4700::1111]/"),
        ("https://客服.test/退货", "xn--ubtq9x.test", "https://xn--ubtq9x.test/%E9%80%80%E8%B4%A7"),
    ],
)
def test_a_plain_address_is_taken_apart(url: str, host: str, whole: str) -> None:
    target = to_target(url)
    assert (target.host, target.url) == (host, whole)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "2400:3200::1"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("allowed", "url", "is_allowed"),
    [
        ("wiki.intranet", "http://wiki.intranet/", True),
        ("10.20.0.0/16", "http://wiki.intranet/", True),
        ("10.20.0.0/16", "http://[::ffff:10.20.0.5]/", True),
        ("10.21.0.0/16", "http://wiki.intranet/", False),
        ("other.intranet", "http://wiki.intranet/", False),
        ("169.254.0.0/16,meta.intranet", "http://meta.intranet/", False),
        ("169.254.0.0/16", "http://169.254.169.254/", False),
    ],
)
async def test_an_operator_allows_private_places_by_name_and_never_the_cloud_s(
    allowed: str, url: str, *, is_allowed: bool
) -> None:
    resolve = names(wiki_intranet="10.20.0.5", meta_intranet="169.254.169.254")
    client = EgressClient(EgressSettings(allowed=allowed), resolve=resolve)
    if is_allowed:
        assert (await client.pin(url)).is_private
    else:
        with pytest.raises(AddressRefusedError):
            await client.pin(url)


@pytest.mark.parametrize(
    "values", [{"ports": "80,x"}, {"ports": "0"}, {"allowed": "http://x"}, {"allowed": "10.0.0.0/99"}]
)
def test_settings_that_mean_nothing_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is no"):
        EgressSettings(**values)  # type: ignore[arg-type]

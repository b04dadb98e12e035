"""What references of the catalog lead to."""

from chalicelib.directory.registry import (
    CREDENTIAL,
    ELEMENT,
    ORGANIZATION,
    PRODUCT,
    SOURCE,
    SUBSCRIBER,
    SUBSCRIPTION,
)
from chalicelib.identity.records import USER
from chalicelib.resources.references import Target, of_tenant

_API = "/profitstream/v2/api"

TO_CREDENTIAL = Target(CREDENTIAL, "Credential", "credential", f"{_API}/credentials")
TO_ELEMENT = Target(
    ELEMENT,
    "MeteringElementDefinition",
    "metering_element_definition",
    f"{_API}/metering-element-definitions",
)
TO_ORGANIZATION = Target(
    ORGANIZATION, "Organization", "organization", f"{_API}/organizations", of_tenant
)
TO_PRODUCT = Target(PRODUCT, "Product", "product", f"{_API}/products")
TO_SOURCE = Target(SOURCE, "Source", "source", f"{_API}/sources")
TO_SUBSCRIBER = Target(SUBSCRIBER, "Subscriber", "subscriber", f"{_API}/subscribers")
TO_SUBSCRIPTION = Target(SUBSCRIPTION, "Subscription", "subscription", f"{_API}/subscriptions")
TO_USER = Target(USER, "User", "user", f"{_API}/users", of_tenant)

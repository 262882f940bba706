"""What a user of python3-twilio does with a gate: TWILIO_BASE_URL, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN say which.

Prints one JSON object of what it saw.
"""

import json
import os
import re

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

BASE = os.environ["TWILIO_BASE_URL"]
PASSWORD = "IWasAtSignal2018x"


class PointedHttpClient(TwilioHttpClient):
    """The library's own HTTP client, with another host."""

    def request(self, method, url, *args, **options):
        return super().request(method, re.sub(r"^https://\w+\.twilio\.com", BASE, url), *args, **options)


def code_of(action):
    """The vendor's code and the status of a refusal."""
    try:
        action()
    except TwilioRestException as error:
        return [error.status, error.code]
    return None


client = Client(http_client=PointedHttpClient())
seen = {}

phones = client.sip.credential_lists.create(friendly_name="python phones")
for index in range(120):
    client.sip.credential_lists(phones.sid).credentials.create(username="user%d" % index, password=PASSWORD)
credentials = client.sip.credential_lists(phones.sid).credentials
seen["walked"] = len({credential.username for credential in credentials.list(page_size=50)})
seen["limited"] = len(credentials.list(limit=70))

domain = client.sip.domains.create(domain_name="python.sip.twilio.com", secure=False, sip_registration=True)
seen["created"] = domain.date_created is not None
mappings = client.sip.domains(domain.sid).auth.calls.credential_list_mappings
mapping = mappings.create(credential_list_sid=phones.sid)
seen["fetched"] = mappings(mapping.sid).fetch().friendly_name
seen["listed"] = [one.sid == phones.sid for one in mappings.list()]
seen["auth_type"] = client.sip.domains(domain.sid).fetch().auth_type

seen["refused"] = {
    "duplicate domain": code_of(lambda: client.sip.domains.create(domain_name="python.sip.twilio.com")),
    "duplicate mapping": code_of(lambda: mappings.create(credential_list_sid=phones.sid)),
    "weak password": code_of(lambda: credentials.create(username="weak", password="password")),
    "list in use": code_of(lambda: client.sip.credential_lists(phones.sid).delete()),
    "unknown SID": code_of(lambda: client.sip.domains("SD" + "0" * 32).fetch()),
    "wrong token": code_of(
        lambda: Client(client.username, "wrong", http_client=PointedHttpClient()).sip.domains(domain.sid).fetch()
    ),
    "malformed CIDR": code_of(
        lambda: client.sip.ip_access_control_lists(
            client.sip.ip_access_control_lists.create(friendly_name="python office").sid
        ).ip_addresses.create(friendly_name="x", ip_address="192.0.2.1", cidr_prefix_length=33)
    ),
}

seen["deleted"] = [
    mappings(phones.sid).delete(),
    client.sip.domains(domain.sid).delete(),
    client.sip.credential_lists(phones.sid).delete(),
]
print(json.dumps(seen))

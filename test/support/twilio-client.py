"""What a user of python3-twilio does with a gate: `tollgate env` says which, VOICE_URL what answers the calls,
TOLLGATE is the command. Prints one JSON object of what it saw; twilio-client.mjs does the same.
"""

import datetime
import json
import subprocess

from twilio.base.exceptions import TwilioRestException

import os, re
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

class GateClient(TwilioHttpClient):
    def request(self, method, url, *args, **options):
        return super().request(method, re.sub(r"^https://\w+\.twilio\.com", os.environ["TWILIO_BASE_URL"], url), *args, **options)

client = Client(http_client=GateClient())

PASSWORD = "IWasAtSignal2018x"
seen = {}


def code_of(action):
    """The status and the vendor's code of a refusal."""
    try:
        action()
    except TwilioRestException as error:
        return [error.status, error.code]
    return None


def tollgate(*args):
    """The exit code of the command, and what it printed."""
    ended = subprocess.run([*os.environ["TOLLGATE"].split(" "), *args, "--json"], stdout=subprocess.PIPE)
    return ended.returncode, json.loads(ended.stdout)


phones = client.sip.credential_lists.create(friendly_name="python phones")
credentials = client.sip.credential_lists(phones.sid).credentials
for index in range(120):
    credentials.create(username="user%d" % index, password=PASSWORD)
for index in range(120):
    client.voice.v1.ip_records.create(ip_address="198.51.100.%d" % index)
seen["walked"] = [
    len({credential.username for credential in credentials.list(page_size=50)}),
    len({record.ip_address for record in client.voice.v1.ip_records.list(page_size=50)}),
]
seen["limited"] = len(credentials.list(limit=70))

domain = client.sip.domains.create(
    domain_name="python.sip.twilio.com", voice_url=os.environ["VOICE_URL"], secure=False
)
seen["created"] = isinstance(domain.date_created, datetime.datetime)
mappings = client.sip.domains(domain.sid).auth.calls.credential_list_mappings
mapping = mappings.create(credential_list_sid=phones.sid)
seen["fetched"] = mappings(mapping.sid).fetch().friendly_name == "python phones"
seen["listed"] = [one.sid == phones.sid for one in mappings.list()]
seen["authType"] = client.sip.domains(domain.sid).fetch().auth_type

to = "sip:+12065550100@python.sip.twilio.com"
call = ["call", "--to", to, "--via", os.environ["VIA"], "--user", "user7", "--password", PASSWORD]
explain = ["explain", "--to", to, "--api", os.environ["TWILIO_BASE_URL"], "--data", os.environ["DATA"]]
exit_code, placed = tollgate(*call, "--hold", "0.2")
seen["admitted"] = [exit_code, placed["status"]]
record = client.calls.list(to=to)[0]
seen["recorded"] = [record.direction, record.status]

office = client.sip.ip_access_control_lists.create(friendly_name="python office")
addresses = client.sip.ip_access_control_lists(office.sid).ip_addresses
stranger = Client(client.username, "wrong", http_client=GateClient())
seen["refused"] = {
    "duplicate domain": code_of(lambda: client.sip.domains.create(domain_name="python.sip.twilio.com")),
    "duplicate mapping": code_of(lambda: mappings.create(credential_list_sid=phones.sid)),
    "weak password": code_of(lambda: credentials.create(username="weak", password="password")),
    "list in use": code_of(lambda: client.sip.credential_lists(phones.sid).delete()),
    "unknown SID": code_of(lambda: client.sip.domains("SD" + "0" * 32).fetch()),
    "wrong token": code_of(lambda: stranger.sip.domains(domain.sid).fetch()),
    "malformed CIDR": code_of(
        lambda: addresses.create(friendly_name="x", ip_address="192.0.2.1", cidr_prefix_length=33)
    ),
}
seen["unchanged"] = [len(credentials.list()), len(mappings.list()), len(addresses.list())]

seen["unmapped"] = mappings(phones.sid).delete()
exit_code, refused = tollgate(*call)
seen["shut"] = [exit_code, refused["status"]]
exit_code, why = tollgate(*explain, "--user", "user7")
seen["explained"] = [exit_code, why["reason"], why["trace"][-1]["rule"]["resource"] == "SipDomain " + domain.sid]
seen["deleted"] = [client.sip.domains(domain.sid).delete(), client.sip.credential_lists(phones.sid).delete()]
print(json.dumps(seen))

"""What a user of Webex's documents does with a gate, by requests: WEBEX_BASE_URL and WEBEX_ACCESS_TOKEN say which.

Prints one JSON object of what it saw.
"""

import json
import os

import requests

BASE = os.environ["WEBEX_BASE_URL"]
session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["WEBEX_ACCESS_TOKEN"]
# As wxc_sdk has it: a type with every request.
session.headers["Content-Type"] = "application/json;charset=utf-8"
seen = {}


def ask(method, path, status, **body):
    """One request that must end in this status; its body, if there is one."""
    answer = session.request(method, BASE + "/" + path, json=body or None)
    assert answer.status_code == status, (method, path, answer.status_code, answer.text)
    return answer.json() if answer.content else None


def refused(method, path, **body):
    """Status and code of a refusal."""
    answer = session.request(method, BASE + "/" + path, json=body or None)
    assert answer.json()["trackingId"] == answer.headers["trackingid"]
    return [answer.status_code, answer.json()["errors"][0].get("errorCode")]


place = {
    "name": "Denver",
    "timeZone": "America/Denver",
    "preferredLanguage": "en_us",
    "announcementLanguage": "en_us",
    "address": {
        "address1": "1 Main St",
        "city": "Denver",
        "state": "CO",
        "postalCode": "80014",
        "country": "US",
    },
}
location = ask("POST", "locations", 201, **place)["id"]
ask("POST", "telephony/config/locations", 201, id=location, **place)
ask("POST", f"telephony/config/locations/{location}/numbers", 201, phoneNumbers=["+13035550100", "+13035550101"])
person = ask(
    "POST",
    "people?callingData=true",
    200,
    emails=["ann@example.com"],
    displayName="Ann",
    locationId=location,
    extension="101",
)["id"]
calling = {"type": "webexCalling", "webexCalling": {"locationId": location, "extension": "102"}}
workspace = ask("POST", "workspaces", 201, displayName="Lobby", calling=calling)["id"]
line = ask(
    "POST", "telephony/config/virtualLines", 201, firstName="A", lastName="B", locationId=location, extension="103"
)["id"]

levels = {
    "location": [f"telephony/config/locations/{location}/outgoingPermission"] * 4,
    "person": [f"people/{person}/features/outgoingPermission"]
    + [f"telephony/config/people/{person}/outgoingPermission"] * 3,
    "workspace": [f"workspaces/{workspace}/features/outgoingPermission"] * 3
    + [f"telephony/config/workspaces/{workspace}/outgoingPermission"],
    "virtual line": [f"telephony/config/virtualLines/{line}/outgoingPermission"] * 4,
}
seen["same"] = {}
for level, (table, codes, numbers, patterns) in levels.items():
    switched = level != "location"
    # What is read is changed and written back whole, as clients do.
    own = ask("GET", table, 200)
    for permission in own["callingPermissions"]:
        if permission["callType"] == "INTERNATIONAL":
            permission.update(action="AUTH_CODE", transferEnabled=False)
    if switched:
        own.update(useCustomEnabled=True, useCustomPermissions=True)
    ask("PUT", table, 204, **own)
    transfer = {"autoTransferNumber1": "+13035550177", **({"useCustomTransferNumbers": True} if switched else {})}
    ask("PUT", numbers + "/autoTransferNumbers", 204, **transfer)
    pattern = {"name": "UK", "pattern": "+44!", "action": "ALLOW", "transferEnabled": False}
    made = ask("POST", patterns + "/digitPatterns", 201, **pattern)
    code = {"code": "246810", "description": "by " + level}
    ask("POST", codes + "/accessCodes", 201, **(code if switched else {"accessCodes": [code]}))
    if switched:
        ask("PUT", codes + "/accessCodes", 204, useCustomAccessCodes=True)
        ask("PUT", patterns + "/digitPatterns", 204, useCustomDigitPatterns=True)
    listed = ask("GET", codes + "/accessCodes", 200)["accessCodes"]
    seen["same"][level] = [
        ask("GET", table, 200) == own,
        ask("GET", numbers + "/autoTransferNumbers", 200) == transfer,
        ask("GET", patterns + "/digitPatterns/" + made["id"], 200) == {**made, **pattern},
        [one for one in listed if one.get("level") != "LOCATION"]
        == [{**code, **({"level": "CUSTOM"} if switched else {})}],
    ]

at = levels["location"][1] + "/accessCodes"
more = [{"code": str(code), "description": "d"} for code in (1234, 2345)]
ask("POST", at, 201, accessCodes=more)
ask("PUT", at, 204, deleteCodes=["1234", "2345"])
seen["left"] = [one["code"] for one in ask("GET", at, 200)["accessCodes"]]
seen["refused"] = {
    "duplicate code": refused("POST", at, accessCodes=[{"code": "246810", "description": "d"}]),
    "letters": refused("POST", at, accessCodes=[{"code": "24a", "description": "d"}]),
    "unknown location": refused("GET", "telephony/config/locations/" + person + "/outgoingPermission"),
    "foreign organization": refused("GET", "people?orgId=" + person),
}
session.headers["Authorization"] = "Bearer wrong"
seen["refused"]["wrong token"] = refused("GET", "people")
print(json.dumps(seen))

"""What a user of wxc_sdk does with a gate, by the SDK alone: WEBEX_BASE_URL and WEBEX_ACCESS_TOKEN say which.

Started by wxc-sdk.ts. Every step asserts that what was written is read back the same; the last line says how many.
"""

import os

from wxc_sdk import WebexSimpleApi
from wxc_sdk.common import AuthCode, RouteType
from wxc_sdk.people import Person, PhoneNumber, PhoneNumberType
from wxc_sdk.person_settings.permissions_out import (
    Action,
    AutoTransferNumbers,
    CallTypePermission,
    DigitPattern,
    OutgoingPermissions,
)
from wxc_sdk.rest import RestError, RestSession
from wxc_sdk.telephony import NumberState, OriginatorType
from wxc_sdk.telephony.prem_pstn.route_group import RGTrunk, RouteGroup
from wxc_sdk.telephony.prem_pstn.trunk import TrunkType
from wxc_sdk.workspaces import CallingType, Workspace, WorkspaceCalling, WorkspaceWebexCalling

RestSession.BASE = os.environ["WEBEX_BASE_URL"]
api = WebexSimpleApi()
steps = 0


def same(found, expected, what):
    """One step."""
    global steps
    assert found == expected, f"{what}: {found!r} in place of {expected!r}"
    steps += 1


def refused(call, what, *statuses):
    """A step that the gate has to refuse, in words that the SDK can read."""
    try:
        call()
    except RestError as error:
        same(error.response.status_code in statuses, True, f"{what}: {error.response.status_code}")
        assert error.detail.tracking_id and error.detail.message, what
    else:
        raise AssertionError(f"{what} was not refused")


address = dict(address1="1 Main St", city="Denver", state="CO", postal_code="80014", country="US")
place = api.locations.create(
    name="Denver", time_zone="America/Denver", preferred_language="en_us", announcement_language="en_us", **address
)
api.telephony.location.enable_for_calling(api.locations.details(location_id=place))
same([one.location_id for one in api.locations.list()], [place], "locations")
numbers = ["+13035550100", "+13035550101"]
api.telephony.location.number.add(location_id=place, phone_numbers=numbers, state=NumberState.active)
same(sorted(one.phone_number for one in api.telephony.phone_numbers()), numbers, "numbers")
person = api.people.create(
    settings=Person(
        emails=["ann@example.com"],
        display_name="Ann",
        first_name="Ann",
        last_name="A",
        location_id=place,
        extension="101",
        phone_numbers=[PhoneNumber(number_type=PhoneNumberType.work, value=numbers[1])],
    ),
    calling_data=True,
).person_id
same(api.people.details(person_id=person, calling_data=True).extension, "101", "a person")
calling = WorkspaceCalling(
    type=CallingType.webex, webex_calling=WorkspaceWebexCalling(location_id=place, extension="102")
)
workspace = api.workspaces.create(settings=Workspace(display_name="Lobby", calling=calling)).workspace_id
line = api.telephony.virtual_lines.create(first_name="A", last_name="B", location_id=place, extension="103")
same([one.number.extension for one in api.telephony.virtual_lines.list()], ["103"], "virtual lines")

levels = {
    "location": (place, api.telephony.permissions_out),
    "person": (person, api.person_settings.permissions_out),
    "workspace": (workspace, api.workspace_settings.permissions_out),
    "virtual line": (line, api.telephony.virtual_lines.permissions_out),
}
for level, (entity, permissions) in levels.items():
    own = level != "location"
    settings = permissions.read(entity_id=entity)
    settings.calling_permissions.international = CallTypePermission(
        action=Action.auth_code, transfer_enabled=False, is_call_type_restriction_enabled=False
    )
    if own:
        settings.use_custom_enabled = True
        settings.use_custom_permissions = True
    permissions.configure(entity_id=entity, settings=settings)
    same(permissions.read(entity_id=entity), settings, f"permissions of a {level}")

    transfer = AutoTransferNumbers(auto_transfer_number1="+13035550177", auto_transfer_number3="+13035550179")
    if own:
        transfer.use_custom_transfer_numbers = True
    permissions.transfer_numbers.configure(entity_id=entity, settings=transfer)
    same(permissions.transfer_numbers.read(entity_id=entity), transfer, f"transfer numbers of a {level}")

    pattern = DigitPattern(name="UK", pattern="+44!", action=Action.allow, transfer_enabled=False)
    pattern.id = permissions.digit_patterns.create(entity_id=entity, pattern=pattern)
    same(permissions.digit_patterns.details(entity_id=entity, digit_pattern_id=pattern.id), pattern, f"{level} pattern")
    pattern.action = Action.block
    permissions.digit_patterns.update(entity_id=entity, settings=pattern)
    if own:
        permissions.digit_patterns.update_category_control_settings(
            entity_id=entity, use_custom_digit_patterns=True
        )
    listed = permissions.digit_patterns.get_digit_patterns(entity_id=entity)
    same((listed.digit_patterns, listed.use_custom_digit_patterns), ([pattern], own or None), f"{level} patterns")
    refused(lambda: permissions.digit_patterns.create(entity_id=entity, pattern=pattern), "a second UK", 400)
    permissions.digit_patterns.delete(entity_id=entity, digit_pattern_id=pattern.id)
    permissions.digit_patterns.delete_all(entity_id=entity)
    same(permissions.digit_patterns.get_digit_patterns(entity_id=entity).digit_patterns, [], f"{level} without")

    if not own:
        continue
    codes = permissions.access_codes
    codes.create(entity_id=entity, code="246810", description="Own")
    codes.modify(entity_id=entity, use_custom_access_codes=True)
    read = codes.read(entity_id=entity)
    same([(one.code, one.description) for one in read.access_codes], [("246810", "Own")], f"codes of a {level}")
    codes.modify(entity_id=entity, delete_codes=["246810"])
    codes.create(entity_id=entity, code="1357", description="Other")
    codes.delete(entity_id=entity)
    same(codes.read(entity_id=entity).access_codes, [], f"no codes of a {level}")

codes = api.telephony.access_codes
made = [AuthCode(code=code, description="d") for code in ("1234", "2345", "3456")]
codes.create(location_id=place, access_codes=made)
codes.delete_codes(location_id=place, access_codes=["1234", made[1]])
same([one.code for one in codes.read(location_id=place)], ["3456"], "codes of the location")
refused(lambda: codes.create(location_id=place, access_codes=[made[2]]), "a code twice", 400)
refused(lambda: codes.create(location_id=place, access_codes=[AuthCode(code="3a", description="d")]), "letters", 400)
refused(lambda: codes.read(location_id=person), "an unknown location", 404)
codes.delete_all(location_id=place)
same(codes.read(location_id=place), [], "no codes of the location")
everywhere = api.telephony.organisation_access_codes
everywhere.create(access_codes=[AuthCode(code="98765", description="All")])
same([one.code for one in everywhere.list()], ["98765"], "codes of the organization")
everywhere.delete(delete_codes=["98765"])
same(list(everywhere.list()), [], "no codes of the organization")

premises = api.telephony.prem_pstn
trunk = premises.trunk.create(
    name="PBX", location_id=place, password="Premises-2026!", trunk_type=TrunkType.registering
)
same([one.name for one in premises.trunk.list()], ["PBX"], "trunks")
same(premises.trunk.details(trunk_id=trunk).trunk_type, TrunkType.registering, "a trunk")
group = premises.route_group.create(
    route_group=RouteGroup(name="Group", local_gateways=[RGTrunk(trunk_id=trunk, priority=1)])
)
same(premises.route_group.details(rg_id=group).local_gateways[0].trunk_id, trunk, "a route group")
plan = premises.dial_plan.create(
    name="Plan", route_id=group, route_type=RouteType.route_group, dial_patterns=["555XXX", "+1720!"]
)
same(plan.dial_pattern_errors, [], "a dial plan")
patterns = premises.dial_plan.patterns(dial_plan_id=plan.dial_plan_id)
same(sorted(patterns), ["+1720!", "555XXX"], "its patterns")
routes = premises.route_list.create(name="List", location_id=place, rg_id=group)
same([one.name for one in premises.route_list.list()], ["List"], "route lists")
same(sorted(one.name for one in api.telephony.route_choices()), ["Group", "PBX"], "route choices")

test = api.telephony.test_call_routing(
    originator_id=person, originator_type=OriginatorType.user, destination="+442079460000", include_applied_services=True
)
same((test.is_rejected, len(test.applied_services)), (False, 1), "the test of a call that needs a code")
blocked = OutgoingPermissions(use_custom_enabled=True, use_custom_permissions=True)
blocked.calling_permissions = api.person_settings.permissions_out.read(entity_id=person).calling_permissions
blocked.calling_permissions.international.action = Action.block
api.person_settings.permissions_out.configure(entity_id=person, settings=blocked)
test = api.telephony.test_call_routing(
    originator_id=person, originator_type=OriginatorType.user, destination="+442079460000"
)
same(test.is_rejected, True, "the test of a call that is blocked")
print(steps)

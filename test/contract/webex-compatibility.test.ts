import { OPERATIONS } from '../../src/dialects/webex/operations.ts';
import { testCompatibility } from '../support/compatibility.ts';

const STATES = new Set(['enforced on calls', 'stored', 'answered']);

/** A resource's five operations; the status of POST, PUT and DELETE where they differ from the usual. */
function resource(path: string, one: string, post = 201, put = 204): string[] {
  return [
    `GET ${path} 200`,
    `POST ${path} ${post}`,
    `GET ${path}/${one} 200`,
    `PUT ${path}/${one} ${put}`,
    `DELETE ${path}/${one} 204`,
  ];
}

function permissions(path: string): string[] {
  return [`GET ${path} 200`, `PUT ${path} 204`];
}

function codes(path: string): string[] {
  return [
    `GET ${path}/accessCodes 200`,
    `POST ${path}/accessCodes 201`,
    `PUT ${path}/accessCodes 204`,
    `DELETE ${path}/accessCodes 204`,
  ];
}

function transfers(path: string): string[] {
  return permissions(`${path}/autoTransferNumbers`);
}

/** A location's have no switch. */
function patterns(path: string, line = true): string[] {
  const at = `${path}/digitPatterns`;
  return [...resource(at, '{digitPatternId}'), `DELETE ${at} 204`, ...(line ? [`PUT ${at} 204`] : [])];
}

const LOCATION = '…/locations/{locationId}/outgoingPermission';
const PERSON = '…/people/{personId}/outgoingPermission';
const PERSON_FEATURES = 'people/{personId}/features/outgoingPermission';
const WORKSPACE = '…/workspaces/{workspaceId}/outgoingPermission';
const WORKSPACE_FEATURES = 'workspaces/{workspaceId}/features/outgoingPermission';
const LINE = '…/virtualLines/{virtualLineId}/outgoingPermission';
const PREMISES = '…/premisePstn';

/** What the vendor's descriptions and its clients have of outgoing permissions and their neighbours, with the status. */
const VENDOR = [
  ...resource('locations', '{locationId}'),
  'GET …/locations 200',
  'POST …/locations 201',
  'GET …/locations/{locationId} 200',
  'PUT …/locations/{locationId} 204',
  ...resource('people', '{personId}', 200, 200),
  'GET people/me 200',
  ...resource('workspaces', '{workspaceId}', 201, 200),
  ...resource('…/virtualLines', '{virtualLineId}'),
  ...permissions(LOCATION),
  ...codes(LOCATION),
  ...transfers(LOCATION),
  ...patterns(LOCATION, false),
  ...permissions(PERSON_FEATURES),
  ...permissions(PERSON),
  ...codes(PERSON),
  ...codes(PERSON_FEATURES),
  ...transfers(PERSON),
  ...transfers(PERSON_FEATURES),
  ...patterns(PERSON),
  ...permissions(WORKSPACE_FEATURES),
  ...codes(WORKSPACE_FEATURES),
  ...codes(WORKSPACE),
  ...transfers(WORKSPACE_FEATURES),
  ...transfers(WORKSPACE),
  ...patterns(WORKSPACE),
  ...permissions(LINE),
  ...codes(LINE),
  ...transfers(LINE),
  ...patterns(LINE),
  'GET …/outgoingPermission/accessCodes 200',
  'POST …/outgoingPermission/accessCodes 201',
  'PUT …/outgoingPermission/accessCodes 204',
  'GET …/numbers 200',
  'POST …/locations/{locationId}/numbers 201',
  'PUT …/locations/{locationId}/numbers 204',
  'DELETE …/locations/{locationId}/numbers 204',
  'POST …/actions/validateNumbers/invoke 200',
  ...resource(`${PREMISES}/trunks`, '{trunkId}'),
  `GET ${PREMISES}/trunks/trunkTypes 200`,
  `POST ${PREMISES}/trunks/actions/fqdnValidation/invoke 204`,
  ...['usage', 'usageDialPlan', 'usagePstnConnection', 'usageRouteGroup', 'usageCallToExtension'].map(
    (use) => `GET ${PREMISES}/trunks/{trunkId}/${use} 200`,
  ),
  ...resource(`${PREMISES}/routeGroups`, '{routeGroupId}'),
  ...['usage', 'usageDialPlan', 'usagePstnConnection', 'usageRouteList', 'usageCallToExtension'].map(
    (use) => `GET ${PREMISES}/routeGroups/{routeGroupId}/${use} 200`,
  ),
  ...resource(`${PREMISES}/routeLists`, '{routeListId}'),
  `GET ${PREMISES}/routeLists/{routeListId}/numbers 200`,
  `PUT ${PREMISES}/routeLists/{routeListId}/numbers 200`,
  ...resource(`${PREMISES}/dialPlans`, '{dialPlanId}'),
  `GET ${PREMISES}/dialPlans/{dialPlanId}/dialPatterns 200`,
  `PUT ${PREMISES}/dialPlans/{dialPlanId}/dialPatterns 204`,
  `POST ${PREMISES}/actions/validateDialPatterns/invoke 200`,
  'GET …/routeChoices 200',
  'POST …/actions/testCallRouting/invoke 200',
];

testCompatibility({
  page: 'webex',
  vendor: VENDOR,
  served: OPERATIONS.map(({ name, method, path, success }) => ({
    name,
    line: `${method} ${path.replace('telephony/config/', '…/')}`,
    success,
  })),
  states: STATES,
});

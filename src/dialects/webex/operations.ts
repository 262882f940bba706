import { ACCESS } from './access.ts';
import { operation, type Operation } from './operation.ts';
import * as routing from './operations/call-routing.ts';
import * as plan from './operations/dial-plan.ts';
import * as calling from './operations/location-calling.ts';
import * as location from './operations/location.ts';
import * as person from './operations/person.ts';
import * as number from './operations/phone-number.ts';
import * as choice from './operations/route-choice.ts';
import * as group from './operations/route-group.ts';
import * as list from './operations/route-list.ts';
import * as trunk from './operations/trunk.ts';
import * as line from './operations/virtual-line.ts';
import * as workspace from './operations/workspace.ts';
import { PERMISSIONS } from './permission-operations.ts';
import * as schema from './schemas.ts';

const { NoBody } = schema;
const LOCATIONS = 'telephony/config/locations';
const LINES = 'telephony/config/virtualLines';
const TRUNKS = 'telephony/config/premisePstn/trunks';
const GROUPS = 'telephony/config/premisePstn/routeGroups';
const LISTS = 'telephony/config/premisePstn/routeLists';
const PLANS = 'telephony/config/premisePstn/dialPlans';

/** Every operation of the vendor that is served, as rows of its reference. */
// oxfmt-ignore
export const OPERATIONS: readonly Operation[] = [
  operation('ListLocations', 'GET locations', 200, ACCESS.locationsRead, NoBody, location.listLocations),
  operation('CreateLocation', 'POST locations', 201, ACCESS.locationsCreate, schema.CreateLocation, location.createLocation),
  operation('GetLocation', 'GET locations/{locationId}', 200, ACCESS.locationsRead, NoBody, location.getLocation),
  operation('UpdateLocation', 'PUT locations/{locationId}', 204, ACCESS.locationsWrite, schema.UpdateLocation, location.updateLocation),
  operation('DeleteLocation', 'DELETE locations/{locationId}', 204, ACCESS.locationsCreate, NoBody, location.deleteLocation),
  operation('EnableLocationCalling', `POST ${LOCATIONS}`, 201, ACCESS.organizationWrite, schema.EnableCalling, location.enableCalling),
  operation('ListLocationsCalling', `GET ${LOCATIONS}`, 200, ACCESS.telephonyRead, NoBody, calling.listCallingLocations),
  operation('GetLocationCalling', `GET ${LOCATIONS}/{locationId}`, 200, ACCESS.telephonyRead, NoBody, calling.getLocationCalling),
  operation('UpdateLocationCalling', `PUT ${LOCATIONS}/{locationId}`, 204, ACCESS.telephonyWrite, schema.UpdateCalling, calling.updateLocationCalling),

  operation('ListPeople', 'GET people', 200, ACCESS.peopleRead, NoBody, person.listPeople),
  operation('CreatePerson', 'POST people', 200, ACCESS.peopleWrite, schema.PersonBody, person.createPerson),
  operation('GetMe', 'GET people/me', 200, ACCESS.peopleRead, NoBody, person.getMe),
  operation('GetPerson', 'GET people/{personId}', 200, ACCESS.peopleRead, NoBody, person.getPerson),
  operation('UpdatePerson', 'PUT people/{personId}', 200, ACCESS.peopleWrite, schema.PersonBody, person.updatePerson),
  operation('DeletePerson', 'DELETE people/{personId}', 204, ACCESS.peopleWrite, NoBody, person.deletePerson),
  operation('ListWorkspaces', 'GET workspaces', 200, ACCESS.workspacesRead, NoBody, workspace.listWorkspaces),
  operation('CreateWorkspace', 'POST workspaces', 201, ACCESS.workspacesWrite, schema.CreateWorkspace, workspace.createWorkspace),
  operation('GetWorkspace', 'GET workspaces/{workspaceId}', 200, ACCESS.workspacesRead, NoBody, workspace.getWorkspace),
  operation('UpdateWorkspace', 'PUT workspaces/{workspaceId}', 200, ACCESS.workspacesWrite, schema.UpdateWorkspace, workspace.updateWorkspace),
  operation('DeleteWorkspace', 'DELETE workspaces/{workspaceId}', 204, ACCESS.workspacesWrite, NoBody, workspace.deleteWorkspace),
  operation('ListVirtualLines', `GET ${LINES}`, 200, ACCESS.telephonyRead, NoBody, line.listVirtualLines),
  operation('CreateVirtualLine', `POST ${LINES}`, 201, ACCESS.usersWrite, schema.CreateVirtualLine, line.createVirtualLine),
  operation('GetVirtualLine', `GET ${LINES}/{virtualLineId}`, 200, ACCESS.telephonyRead, NoBody, line.getVirtualLine),
  operation('UpdateVirtualLine', `PUT ${LINES}/{virtualLineId}`, 204, ACCESS.usersWrite, schema.UpdateVirtualLine, line.updateVirtualLine),
  operation('DeleteVirtualLine', `DELETE ${LINES}/{virtualLineId}`, 204, ACCESS.usersWrite, NoBody, line.deleteVirtualLine),

  ...PERMISSIONS,

  operation('ListNumbers', 'GET telephony/config/numbers', 200, ACCESS.telephonyRead, NoBody, number.listNumbers),
  operation('AddLocationNumbers', `POST ${LOCATIONS}/{locationId}/numbers`, 201, ACCESS.telephonyWrite, schema.AddNumbers, number.addNumbers),
  operation('ManageLocationNumbers', `PUT ${LOCATIONS}/{locationId}/numbers`, 204, ACCESS.telephonyWrite, schema.ManageNumbers, number.manageNumbers),
  operation('RemoveLocationNumbers', `DELETE ${LOCATIONS}/{locationId}/numbers`, 204, ACCESS.telephonyWrite, schema.PhoneNumberList, number.removeNumbers),
  operation('ValidateNumbers', 'POST telephony/config/actions/validateNumbers/invoke', 200, ACCESS.testRoute, schema.ValidateNumbers, number.validateNumbers),

  operation('ListTrunks', `GET ${TRUNKS}`, 200, ACCESS.organizationRead, NoBody, trunk.listTrunks),
  operation('CreateTrunk', `POST ${TRUNKS}`, 201, ACCESS.organizationWrite, schema.CreateTrunk, trunk.createTrunk),
  operation('ListTrunkTypes', `GET ${TRUNKS}/trunkTypes`, 200, ACCESS.organizationRead, NoBody, trunk.listTrunkTypes),
  operation('ValidateTrunkFqdn', `POST ${TRUNKS}/actions/fqdnValidation/invoke`, 204, ACCESS.organizationWrite, schema.ValidateFqdn, trunk.validateFqdn),
  operation('GetTrunk', `GET ${TRUNKS}/{trunkId}`, 200, ACCESS.organizationRead, NoBody, trunk.getTrunk),
  operation('UpdateTrunk', `PUT ${TRUNKS}/{trunkId}`, 204, ACCESS.organizationWrite, schema.UpdateTrunk, trunk.updateTrunk),
  operation('DeleteTrunk', `DELETE ${TRUNKS}/{trunkId}`, 204, ACCESS.organizationWrite, NoBody, trunk.deleteTrunk),
  operation('GetTrunkUsage', `GET ${TRUNKS}/{trunkId}/usage`, 200, ACCESS.organizationRead, NoBody, trunk.getTrunkUsage),
  operation('ListTrunkUsageDialPlans', `GET ${TRUNKS}/{trunkId}/usageDialPlan`, 200, ACCESS.organizationRead, NoBody, trunk.listTrunkUsage('dialPlans')),
  operation('ListTrunkUsagePstnConnections', `GET ${TRUNKS}/{trunkId}/usagePstnConnection`, 200, ACCESS.organizationRead, NoBody, trunk.listTrunkUsage('locations')),
  operation('ListTrunkUsageRouteGroups', `GET ${TRUNKS}/{trunkId}/usageRouteGroup`, 200, ACCESS.organizationRead, NoBody, trunk.listTrunkUsage('groups')),
  operation('ListTrunkUsageCallsToExtension', `GET ${TRUNKS}/{trunkId}/usageCallToExtension`, 200, ACCESS.organizationRead, NoBody, trunk.listTrunkUsage('none')),
  operation('ListRouteGroups', `GET ${GROUPS}`, 200, ACCESS.organizationRead, NoBody, group.listRouteGroups),
  operation('CreateRouteGroup', `POST ${GROUPS}`, 201, ACCESS.organizationWrite, schema.RouteGroupBody, group.createRouteGroup),
  operation('GetRouteGroup', `GET ${GROUPS}/{routeGroupId}`, 200, ACCESS.organizationRead, NoBody, group.getRouteGroup),
  operation('UpdateRouteGroup', `PUT ${GROUPS}/{routeGroupId}`, 204, ACCESS.organizationWrite, schema.RouteGroupBody, group.updateRouteGroup),
  operation('DeleteRouteGroup', `DELETE ${GROUPS}/{routeGroupId}`, 204, ACCESS.organizationWrite, NoBody, group.deleteRouteGroup),
  operation('GetRouteGroupUsage', `GET ${GROUPS}/{routeGroupId}/usage`, 200, ACCESS.organizationRead, NoBody, group.getRouteGroupUsage),
  operation('ListRouteGroupUsageCallsToExtension', `GET ${GROUPS}/{routeGroupId}/usageCallToExtension`, 200, ACCESS.organizationRead, NoBody, group.listRouteGroupUsage('none')),
  operation('ListRouteGroupUsageDialPlans', `GET ${GROUPS}/{routeGroupId}/usageDialPlan`, 200, ACCESS.organizationRead, NoBody, group.listRouteGroupUsage('dialPlans')),
  operation('ListRouteGroupUsagePstnConnections', `GET ${GROUPS}/{routeGroupId}/usagePstnConnection`, 200, ACCESS.organizationRead, NoBody, group.listRouteGroupUsage('locations')),
  operation('ListRouteGroupUsageRouteLists', `GET ${GROUPS}/{routeGroupId}/usageRouteList`, 200, ACCESS.organizationRead, NoBody, group.listRouteGroupRouteLists),
  operation('ListRouteLists', `GET ${LISTS}`, 200, ACCESS.organizationRead, NoBody, list.listRouteLists),
  operation('CreateRouteList', `POST ${LISTS}`, 201, ACCESS.organizationWrite, schema.CreateRouteList, list.createRouteList),
  operation('GetRouteList', `GET ${LISTS}/{routeListId}`, 200, ACCESS.organizationRead, NoBody, list.getRouteList),
  operation('UpdateRouteList', `PUT ${LISTS}/{routeListId}`, 204, ACCESS.organizationWrite, schema.UpdateRouteList, list.updateRouteList),
  operation('DeleteRouteList', `DELETE ${LISTS}/{routeListId}`, 204, ACCESS.organizationWrite, NoBody, list.deleteRouteList),
  operation('ListRouteListNumbers', `GET ${LISTS}/{routeListId}/numbers`, 200, ACCESS.organizationRead, NoBody, list.listRouteListNumbers),
  operation('ModifyRouteListNumbers', `PUT ${LISTS}/{routeListId}/numbers`, 200, ACCESS.organizationWrite, schema.RouteListNumbers, list.modifyRouteListNumbers),
  operation('ListDialPlans', `GET ${PLANS}`, 200, ACCESS.organizationRead, NoBody, plan.listDialPlans),
  operation('CreateDialPlan', `POST ${PLANS}`, 201, ACCESS.organizationWrite, schema.CreateDialPlan, plan.createDialPlan),
  operation('GetDialPlan', `GET ${PLANS}/{dialPlanId}`, 200, ACCESS.organizationRead, NoBody, plan.getDialPlan),
  operation('UpdateDialPlan', `PUT ${PLANS}/{dialPlanId}`, 204, ACCESS.organizationWrite, schema.UpdateDialPlan, plan.updateDialPlan),
  operation('DeleteDialPlan', `DELETE ${PLANS}/{dialPlanId}`, 204, ACCESS.organizationWrite, NoBody, plan.deleteDialPlan),
  operation('ListDialPatterns', `GET ${PLANS}/{dialPlanId}/dialPatterns`, 200, ACCESS.organizationRead, NoBody, plan.listDialPatterns),
  operation('ModifyDialPatterns', `PUT ${PLANS}/{dialPlanId}/dialPatterns`, 204, ACCESS.organizationWrite, schema.ModifyDialPatterns, plan.modifyDialPatterns),
  operation('ValidateDialPatterns', 'POST telephony/config/premisePstn/actions/validateDialPatterns/invoke', 200, ACCESS.organizationWrite, schema.ValidateDialPatterns, plan.validateDialPatterns),
  operation('ListRouteChoices', 'GET telephony/config/routeChoices', 200, ACCESS.organizationRead, NoBody, choice.listRouteChoices),

  operation('TestCallRouting', 'POST telephony/config/actions/testCallRouting/invoke', 200, ACCESS.testRoute, schema.TestCallRouting, routing.testCallRouting),
];

import { ACCESS } from './access.ts';
import type { LineKind, OwnerKind } from './documents.ts';
import { operation, type Access, type Operation } from './operation.ts';
import * as code from './operations/access-code.ts';
import * as pattern from './operations/digit-pattern.ts';
import * as permission from './operations/outgoing-permission.ts';
import * as transfer from './operations/transfer-number.ts';
import * as schema from './schemas.ts';

const { NoBody } = schema;
const LOCATION = 'telephony/config/locations/{locationId}/outgoingPermission';
const ORGANIZATION = 'telephony/config/outgoingPermission/accessCodes';

interface Rights {
  readonly read: Access;
  readonly write: Access;
}

const TELEPHONY: Rights = { read: ACCESS.telephonyRead, write: ACCESS.usersWrite };
const PEOPLE: Rights = { read: ACCESS.peopleRead, write: ACCESS.peopleWrite };
const WORKSPACES: Rights = { read: ACCESS.workspacesRead, write: ACCESS.workspacesWrite };

// The scope follows the path. Where the vendor's documents and its clients name two paths, both are served.

function permissions(name: string, kind: LineKind, path: string, { read, write }: Rights): Operation[] {
  return [
    operation(`Get${name}OutgoingPermission`, `GET ${path}`, 200, read, NoBody, permission.getLinePermissions(kind)),
    operation(
      `Update${name}OutgoingPermission`,
      `PUT ${path}`,
      204,
      write,
      schema.LinePermissions,
      permission.putLinePermissions(kind),
    ),
  ];
}

function codes(name: string, kind: LineKind, path: string, { read, write }: Rights): Operation[] {
  const at = `${path}/accessCodes`;
  return [
    operation(`List${name}AccessCodes`, `GET ${at}`, 200, read, NoBody, code.listLineCodes(kind)),
    operation(`Create${name}AccessCode`, `POST ${at}`, 201, write, schema.CreateAccessCode, code.createLineCode(kind)),
    operation(
      `Modify${name}AccessCodes`,
      `PUT ${at}`,
      204,
      write,
      schema.ModifyAccessCodes,
      code.modifyLineCodes(kind),
    ),
    operation(`DeleteAll${name}AccessCodes`, `DELETE ${at}`, 204, write, NoBody, code.deleteAllLineCodes(kind)),
  ];
}

function transfers(name: string, kind: LineKind, path: string, { read, write }: Rights): Operation[] {
  const at = `${path}/autoTransferNumbers`;
  return [
    operation(`Get${name}TransferNumbers`, `GET ${at}`, 200, read, NoBody, transfer.getLineTransferNumbers(kind)),
    operation(
      `Update${name}TransferNumbers`,
      `PUT ${at}`,
      204,
      write,
      schema.LineTransferNumbers,
      transfer.putLineTransferNumbers(kind),
    ),
  ];
}

function patterns(name: string, kind: OwnerKind, path: string, { read, write }: Rights): Operation[] {
  const at = `${path}/digitPatterns`;
  const one = `${at}/{digitPatternId}`;
  const switches =
    kind === 'location'
      ? []
      : [
          operation(
            `Update${name}DigitPatternSettings`,
            `PUT ${at}`,
            204,
            write,
            schema.DigitPatternSettings,
            pattern.putDigitPatternSettings(kind),
          ),
        ];
  return [
    operation(`List${name}DigitPatterns`, `GET ${at}`, 200, read, NoBody, pattern.listDigitPatterns(kind)),
    operation(
      `Create${name}DigitPattern`,
      `POST ${at}`,
      201,
      write,
      schema.CreateDigitPattern,
      pattern.createDigitPattern(kind),
    ),
    ...switches,
    operation(`DeleteAll${name}DigitPatterns`, `DELETE ${at}`, 204, write, NoBody, pattern.deleteDigitPatterns(kind)),
    operation(`Get${name}DigitPattern`, `GET ${one}`, 200, read, NoBody, pattern.getDigitPattern(kind)),
    operation(
      `Update${name}DigitPattern`,
      `PUT ${one}`,
      204,
      write,
      schema.UpdateDigitPattern,
      pattern.updateDigitPattern(kind),
    ),
    operation(`Delete${name}DigitPattern`, `DELETE ${one}`, 204, write, NoBody, pattern.deleteDigitPattern(kind)),
  ];
}

const AT_LOCATION: Rights = { read: ACCESS.telephonyRead, write: ACCESS.telephonyWrite };

/** Outgoing permissions of locations, people, workspaces and virtual lines, and the organisation's codes. */
export const PERMISSIONS: readonly Operation[] = [
  operation(
    'GetLocationOutgoingPermission',
    `GET ${LOCATION}`,
    200,
    AT_LOCATION.read,
    NoBody,
    permission.getLocationPermissions,
  ),
  operation(
    'UpdateLocationOutgoingPermission',
    `PUT ${LOCATION}`,
    204,
    AT_LOCATION.write,
    schema.LocationPermissions,
    permission.putLocationPermissions,
  ),
  operation(
    'ListLocationAccessCodes',
    `GET ${LOCATION}/accessCodes`,
    200,
    AT_LOCATION.read,
    NoBody,
    code.listLocationCodes,
  ),
  operation(
    'CreateLocationAccessCodes',
    `POST ${LOCATION}/accessCodes`,
    201,
    ACCESS.usersWrite,
    schema.CreateAccessCodes,
    code.createLocationCodes,
  ),
  operation(
    'DeleteLocationAccessCodes',
    `PUT ${LOCATION}/accessCodes`,
    204,
    AT_LOCATION.write,
    schema.DeleteAccessCodes,
    code.deleteLocationCodes,
  ),
  operation(
    'DeleteAllLocationAccessCodes',
    `DELETE ${LOCATION}/accessCodes`,
    204,
    ACCESS.usersWrite,
    NoBody,
    code.deleteAllLocationCodes,
  ),
  operation(
    'GetLocationTransferNumbers',
    `GET ${LOCATION}/autoTransferNumbers`,
    200,
    AT_LOCATION.read,
    NoBody,
    transfer.getLocationTransferNumbers,
  ),
  operation(
    'UpdateLocationTransferNumbers',
    `PUT ${LOCATION}/autoTransferNumbers`,
    204,
    AT_LOCATION.write,
    schema.LocationTransferNumbers,
    transfer.putLocationTransferNumbers,
  ),
  ...patterns('Location', 'location', LOCATION, AT_LOCATION),

  ...permissions('Person', 'person', 'people/{personId}/features/outgoingPermission', PEOPLE),
  ...permissions('PersonTelephony', 'person', 'telephony/config/people/{personId}/outgoingPermission', TELEPHONY),
  ...codes('Person', 'person', 'telephony/config/people/{personId}/outgoingPermission', TELEPHONY),
  ...codes('PersonFeatures', 'person', 'people/{personId}/features/outgoingPermission', PEOPLE),
  ...transfers('Person', 'person', 'telephony/config/people/{personId}/outgoingPermission', TELEPHONY),
  ...transfers('PersonFeatures', 'person', 'people/{personId}/features/outgoingPermission', PEOPLE),
  ...patterns('Person', 'person', 'telephony/config/people/{personId}/outgoingPermission', TELEPHONY),

  ...permissions('Workspace', 'workspace', 'workspaces/{workspaceId}/features/outgoingPermission', WORKSPACES),
  ...codes('Workspace', 'workspace', 'workspaces/{workspaceId}/features/outgoingPermission', WORKSPACES),
  ...codes(
    'WorkspaceTelephony',
    'workspace',
    'telephony/config/workspaces/{workspaceId}/outgoingPermission',
    TELEPHONY,
  ),
  ...transfers('Workspace', 'workspace', 'workspaces/{workspaceId}/features/outgoingPermission', WORKSPACES),
  ...transfers(
    'WorkspaceTelephony',
    'workspace',
    'telephony/config/workspaces/{workspaceId}/outgoingPermission',
    TELEPHONY,
  ),
  ...patterns('Workspace', 'workspace', 'telephony/config/workspaces/{workspaceId}/outgoingPermission', TELEPHONY),

  ...permissions(
    'VirtualLine',
    'virtual-line',
    'telephony/config/virtualLines/{virtualLineId}/outgoingPermission',
    TELEPHONY,
  ),
  ...codes(
    'VirtualLine',
    'virtual-line',
    'telephony/config/virtualLines/{virtualLineId}/outgoingPermission',
    TELEPHONY,
  ),
  ...transfers(
    'VirtualLine',
    'virtual-line',
    'telephony/config/virtualLines/{virtualLineId}/outgoingPermission',
    TELEPHONY,
  ),
  ...patterns(
    'VirtualLine',
    'virtual-line',
    'telephony/config/virtualLines/{virtualLineId}/outgoingPermission',
    TELEPHONY,
  ),

  operation(
    'ListOrganizationAccessCodes',
    `GET ${ORGANIZATION}`,
    200,
    ACCESS.organizationRead,
    NoBody,
    code.listOrganizationCodes,
  ),
  operation(
    'CreateOrganizationAccessCodes',
    `POST ${ORGANIZATION}`,
    201,
    ACCESS.organizationWrite,
    schema.CreateAccessCodes,
    code.createOrganizationCodes,
  ),
  operation(
    'DeleteOrganizationAccessCodes',
    `PUT ${ORGANIZATION}`,
    204,
    ACCESS.organizationWrite,
    schema.DeleteAccessCodes,
    code.deleteOrganizationCodes,
  ),
];

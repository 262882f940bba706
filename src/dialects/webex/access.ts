import type { Scope } from './authentication.ts';
import type { Role } from './documents.ts';
import type { Access } from './operation.ts';

const READERS: readonly Role[] = ['full', 'location', 'user', 'read-only'];

const access = (roles: readonly Role[], ...scopes: Scope[]): Access => ({ roles, scopes });

const TELEPHONY_READ = 'spark-admin:telephony_config_read';
const TELEPHONY_WRITE = 'spark-admin:telephony_config_write';

/** Who may do what, as the vendor's reference tells operation by operation. */
export const ACCESS = {
  telephonyRead: access(READERS, TELEPHONY_READ),
  /** Permissions, transfer numbers, patterns, and taking codes away. */
  telephonyWrite: access(['full', 'location'], TELEPHONY_WRITE),
  /** Lines and their settings, and new codes. */
  usersWrite: access(['full', 'location', 'user'], TELEPHONY_WRITE),
  organizationRead: access(['full', 'read-only'], TELEPHONY_READ),
  organizationWrite: access(['full'], TELEPHONY_WRITE),
  /** The vendor asks for the scope of changes, though nothing changes. */
  testRoute: access(READERS, TELEPHONY_WRITE),
  locationsRead: access(READERS, 'spark-admin:locations_read', 'spark-admin:people_read', 'spark-admin:devices_read'),
  locationsCreate: access(['full'], 'spark-admin:locations_write'),
  locationsWrite: access(['full', 'location'], 'spark-admin:locations_write'),
  peopleRead: access(READERS, 'spark-admin:people_read'),
  peopleWrite: access(['full', 'location', 'user'], 'spark-admin:people_write'),
  workspacesRead: access(READERS, 'spark-admin:workspaces_read'),
  workspacesWrite: access(['full', 'location', 'user'], 'spark-admin:workspaces_write'),
} as const satisfies Record<string, Access>;

import { accessControl } from './access-control.ts';
import { certificateRecord, tlsProfile } from './certificates.ts';
import type { ElementType } from './element-type.ts';
import { hostRoute, networkInterface, phyInterface, steeringPool } from './interfaces.ts';
import { localPolicy } from './local-policy.ts';
import { mediaManager } from './media-manager.ts';
import { codecPolicy, mediaProfile } from './media.ts';
import { realmConfig } from './realm-config.ts';
import { sessionAgent } from './session-agent.ts';
import { sessionConstraints } from './session-constraints.ts';
import { sessionGroup } from './session-group.ts';
import { sipConfig } from './sip-config.ts';
import { sipInterface } from './sip-interface.ts';
import { systemConfig } from './system-config.ts';

/** Every type of configuration element, in the order of their names. */
export const ELEMENT_TYPES: readonly ElementType[] = [
  accessControl,
  certificateRecord,
  codecPolicy,
  hostRoute,
  localPolicy,
  mediaManager,
  mediaProfile,
  networkInterface,
  phyInterface,
  realmConfig,
  sessionAgent,
  sessionConstraints,
  sessionGroup,
  sipConfig,
  sipInterface,
  steeringPool,
  systemConfig,
  tlsProfile,
];

import { DIALECT } from './documents.ts';

/** The trunk that a realm is compiled to. */
export function trunkId(realm: string): string {
  return `${DIALECT}:${realm}`;
}

/** Agents are known by their host names, which are not told apart by case. */
export function agentId(hostname: string): string {
  return `${DIALECT}:agent/${hostname.toLowerCase()}`;
}

/** A group, named with or without `SAG:`. */
export function groupId(name: string): string {
  return `${DIALECT}:group/${name.replace(/^SAG:/i, '')}`;
}

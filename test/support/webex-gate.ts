import type { TestGate } from './gate.ts';
import { send, type Office, type Reply } from './webex.ts';

export const LINE_PASSWORD = 'an office telephone';

/** Asks the vendor's API of a gate, as its full administrator. */
export function apiOf({ http, credentials }: TestGate): (line: string, body?: unknown) => Promise<Reply> {
  return (line, body) => send(`${http}/v1/`, credentials['TOLLGATE_WEBEX_ACCESS_TOKEN'] ?? '', line, body);
}

/** Gives lines of an office a login each: the user names and the host that they call. */
export async function logIn(gate: TestGate, lines: Readonly<Record<string, string>>): Promise<{ host: string }> {
  let host = '';
  for (const [username, id] of Object.entries(lines)) {
    const body = { username, password: LINE_PASSWORD };
    const access = (await gate.api('PUT', `/webex/lines/${id}/credentials`, body)) as { host?: string };
    if (access.host === undefined) throw new Error(`no login for ${username}: ${JSON.stringify(access)}`);
    host = access.host;
  }
  return { host };
}

/** The lines of an office by the user names that they are given in tests. */
export function linesOf({ personId, workspaceId, virtualLineId }: Office): Record<string, string> {
  return { dana: personId, lobby: workspaceId, desk: virtualLineId };
}

import type { Call } from './operation.ts';

/** The URI of a resource of the 2010 API, relative to its host; `path` is below the account, without `.json`. */
export function resourceUri({ service }: Call, path: string): string {
  return `/2010-04-01/Accounts/${service.accountSid}/${path}.json`;
}

/** The URL of a resource of the v1 and v2 APIs, on the host that the client used; `path` begins with the version. */
export function resourceUrl({ origin }: Call, path: string): string {
  return `${origin}/${path}`;
}

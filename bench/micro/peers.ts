import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// They are installed by the benchmark into bench/node_modules, so nothing may need them before: neither types nor checks.
const require = createRequire(import.meta.url);

/** npm `sip`: an old SIP stack for Node. */
export function loadSip(): { parse(text: string): unknown } {
  return require('sip') as ReturnType<typeof loadSip>;
}

export interface SipDigest {
  calculateDigest(context: Readonly<Record<string, string>>): string;
}

export function loadSipDigest(): SipDigest {
  return require('sip/digest') as SipDigest;
}

/** JsSIP: for web pages. */
export function loadJsSip(): { parseMessage(text: string, agent: object): unknown } {
  return require('jssip/lib/Parser') as ReturnType<typeof loadJsSip>;
}

interface ClientDigest {
  authenticate(request: object, challenge: object): boolean;
}

/** A client's answers only: it has no server side. */
export function loadJsSipDigest(): new (credentials: object) => ClientDigest {
  return require('jssip/lib/DigestAuthentication') as ReturnType<typeof loadJsSipDigest>;
}

/** SIP.js: for web pages. */
export async function loadSipJs(): Promise<{ parseMessage(text: string, logger: object): unknown }> {
  const { Parser } = (await import(pathToFileURL(require.resolve('sip.js/lib/core/messages/parser.js')).href)) as {
    Parser: { parseMessage(text: string, logger: object): unknown };
  };
  return Parser;
}

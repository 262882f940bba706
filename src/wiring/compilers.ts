import { createAmazonCompiler } from '../dialects/amazon/compile.ts';
import type { Compiler } from '../dialects/compiler.ts';
import { createOracleCompiler } from '../dialects/oracle/compile.ts';
import { createTwilioCompiler } from '../dialects/twilio/compile.ts';
import { createWebexCompiler } from '../dialects/webex/compile.ts';
import type { Sealer } from '../kit/seal.ts';
import type { Settings } from '../settings/settings.ts';

/** The hosts of Amazon's trunks, where the operator has no domain of his own. */
export const VENDOR_DOMAIN = 'voiceconnector.chime.aws';

/** Whose the control APIs are: what dialects sign and name resources with. */
export interface Accounts {
  readonly amazon: { readonly id: string; readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly twilio: { readonly sid: string; readonly authToken: string };
}

type Chosen = Pick<Settings, 'domain' | 'twilioTrunkCps' | 'twilioTrunkCalls'>;

/** What each vendor's documents mean for calls. */
export function createCompilers(accounts: Accounts, sealer: Sealer, settings: Chosen): Compiler[] {
  const { domain, twilioTrunkCps: callsPerSecond, twilioTrunkCalls: concurrentCalls } = settings;
  return [
    createAmazonCompiler({ account: accounts.amazon, sealer, domain: domain ?? VENDOR_DOMAIN }),
    createTwilioCompiler({
      account: accounts.twilio,
      sealer,
      domain,
      trunkLimits: { callsPerSecond, concurrentCalls },
    }),
    createOracleCompiler({ sealer }),
    createWebexCompiler({ sealer, domain }),
  ];
}

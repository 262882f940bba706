import { holdsNumber as amazonHolds } from '../dialects/amazon/phone-numbers.ts';
import type { HoldsNumber } from '../dialects/number-holders.ts';
import { holdsNumber as twilioHolds } from '../dialects/twilio/phone-numbers.ts';
import { holdsNumber as webexHolds } from '../dialects/webex/phone-numbers.ts';

/** Who can have a telephone number: the dialects know nothing of each other. */
export const NUMBER_HOLDERS: readonly HoldsNumber[] = [amazonHolds, twilioHolds, webexHolds];

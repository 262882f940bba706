import { Attendant } from '../../src/dialects/webex/attendant/attendant.ts';
import { systemClock, type Clock } from '../../src/kit/clock.ts';
import type { ControlledCall } from '../../src/rulebook/call-control.ts';
import type { Permission } from '../../src/rulebook/permission.ts';
import type { Timers } from '../../src/sip/transaction/timers.ts';
import type { Termination } from '../../src/rulebook/trunk.ts';
import { MemoryCodes } from './memory-codes.ts';
import { dialling, NO_PLAN } from './rules.ts';
import { openVoiceScene, type VoiceScene } from './voice-scene.ts';

export const CODE = '83920174';

/** As it is dialled there: the plus sign is not needed. */
export const CALLED = 'sip:12065550100@one.example';

/** Calls within the country need a code. */
const NATIONAL: Permission = { action: 'code', transferable: false, rule: { resource: 'Location', field: 'NATIONAL' } };
const RULES: Partial<Termination> = {
  application: null,
  dialling: dialling({ permissions: { ...NO_PLAN, callTypes: { national: NATIONAL }, codeSets: ['place'] } }),
};

/** An attendant behind an edge, a caller whose calls within the country need a code, and a carrier. */
export interface AttendantScene {
  readonly scene: VoiceScene;
  readonly codes: MemoryCodes;
  readonly attendant: Attendant;
}

/** Opens it. `clock` is the attendant's, `timers` those of the voice endpoint; `onCall` sees each call that it gets. */
export async function openAttendantScene({
  code = CODE,
  clock = systemClock,
  timers = {},
  onCall = () => {},
}: {
  code?: string;
  clock?: Clock;
  timers?: Partial<Timers>;
  onCall?: (call: ControlledCall) => void;
} = {}): Promise<AttendantScene> {
  const codes = new MemoryCodes(code);
  const placeOf = async (trunk: string) => ({ location: trunk, language: 'fr_FR' });
  const attendant = new Attendant({ clock, codes, placeOf });
  const handle = (call: ControlledCall): Promise<void> => {
    onCall(call);
    return attendant.handle(call);
  };
  return { scene: await openVoiceScene(handle, { rules: RULES, timers, most: 300 }), codes, attendant };
}

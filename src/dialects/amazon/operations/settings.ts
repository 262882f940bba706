import type { Static } from 'typebox';
import { put, read } from '../documents.ts';
import { badRequest } from '../errors.ts';
import { change, timestamp, type Answer, type Call } from '../operation.ts';
import type { GlobalSettings, UpdatePhoneNumberSettings } from '../schemas.ts';

/** How long the account's default calling name must stand before it can be changed again: seven days. */
const CALLING_NAME_REST = 7 * 24 * 60 * 60 * 1000;

export async function getGlobalSettings(call: Call): Promise<Answer> {
  return { VoiceConnector: {}, ...(await read(call.service.ledger, 'global-settings', call.service.accountId)) };
}

/** Replaces the parts that are given. */
export function updateGlobalSettings(call: Call<GlobalSettings>): Promise<Answer> {
  const id = call.service.accountId;
  return change(call, async (view) => {
    const settings = { ...(await read(view, 'global-settings', id)), ...call.body };
    return { writes: [put('global-settings', id, settings)], result: undefined };
  });
}

export async function getPhoneNumberSettings(call: Call): Promise<Answer> {
  return { ...(await read(call.service.ledger, 'phone-number-settings', call.service.accountId)) };
}

export function updatePhoneNumberSettings(call: Call<Static<typeof UpdatePhoneNumberSettings>>): Promise<Answer> {
  const id = call.service.accountId;
  const { CallingName } = call.body;
  return change(call, async (view) => {
    const before = await read(view, 'phone-number-settings', id);
    const rested = Date.parse(before?.CallingNameUpdatedTimestamp ?? '') + CALLING_NAME_REST;
    if (before && before.CallingName !== CallingName && call.service.clock.now() < rested)
      throw badRequest('The default calling name can be changed once every seven days');
    const unchanged = before?.CallingName === CallingName;
    const settings = { CallingName, CallingNameUpdatedTimestamp: timestamp(call) };
    return { writes: unchanged ? [] : [put('phone-number-settings', id, settings)], result: undefined };
  });
}

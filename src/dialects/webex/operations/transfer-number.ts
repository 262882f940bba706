import type { Static } from 'typebox';
import type { LineKind, OutgoingPermission } from '../documents.ts';
import { invalid } from '../errors.ts';
import { change, type Answer, type Call } from '../operation.ts';
import { requireOwner } from '../owners.ts';
import { permissionOf, putPermission } from '../permission-of.ts';
import { isExtension, readNumber } from '../phone-numbers.ts';
import type { LineTransferNumbers, LocationTransferNumbers } from '../schemas.ts';

type Sent = Static<typeof LocationTransferNumbers>;
type Numbers = OutgoingPermission['autoTransferNumbers'];

export async function getLocationTransferNumbers(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const { owner } = await requireOwner(call, ledger, 'location');
  return render((await permissionOf(ledger, owner)).autoTransferNumbers);
}

/** What is not sent stays; an empty text clears. */
export function putLocationTransferNumbers(call: Call<Sent>): Promise<Answer> {
  return change(call, async (view) => {
    const { owner, location } = await requireOwner(call, view, 'location');
    const known = await permissionOf(view, owner);
    const autoTransferNumbers = changed(known.autoTransferNumbers, call.body, location.address.country);
    return { writes: [putPermission({ ...known, autoTransferNumbers })], result: undefined };
  });
}

export function getLineTransferNumbers(kind: LineKind): (call: Call) => Promise<Answer> {
  return async (call) => {
    const { ledger } = call.service;
    const { owner } = await requireOwner(call, ledger, kind);
    const { useCustomTransferNumbers, autoTransferNumbers } = await permissionOf(ledger, owner);
    return { useCustomTransferNumbers, ...render(autoTransferNumbers) };
  };
}

export function putLineTransferNumbers(
  kind: LineKind,
): (call: Call<Static<typeof LineTransferNumbers>>) => Promise<Answer> {
  return (call) =>
    change(call, async (view) => {
      const { owner, location } = await requireOwner(call, view, kind);
      const known = await permissionOf(view, owner);
      const useCustomTransferNumbers = call.body.useCustomTransferNumbers ?? known.useCustomTransferNumbers;
      const autoTransferNumbers = changed(known.autoTransferNumbers, call.body, location.address.country);
      const permission = { ...known, useCustomTransferNumbers, autoTransferNumbers };
      return { writes: [putPermission(permission)], result: undefined };
    });
}

function changed([first, second, third]: Numbers, sent: Sent, country: string): Numbers {
  return [
    number(sent.autoTransferNumber1, first, country),
    number(sent.autoTransferNumber2, second, country),
    number(sent.autoTransferNumber3, third, country),
  ];
}

function number(sent: string | undefined, known: string | null, country: string): string | null {
  if (sent === undefined) return known;
  if (sent.trim() === '') return null;
  const text = readNumber(sent, country) ?? (isExtension(sent) ? sent : undefined);
  if (text === undefined) throw invalid('A transfer number must be a phone number or an extension');
  return text;
}

function render([first, second, third]: Numbers): object {
  return {
    ...(first !== null && { autoTransferNumber1: first }),
    ...(second !== null && { autoTransferNumber2: second }),
    ...(third !== null && { autoTransferNumber3: third }),
  };
}

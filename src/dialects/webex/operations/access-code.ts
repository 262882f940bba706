import type { Static } from 'typebox';
import { Type } from 'typebox';
import {
  addCodes,
  codesOf,
  digitsNow,
  plainCode,
  removeAllCodes,
  removeCodesByDigits,
  type CodeOwner,
} from '../codes/store.ts';
import type { AccessCode, LineKind } from '../documents.ts';
import { change, type Answer, type Call } from '../operation.ts';
import { requireOwner } from '../owners.ts';
import { page } from '../pages.ts';
import { permissionOf, putPermission } from '../permission-of.ts';
import { optional, readQuery } from '../read-body.ts';
import type { CreateAccessCode, CreateAccessCodes, DeleteAccessCodes, ModifyAccessCodes } from '../schemas.ts';

const PAGE = 2000;
const Filters = Type.Object({ code: optional(Type.String()), description: optional(Type.String()) });

type Handler<Body = unknown> = (call: Call<Body>) => Promise<Answer>;

export async function listLocationCodes(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const { owner } = await requireOwner(call, ledger, 'location');
  return { accessCodes: (await codesOf(ledger, owner.id)).map((code) => render(call, code)) };
}

export function createLocationCodes(call: Call<Static<typeof CreateAccessCodes>>): Promise<Answer> {
  return change(call, async (view) => {
    const { owner } = await requireOwner(call, view, 'location');
    const { writes } = await addCodes(call.service, view, owner, call.body.accessCodes.map(wished));
    return { writes, result: undefined };
  });
}

/** The vendor deletes with PUT: what is listed goes, the rest stays, what is not there is passed over. */
export function deleteLocationCodes(call: Call<Static<typeof DeleteAccessCodes>>): Promise<Answer> {
  return change(call, async (view) => {
    const { owner } = await requireOwner(call, view, 'location');
    return {
      writes: await removeCodesByDigits(call.service, view, owner.id, call.body.deleteCodes),
      result: undefined,
    };
  });
}

export function deleteAllLocationCodes(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { owner } = await requireOwner(call, view, 'location');
    return { writes: await removeAllCodes(call.service, view, owner.id), result: undefined };
  });
}

/** Codes of the line's own, then those of its location, each with its level. */
export function listLineCodes(kind: LineKind): Handler {
  return async (call) => {
    const { ledger } = call.service;
    const { owner, location } = await requireOwner(call, ledger, kind);
    const { useCustomAccessCodes } = await permissionOf(ledger, owner);
    const own = (await codesOf(ledger, owner.id)).map((code) => ({ ...render(call, code), level: 'CUSTOM' }));
    const shared = (await codesOf(ledger, location.id)).map((code) => ({ ...render(call, code), level: 'LOCATION' }));
    return { useCustomAccessCodes, accessCodes: [...own, ...shared] };
  };
}

export function createLineCode(kind: LineKind): Handler<Static<typeof CreateAccessCode>> {
  return (call) =>
    change(call, async (view) => {
      const { owner } = await requireOwner(call, view, kind);
      const { writes } = await addCodes(call.service, view, owner, [wished(call.body)]);
      return { writes, result: undefined };
    });
}

/** Deletes codes of the line's own, and says whether those count or its location's. */
export function modifyLineCodes(kind: LineKind): Handler<Static<typeof ModifyAccessCodes>> {
  return (call) =>
    change(call, async (view) => {
      const { owner } = await requireOwner(call, view, kind);
      const { useCustomAccessCodes, deleteCodes = [] } = call.body;
      const writes = await removeCodesByDigits(call.service, view, owner.id, deleteCodes);
      if (useCustomAccessCodes !== undefined)
        writes.push(putPermission({ ...(await permissionOf(view, owner)), useCustomAccessCodes }));
      return { writes, result: undefined };
    });
}

export function deleteAllLineCodes(kind: LineKind): Handler {
  return (call) =>
    change(call, async (view) => {
      const { owner } = await requireOwner(call, view, kind);
      return { writes: await removeAllCodes(call.service, view, owner.id), result: undefined };
    });
}

/** Filters are lists of texts to look for, separated by commas. */
export async function listOrganizationCodes(call: Call): Promise<Answer> {
  const { code, description } = readQuery(Filters, call.query);
  const holds = (wanted: string | undefined, text: string): boolean =>
    wanted === undefined || wanted.split(',').some((part) => text.toLowerCase().includes(part.trim().toLowerCase()));
  const codes = (await codesOf(call.service.ledger, organization(call).id)).filter(
    (one) => holds(description, one.description) && (code === undefined || holds(code, digitsNow(call.service, one))),
  );
  return page(call, 'accessCodes', codes, (one) => render(call, one), { most: PAGE });
}

export function createOrganizationCodes(call: Call<Static<typeof CreateAccessCodes>>): Promise<Answer> {
  return change(call, async (view) => {
    const { writes } = await addCodes(call.service, view, organization(call), call.body.accessCodes.map(wished));
    return { writes, result: undefined };
  });
}

export function deleteOrganizationCodes(call: Call<Static<typeof DeleteAccessCodes>>): Promise<Answer> {
  return change(call, async (view) => {
    const { id } = organization(call);
    return { writes: await removeCodesByDigits(call.service, view, id, call.body.deleteCodes), result: undefined };
  });
}

function organization({ service }: Call): CodeOwner {
  return { kind: 'organization', id: service.organizationId };
}

function wished({ code, description }: Static<typeof CreateAccessCode>): ReturnType<typeof plainCode> {
  return plainCode(code, description);
}

function render({ service }: Call, code: AccessCode): { code: string; description: string } {
  return { code: digitsNow(service, code), description: code.description };
}

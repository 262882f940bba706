import type { Static } from 'typebox';
import type { Documents } from '../documents.ts';
import { badRequest, conflict, serviceError } from '../errors.ts';
import { pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { changeNumbers, refuseDeleted } from '../phone-numbers.ts';
import type {
  AssociatePhoneNumbers,
  DisassociatePhoneNumbers,
  PhoneNumber,
  PhoneNumberAssociation,
} from '../schemas.ts';
import { requireGroup } from './voice-connector-group.ts';
import { requireConnector } from './voice-connector.ts';

type Associate = Call<Static<typeof AssociatePhoneNumbers>>;
type Disassociate = Call<Static<typeof DisassociatePhoneNumbers>>;

/** What numbers are associated with: where its id stands in the path, and how it is looked up. */
interface Holder {
  readonly name: PhoneNumberAssociation['Name'];
  readonly pathName: string;
  readonly require: (documents: Documents, id: string) => Promise<unknown>;
}

const CONNECTOR: Holder = { name: 'VoiceConnectorId', pathName: 'voiceConnectorId', require: requireConnector };
const GROUP: Holder = { name: 'VoiceConnectorGroupId', pathName: 'voiceConnectorGroupId', require: requireGroup };

export const associatePhoneNumbersWithVoiceConnector = (call: Associate): Promise<Answer> => associate(call, CONNECTOR);
export const associatePhoneNumbersWithVoiceConnectorGroup = (call: Associate): Promise<Answer> =>
  associate(call, GROUP);
export const disassociatePhoneNumbersFromVoiceConnector = (call: Disassociate): Promise<Answer> =>
  disassociate(call, CONNECTOR);
export const disassociatePhoneNumbersFromVoiceConnectorGroup = (call: Disassociate): Promise<Answer> =>
  disassociate(call, GROUP);

/** A number belongs to one holder at a time; ForceAssociate moves it. */
async function associate(call: Associate, holder: Holder): Promise<Answer> {
  const { E164PhoneNumbers, ForceAssociate = false } = call.body;
  const id = pathId(call, holder.pathName);
  const now = timestamp(call);
  const alter = (number: PhoneNumber): PhoneNumber => {
    refuseDeleted(number);
    if (number.ProductType !== 'VoiceConnector')
      throw badRequest(`Phone number ${number.E164PhoneNumber} is not of product type VoiceConnector`);
    if (isHeldBy(number, holder, id)) return number;
    if (number.Associations.length > 0 && !ForceAssociate)
      throw conflict(`Phone number ${number.E164PhoneNumber} is associated already`, 'PhoneNumberAssociationsExist');
    const association = { Value: id, Name: holder.name, AssociatedTimestamp: now };
    return { ...number, Status: 'Assigned', Associations: [association], UpdatedTimestamp: now };
  };
  const prepare = (documents: Documents): Promise<unknown> => holder.require(documents, id);
  return { PhoneNumberErrors: await changeNumbers(call, E164PhoneNumbers, alter, prepare) };
}

async function disassociate(call: Disassociate, holder: Holder): Promise<Answer> {
  const id = pathId(call, holder.pathName);
  const now = timestamp(call);
  const alter = (number: PhoneNumber): PhoneNumber => {
    if (!isHeldBy(number, holder, id))
      throw serviceError('NotFoundException', `Phone number ${number.E164PhoneNumber} is not associated with ${id}`);
    return { ...number, Status: 'Unassigned', Associations: [], UpdatedTimestamp: now };
  };
  const prepare = (documents: Documents): Promise<unknown> => holder.require(documents, id);
  return { PhoneNumberErrors: await changeNumbers(call, call.body.E164PhoneNumbers, alter, prepare) };
}

function isHeldBy({ Associations }: PhoneNumber, { name }: Holder, id: string): boolean {
  return Associations.some((association) => association.Name === name && association.Value === id);
}

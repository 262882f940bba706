import { Type, type TSchema } from 'typebox';
import { CALL_STATUSES } from '../calls/record.ts';
import { Method, sidOf, Url } from '../schemas.ts';

// The forms of the Calls resource, as the vendor's OpenAPI description names their members.

const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);

const Text = (maxLength: number) => Type.String({ maxLength });

/** The vendor's limit for a document in a form. */
const Twiml = Text(4000);

/** Longest of the members that are taken and not carried out. */
const Other = optional(Text(4096));

export const CreateCall = Type.Object({
  To: Text(1024),
  From: Text(256),
  Method: optional(Method),
  FallbackUrl: optional(Url),
  FallbackMethod: optional(Method),
  StatusCallback: optional(Url),
  StatusCallbackEvent: optional(
    Type.Array(
      Type.String({
        pattern: '^(?:initiated|ringing|answered|completed)(?: +(?:initiated|ringing|answered|completed))*$',
      }),
      {
        maxItems: 8,
      },
    ),
  ),
  StatusCallbackMethod: optional(Method),
  SendDigits: optional(Type.String({ pattern: '^[0-9A-D#*wW]{1,32}$' })),
  Timeout: optional(Type.Integer({ minimum: 1, maximum: 600 })),
  TimeLimit: optional(Type.Integer({ minimum: 1, maximum: 86_400 })),
  SipAuthUsername: optional(Text(1024)),
  SipAuthPassword: optional(Text(1024)),
  CallerId: optional(Text(256)),
  Url: optional(Url),
  Twiml: optional(Twiml),
  ApplicationSid: optional(sidOf('AP')),
  Record: optional(Type.Boolean()),
  MachineDetection: Other,
  Byoc: Other,
});

export const UpdateCall = Type.Object({
  Url: optional(Url),
  Method: optional(Method),
  Status: optional(Type.Enum(['canceled', 'completed'])),
  FallbackUrl: optional(Url),
  FallbackMethod: optional(Method),
  StatusCallback: optional(Url),
  StatusCallbackMethod: optional(Method),
  Twiml: optional(Twiml),
  TimeLimit: optional(Type.Integer({ minimum: 1, maximum: 86_400 })),
});

/** A day, or an instant; both ends of a range are in it. */
const Time = optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d(?:T\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?Z)?$' }));

export const ListCalls = Type.Object({
  To: optional(Text(1024)),
  From: optional(Text(1024)),
  ParentCallSid: optional(sidOf('CA')),
  Status: optional(Type.Enum([...CALL_STATUSES])),
  StartTime: Time,
  'StartTime<': Time,
  'StartTime>': Time,
  EndTime: Time,
  'EndTime<': Time,
  'EndTime>': Time,
});

import { Type } from 'typebox';

/** POST /tollgate/v1/explain: a call that is not placed. */
export const ExplainRequest = Type.Object(
  {
    /** Request-URI: sip:, sips: or tel:. */
    to: Type.String({ minLength: 1, maxLength: 1024 }),
    /** From URI. */
    from: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
    /** IP address of the sender. */
    source: Type.String({ minLength: 1, maxLength: 64 }),
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
    transport: Type.Optional(Type.Enum(['udp', 'tcp', 'tls', 'ws', 'wss'])),
    /** Digest user name; its right password is assumed. */
    user: Type.Optional(Type.String({ maxLength: 256 })),
    /** Judge it as a call from the telephone network. */
    asCarrier: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** POST /tollgate/v1/exchange/calls: a call as the telephone network would place it. */
export const ExchangeCallRequest = Type.Object(
  {
    to: Type.String({ minLength: 1, maxLength: 256 }),
    from: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    /** Seconds to stay in the call once it is answered. */
    holdSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 240 })),
  },
  { additionalProperties: false },
);

/** Which of the SBC's configurations is asked about: what is edited, or what was saved of it. */
const Candidate = Type.Enum(['editing', 'saved'], { default: 'editing' });

/** GET /tollgate/v1/candidate/diff. */
export const DiffQuery = Type.Object({ candidate: Type.Optional(Candidate) }, { additionalProperties: false });

/** POST /tollgate/v1/candidate/impact. */
export const ImpactRequest = Type.Object(
  {
    candidate: Type.Optional(Candidate),
    /** How far to look back. */
    hours: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 24 * 366 })),
  },
  { additionalProperties: false },
);

/** GET /tollgate/v1/calls. */
export const CallsQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    before: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false },
);

/** GET /tollgate/v1/drops: packets that were not even read. */
export const DropsQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) },
  { additionalProperties: false },
);

/** GET /tollgate/v1/spending: those nearest to a limit first. */
export const SpendingQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) },
  { additionalProperties: false },
);

/** DELETE /tollgate/v1/spending/{trunk}: of the trunk itself, or of one user. */
export const LiftQuery = Type.Object(
  { user: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })) },
  { additionalProperties: false },
);

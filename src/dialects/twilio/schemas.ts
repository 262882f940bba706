import { Type, type TSchema } from 'typebox';

// The forms of the 2010 API, as the vendor's OpenAPI description names their members.

const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);

const text = (maxLength: number) => Type.String({ maxLength });

export const NoForm = Type.Object({});

export const CredentialListForm = Type.Object({ FriendlyName: text(64) });

/** No colon, which ends the name within a digest (RFC 7616 §3.4.2), and nothing invisible. */
const Username = Type.String({ maxLength: 32, pattern: '^[^:\\p{C}\\p{Z}]+$' });
/** How long a password may be is nobody's rule; this is our bound. */
const Password = Type.String({ maxLength: 255 });
export const CreateCredential = Type.Object({ Username, Password });
export const UpdateCredential = Type.Object({ Password: optional(Password) });

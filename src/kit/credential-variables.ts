/** The credentials of the control APIs, each with the environment variable that gives it. */
export const CREDENTIAL_VARIABLES = {
  awsAccountId: 'TOLLGATE_AWS_ACCOUNT_ID',
  awsAccessKeyId: 'TOLLGATE_AWS_ACCESS_KEY_ID',
  awsSecretAccessKey: 'TOLLGATE_AWS_SECRET_ACCESS_KEY',
  twilioAccountSid: 'TOLLGATE_TWILIO_ACCOUNT_SID',
  twilioAuthToken: 'TOLLGATE_TWILIO_AUTH_TOKEN',
  webexAccessToken: 'TOLLGATE_WEBEX_ACCESS_TOKEN',
  sbcUsername: 'TOLLGATE_SBC_USERNAME',
  sbcPassword: 'TOLLGATE_SBC_PASSWORD',
  sbcReadonlyUsername: 'TOLLGATE_SBC_READONLY_USERNAME',
  sbcReadonlyPassword: 'TOLLGATE_SBC_READONLY_PASSWORD',
  adminToken: 'TOLLGATE_ADMIN_TOKEN',
} as const;

export type CredentialName = keyof typeof CREDENTIAL_VARIABLES;

/** Who may use the control APIs, in clear: keep it out of logs and answers. */
export type ControlCredentials = { readonly [Name in CredentialName]: string };

export const CREDENTIAL_NAMES = Object.keys(CREDENTIAL_VARIABLES) as CredentialName[];

/** The file below the data folder that holds the generated ones, as `VARIABLE=value` lines. */
export const CREDENTIALS_FILE = 'credentials.env';

/** In HTTP Basic a colon ends the name (RFC 7617 §2): with one in it nobody could log in. */
const USER_NAME = {
  shape: /^[\x21-\x39\x3b-\x7e]{1,256}$/,
  expected: 'must be 1 to 256 visible ASCII characters, no colon',
};

/** What a generated credential may be replaced by: one line of visible characters that its protocol can carry. */
const CREDENTIAL_SHAPES: Partial<Record<CredentialName, { readonly shape: RegExp; readonly expected: string }>> = {
  awsAccountId: { shape: /^\d{12}$/, expected: 'must be 12 digits' },
  /** It stands between slashes and commas in a signature's Credential. */
  awsAccessKeyId: { shape: /^[\w.-]{1,128}$/, expected: 'must be 1 to 128 letters, digits, "_", "." or "-"' },
  /** RFC 6750 §2.1, b64token. */
  webexAccessToken: {
    shape: /^(?=.{1,256}$)[\w.~+/-]+=*$/,
    expected: 'must be 1 to 256 characters that a Bearer token may have: letters, digits and -._~+/, then only "="',
  },
  sbcUsername: USER_NAME,
  sbcReadonlyUsername: USER_NAME,
  twilioAccountSid: { shape: /^AC[0-9a-f]{32}$/, expected: 'must be "AC" and 32 lower-case hexadecimal digits' },
};
const ANY_CREDENTIAL = { shape: /^[\x21-\x7e]{1,256}$/, expected: 'must be 1 to 256 visible ASCII characters' };

/** What a credential that an operator gives has to look like, and how to say so. */
export function credentialShape(name: CredentialName): { readonly shape: RegExp; readonly expected: string } {
  return CREDENTIAL_SHAPES[name] ?? ANY_CREDENTIAL;
}

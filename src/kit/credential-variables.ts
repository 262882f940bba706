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

/** The paths of this API; all others of an operation lie below one of them. Of /v1 other vendors have theirs. */
export const WEBEX_PATHS = ['/v1/locations', '/v1/telephony', '/v1/people', '/v1/workspaces'] as const;

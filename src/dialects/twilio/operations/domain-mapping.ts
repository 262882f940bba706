import { rfc2822 } from '../dates.ts';
import { pathId } from '../operation.ts';
import { resourceUri } from '../uris.ts';
import { mappingOperations, type MappingNoun } from './list-mapping.ts';
import { requireDomain } from './sip-domain.ts';

/** `legacy`: the older resources say more, under their last path segment. */
function ofDomain(noun: Pick<MappingNoun, 'kind' | 'list' | 'key'>, legacy?: string) {
  return mappingOperations({
    ...noun,
    parent: 'DomainSid',
    requireParent: requireDomain,
    refused: {
      code: 21231,
      already: 'The list is mapped to this SIP domain already',
      tooMany: (most) => `A SIP domain has at most ${most} mappings`,
    },
    render(call, { sid, date_created, date_updated }, friendlyName) {
      const domain = pathId(call, 'DomainSid');
      return {
        account_sid: call.service.accountSid,
        date_created: rfc2822(date_created),
        date_updated: rfc2822(date_updated),
        friendly_name: friendlyName,
        sid,
        ...(legacy !== undefined && {
          domain_sid: domain,
          uri: resourceUri(call, `SIP/Domains/${domain}/${legacy}/${sid}`),
        }),
      };
    },
  });
}

const CALLS_CREDENTIALS = { kind: 'calls-credential-list-mapping', list: 'credential-list' } as const;
const CALLS_IP = { kind: 'calls-ip-access-control-list-mapping', list: 'ip-access-control-list' } as const;

export const callsCredentialListMapping = ofDomain({ ...CALLS_CREDENTIALS, key: 'contents' });
export const callsIpAccessControlListMapping = ofDomain({ ...CALLS_IP, key: 'contents' });
export const registrationsCredentialListMapping = ofDomain({
  kind: 'registrations-credential-list-mapping',
  list: 'credential-list',
  key: 'contents',
});
/** The older resources: another way to the mappings for calls. */
export const legacyCredentialListMapping = ofDomain(
  { ...CALLS_CREDENTIALS, key: 'credential_list_mappings' },
  'CredentialListMappings',
);
export const legacyIpAccessControlListMapping = ofDomain(
  { ...CALLS_IP, key: 'ip_access_control_list_mappings' },
  'IpAccessControlListMappings',
);

import { pathId } from '../operation.ts';
import { resourceUrl } from '../uris.ts';
import { mappingOperations, type MappingNoun } from './list-mapping.ts';
import { requireTrunk } from './trunk.ts';

function ofTrunk(noun: Pick<MappingNoun, 'kind' | 'list' | 'key'>, path: 'CredentialLists' | 'IpAccessControlLists') {
  return mappingOperations({
    ...noun,
    parent: 'TrunkSid',
    requireParent: requireTrunk,
    refused: {
      code: 21245,
      already: 'The list is associated with this trunk already',
      tooMany: (most) => `A trunk has at most ${most} lists of one kind`,
    },
    render(call, mapping, friendlyName) {
      const trunk = pathId(call, 'TrunkSid');
      return {
        account_sid: call.service.accountSid,
        ...mapping,
        trunk_sid: trunk,
        friendly_name: friendlyName,
        url: resourceUrl(call, `v1/Trunks/${trunk}/${path}/${mapping.sid}`),
      };
    },
  });
}

export const trunkCredentialList = ofTrunk(
  { kind: 'trunk-credential-list', list: 'credential-list', key: 'credential_lists' },
  'CredentialLists',
);
export const trunkIpAccessControlList = ofTrunk(
  { kind: 'trunk-ip-access-control-list', list: 'ip-access-control-list', key: 'ip_access_control_lists' },
  'IpAccessControlLists',
);

import { rfc2822 } from '../dates.ts';
import { put, read, type Account, type Documents } from '../documents.ts';
import { refusal } from '../errors.ts';
import { updated, type Form } from '../form.ts';
import { change, requireAccount, timestamp, type Answer, type Call } from '../operation.ts';
import { pageAnswer, readPageQuery } from '../pages.ts';
import type { UpdateAccount } from '../schemas.ts';

const DEFAULT_NAME = 'Tollgate';

/** There is one account: the one that the gate was started with. */
export async function listAccounts(call: Call): Promise<Answer> {
  requireAccount(call);
  const asked = readPageQuery(call);
  const items = asked.page === 0 && asked.after === undefined ? [await render(call, call.service.ledger)] : [];
  return pageAnswer(call, 'accounts', asked, items, undefined);
}

export async function fetchAccount(call: Call): Promise<Answer> {
  requireAccount(call);
  return render(call, call.service.ledger);
}

/** The name can be changed; the account cannot be closed or suspended, for there is no other. */
export function updateAccount(call: Call<Form<typeof UpdateAccount>>): Promise<Answer> {
  requireAccount(call);
  const { FriendlyName, Status } = call.body;
  if (Status && Status !== 'active') throw refusal(20001, 'The only account cannot be suspended or closed');
  const sid = call.service.accountSid;
  return change(call, async (view) => {
    const known = await read(view, 'account', sid);
    const now = timestamp(call);
    const account: Account = {
      friendly_name: updated(FriendlyName, known?.friendly_name, DEFAULT_NAME),
      date_created: known?.date_created ?? now,
      date_updated: now,
    };
    return { writes: [put('account', sid, account)], result: renderAccount(call, account) };
  });
}

async function render(call: Call, documents: Documents): Promise<object> {
  return renderAccount(call, await read(documents, 'account', call.service.accountSid));
}

/** Times are known from the first change on; the auth token never leaves. */
function renderAccount(call: Call, account: Account | undefined): object {
  const sid = call.service.accountSid;
  const below = (noun: string): string => `/2010-04-01/Accounts/${sid}/${noun}.json`;
  return {
    auth_token: null,
    date_created: account ? rfc2822(account.date_created) : null,
    date_updated: account ? rfc2822(account.date_updated) : null,
    friendly_name: account?.friendly_name ?? DEFAULT_NAME,
    owner_account_sid: sid,
    sid,
    status: 'active',
    subresource_uris: {
      available_phone_numbers: below('AvailablePhoneNumbers'),
      calls: below('Calls'),
      incoming_phone_numbers: below('IncomingPhoneNumbers'),
      sip: below('SIP'),
    },
    type: 'Full',
    uri: `/2010-04-01/Accounts/${sid}.json`,
  };
}

import { operation, type Operation } from './operation.ts';
import * as call from './operations/call.ts';
import { CreateCall, UpdateCall } from './operations/call-forms.ts';
import { NoForm } from './schemas.ts';

/** The operations on calls, of the 2010 API. */
// oxfmt-ignore
export const API_CALLS: readonly Operation[] = [
  operation('CreateCall', 'POST /2010-04-01/Accounts/{AccountSid}/Calls.json', 201, CreateCall, 20001, call.createCall),
  operation('ListCall', 'GET /2010-04-01/Accounts/{AccountSid}/Calls.json', 200, NoForm, 20001, call.listCalls),
  operation('FetchCall', 'GET /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json', 200, NoForm, 20001, call.fetchCall),
  operation('UpdateCall', 'POST /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json', 200, UpdateCall, 20001, call.updateCall),
  operation('DeleteCall', 'DELETE /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json', 204, NoForm, 20001, call.deleteCall),
];

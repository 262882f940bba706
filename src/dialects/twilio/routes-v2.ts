import { operation, type Operation } from './operation.ts';
import { phoneNumberRoute, sipDomainRoute, trunkRoute } from './operations/route.ts';
import { NoForm } from './schemas.ts';
import { RouteForm } from './schemas-v1.ts';

/** The operations of routes v2, as rows of the vendor's reference. */
// oxfmt-ignore
export const ROUTES_V2: readonly Operation[] = [
  operation('FetchSipDomainRoute', 'GET /v2/SipDomains/{SipDomain}', 200, NoForm, 20001, sipDomainRoute.fetch),
  operation('UpdateSipDomainRoute', 'POST /v2/SipDomains/{SipDomain}', 200, RouteForm, 21252, sipDomainRoute.update),
  operation('FetchTrunkRoute', 'GET /v2/Trunks/{SipTrunkDomain}', 200, NoForm, 20001, trunkRoute.fetch),
  operation('UpdateTrunkRoute', 'POST /v2/Trunks/{SipTrunkDomain}', 200, RouteForm, 21252, trunkRoute.update),
  operation('FetchPhoneNumberRoute', 'GET /v2/PhoneNumbers/{PhoneNumber}', 200, NoForm, 20001, phoneNumberRoute.fetch),
  operation('UpdatePhoneNumberRoute', 'POST /v2/PhoneNumbers/{PhoneNumber}', 200, RouteForm, 21252, phoneNumberRoute.update),
];

import { LabError } from './service.ts';
import { operationOf, type ServiceModel, shapeOf } from './service-model.ts';
import { refused } from './wire-errors.ts';
import type { WireRequest } from './wire-request.ts';
import type { Route } from './wire-route.ts';

/** Members of the path, the query and the headers, and the body as it is. A header that nobody knows is refused, as S3 does. */
export function readRestXml(model: ServiceModel, route: Route, request: WireRequest): Record<string, unknown> {
  const { input } = operationOf(model, route.operation);
  const { members = {}, payload } = input === undefined ? {} : shapeOf(model, input);
  const headers = Object.values(members).filter(({ location }) => location === 'header' || location === 'headers');
  const unknown = Object.keys(request.headers).find(
    (name) =>
      name.startsWith('x-amz-') &&
      !signingHeaders.has(name) &&
      !headers.some(({ location, locationName = '' }) =>
        location === 'headers' ? name.startsWith(locationName) : name === locationName.toLowerCase(),
      ),
  );
  if (unknown !== undefined)
    throw new LabError(
      'NotImplemented',
      `A header you provided implies functionality that is not implemented: ${unknown}`,
      501,
    );
  return {
    ...readLocations(model, route, request),
    ...(payload !== undefined && { [payload]: request.body }),
  };
}

/** Headers of every signed request. */
const signingHeaders = new Set(['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token', 'x-amz-user-agent']);

/** Members in the path, the query and the headers, by the model's names. */
export function readLocations(
  model: ServiceModel,
  { operation, labels }: Route,
  request: WireRequest,
): Record<string, unknown> {
  if (model.protocol !== 'rest-json' && model.protocol !== 'rest-xml') return {};
  const { input, uri } = operationOf(model, operation);
  const members = input === undefined ? {} : (shapeOf(model, input).members ?? {});
  const values: Record<string, unknown> = {};
  // The SDK adds `x-id`, the operation's name, for the readers of access logs.
  const known = new Set<string>(['x-id', ...new URLSearchParams(uri.split('?')[1]).keys()]);
  for (const [member, reference] of Object.entries(members)) {
    const name = reference.locationName ?? member;
    if (reference.location === 'uri') values[member] = labels[name];
    const header = request.headers[name.toLowerCase()];
    if (reference.location === 'header' && header !== undefined)
      values[member] = fromText(model, reference.shape, [header]);
    const others = reference.location === 'headers' ? prefixed(request.headers, name) : {};
    if (Object.keys(others).length > 0) values[member] = others;
    if (reference.location !== 'querystring') continue;
    known.add(name);
    const given = request.query.filter(([key]) => key === name).map(([, value]) => value);
    if (given.length > 0) values[member] = fromText(model, reference.shape, given);
  }
  const unknown = request.query.map(([name]) => name).filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw refused(
      model,
      unknown.map((name) => `Unknown parameter '${name}'`),
    );
  return values;
}

function prefixed(headers: WireRequest['headers'], prefix: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

function fromText(model: ServiceModel, shapeName: string, given: readonly string[]): unknown {
  const { type } = shapeOf(model, shapeName);
  const [first = ''] = given;
  if (type === 'list') return given;
  if (type === 'integer' || type === 'long') return /^-?\d+$/.test(first) ? Number(first) : first;
  if (type === 'boolean') return first === 'true' ? true : first === 'false' ? false : first;
  return first;
}

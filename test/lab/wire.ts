import { randomUUID } from 'node:crypto';
import { inputWire, outputWire, violations } from './model-validation.ts';
import { readForm } from './query-form.ts';
import type { LabService } from './service.ts';
import { LabError } from './service.ts';
import { type OperationModel, type ServiceModel, shapeOf } from './service-model.ts';
import { xmlElements, xmlText } from './xml.ts';

/** One HTTP request, read whole. */
export interface WireRequest {
  readonly method: string;
  /** As on the wire, without the query. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Protocol = ServiceModel['protocol'];

/** Codes that each protocol uses for the same fault. */
export const errorNames: Readonly<
  Record<
    'noToken' | 'badSignature' | 'badKey' | 'expired' | 'skewed' | 'unknownOperation' | 'accessDenied' | 'throttled',
    Readonly<Record<Protocol, readonly [code: string, status: number]>>
  >
> = {
  noToken: each(
    ['MissingAuthenticationTokenException', 403],
    ['MissingAuthenticationToken', 403],
    ['AuthFailure', 401],
  ),
  badSignature: each(
    ['InvalidSignatureException', 403],
    ['SignatureDoesNotMatch', 403],
    ['SignatureDoesNotMatch', 403],
  ),
  badKey: each(['UnrecognizedClientException', 403], ['InvalidClientTokenId', 403], ['AuthFailure', 401]),
  expired: each(['ExpiredTokenException', 403], ['ExpiredToken', 403], ['RequestExpired', 400]),
  skewed: each(['InvalidSignatureException', 403], ['SignatureDoesNotMatch', 403], ['RequestExpired', 400]),
  unknownOperation: each(['UnknownOperationException', 404], ['InvalidAction', 400], ['InvalidAction', 400]),
  accessDenied: each(['AccessDeniedException', 403], ['AccessDenied', 403], ['UnauthorizedOperation', 403]),
  throttled: each(['ThrottlingException', 429], ['Throttling', 400], ['RequestLimitExceeded', 503]),
};

function each<T>(json: T, query: T, ec2: T): Readonly<Record<Protocol, T>> {
  return { 'rest-json': json, json, query, ec2 };
}

/** What each service calls an input that breaks its model. */
const invalidInput: Readonly<Record<LabService['name'], string>> = {
  eks: 'InvalidParameterException',
  ssm: 'ValidationException',
  securityhub: 'InvalidInputException',
  sts: 'ValidationError',
  ec2: 'InvalidParameterValue',
};

export function protocolError(model: ServiceModel, name: keyof typeof errorNames, message: string): LabError {
  const [code, status] = errorNames[name][model.protocol];
  return new LabError(code, message, status);
}

/** Which operation a request asks for, and what its path tells; undefined when the service has no such operation in the lab. */
export function findOperation(
  model: ServiceModel,
  request: WireRequest,
): { readonly operation: string; readonly labels: Readonly<Record<string, string>> } | undefined {
  switch (model.protocol) {
    case 'rest-json':
      return matchRoute(model, request);
    case 'json': {
      const [prefix, operation = ''] = (request.headers['x-amz-target'] ?? '').split('.');
      return prefix === model.targetPrefix && operation in model.operations ? { operation, labels: {} } : undefined;
    }
    case 'query':
    case 'ec2': {
      const operation = readFormBody(request)['Action'] ?? '';
      return operation in model.operations ? { operation, labels: {} } : undefined;
    }
  }
}

/** The operation's input, held against the model. */
export function readInput(
  model: ServiceModel,
  operation: string,
  request: WireRequest,
  labels: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const { input: shape } = operationModel(model, operation);
  if (model.protocol === 'query' || model.protocol === 'ec2') {
    const { Action: _action, Version: version, ...form } = readFormBody(request);
    if (version !== model.apiVersion) throw refused(model, [`Version '${version}' is not ${model.apiVersion}`]);
    const { value, unknown } =
      shape === undefined ? { value: {}, unknown: Object.keys(form) } : readForm(model, shape, form);
    const broken = shape === undefined ? [] : violations(model, shape, value, inputWire[model.protocol]);
    if (unknown.length + broken.length > 0) {
      throw refused(model, [...unknown.map((name) => `Unknown parameter '${name}'`), ...broken]);
    }
    return form;
  }

  const input = { ...readJsonBody(model, request), ...readLocations(model, operation, request, labels) };
  const broken = shape === undefined ? [] : violations(model, shape, input, inputWire[model.protocol]);
  if (broken.length > 0) throw refused(model, broken);
  return input;
}

/** The output as the protocol writes it. An output that breaks the model is a bug of the lab, told as such. */
export function writeOutput(model: ServiceModel, operation: string, output: unknown): WireResponse {
  const { output: shape } = operationModel(model, operation);
  const value = output ?? {};
  const broken = shape === undefined ? [] : violations(model, shape, value, outputWire[model.protocol]);
  if (broken.length > 0) {
    throw new Error(`the lab's ${model.service}:${operation} answers what the model forbids: ${broken.join('; ')}`);
  }

  const requestId = randomUUID();
  switch (model.protocol) {
    case 'rest-json':
      return json(200, 'application/json', { 'x-amzn-requestid': requestId }, value);
    case 'json':
      return json(200, 'application/x-amz-json-1.1', { 'x-amzn-requestid': requestId }, value);
    case 'query':
      return xml(
        200,
        requestId,
        `<${operation}Response xmlns="${model.xmlNamespace}"><${operation}Result>${xmlElements(value, 'member')}</${operation}Result>` +
          `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
      );
    case 'ec2':
      return xml(
        200,
        requestId,
        `<${operation}Response xmlns="${model.xmlNamespace}/"><requestId>${requestId}</requestId>${xmlElements(value, 'item')}</${operation}Response>`,
      );
  }
}

export function writeError(protocol: Protocol, { code, message, status }: LabError): WireResponse {
  const requestId = randomUUID();
  switch (protocol) {
    case 'rest-json':
      return json(status, 'application/json', { 'x-amzn-requestid': requestId, 'x-amzn-errortype': code }, { message });
    case 'json':
      return json(status, 'application/x-amz-json-1.1', { 'x-amzn-requestid': requestId }, { __type: code, message });
    case 'query':
      return xml(
        status,
        requestId,
        `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>` +
          `<Code>${xmlText(code)}</Code><Message>${xmlText(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      );
    case 'ec2':
      return xml(
        status,
        requestId,
        `<Response><Errors><Error><Code>${xmlText(code)}</Code><Message>${xmlText(message)}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      );
  }
}

/** An empty page of this operation with a token for the next one; undefined when it has no pages. */
export function emptyPage(model: ServiceModel, operation: string, token: string): Record<string, unknown> | undefined {
  const { output } = operationModel(model, operation);
  const shape = output === undefined ? undefined : shapeOf(model, output);
  const members = Object.entries(shape?.members ?? {}).map(
    ([name, reference]) =>
      [model.protocol === 'ec2' ? (reference.locationName ?? name) : name, shapeOf(model, reference.shape)] as const,
  );
  const tokenName = members.map(([name]) => name).find(isTokenName);
  if (tokenName === undefined) return undefined;

  const lists = members.filter(([, { type }]) => type === 'list').map(([name]) => [name, []] as const);
  return { ...Object.fromEntries(lists), [tokenName]: token };
}

export function isTokenName(name: string): boolean {
  return name === 'nextToken' || name === 'NextToken';
}

function operationModel(model: ServiceModel, operation: string): OperationModel {
  const found = model.operations[operation];
  if (found === undefined) throw new Error(`the model of ${model.service} has no operation '${operation}'`);
  return found;
}

function matchRoute(model: ServiceModel, request: WireRequest): ReturnType<typeof findOperation> {
  for (const [operation, { method, uri }] of Object.entries(model.operations)) {
    if (method !== request.method) continue;
    const labels = matchPath(uri.split('?')[0] ?? uri, request.path);
    if (labels !== undefined) return { operation, labels };
  }
  return undefined;
}

function matchPath(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const expected = template.split('/');
  const actual = path.split('/');
  if (expected.length !== actual.length) return undefined;

  const labels: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const value = actual[index] ?? '';
    const label = /^\{(\w+)\}$/.exec(part)?.[1];
    if (label === undefined && part !== value) return undefined;
    if (label !== undefined && value === '') return undefined;
    if (label !== undefined) labels[label] = decodeURIComponent(value);
  }
  return labels;
}

/** Members that lie in the path and the query, by the model's names. */
function readLocations(
  model: ServiceModel,
  operation: string,
  request: WireRequest,
  labels: Readonly<Record<string, string>>,
): Record<string, unknown> {
  if (model.protocol !== 'rest-json') return {};
  const { input } = operationModel(model, operation);
  const members = input === undefined ? {} : (shapeOf(model, input).members ?? {});
  const values: Record<string, unknown> = {};
  const known = new Set<string>();
  for (const [member, reference] of Object.entries(members)) {
    const name = reference.locationName ?? member;
    if (reference.location === 'uri') values[member] = labels[name];
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

function fromText(model: ServiceModel, shapeName: string, given: readonly string[]): unknown {
  const { type } = shapeOf(model, shapeName);
  const [first = ''] = given;
  if (type === 'list') return given;
  if (type === 'integer' || type === 'long') return /^-?\d+$/.test(first) ? Number(first) : first;
  if (type === 'boolean') return first === 'true' ? true : first === 'false' ? false : first;
  return first;
}

function readJsonBody(model: ServiceModel, request: WireRequest): Record<string, unknown> {
  const text = request.body.toString('utf8');
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // told below
  }
  throw new LabError('SerializationException', `${model.service} was sent a body that is no JSON object`, 400);
}

function readFormBody(request: WireRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(request.body.toString('utf8')));
}

function refused(model: ServiceModel, broken: readonly string[]): LabError {
  const count = `${broken.length} validation error${broken.length === 1 ? '' : 's'} detected: `;
  return new LabError(invalidInput[model.service], `${count}${broken.join('; ')}`, 400);
}

function json(
  status: number,
  contentType: string,
  headers: Readonly<Record<string, string>>,
  value: unknown,
): WireResponse {
  return { status, headers: { ...headers, 'content-type': contentType }, body: JSON.stringify(value) };
}

function xml(status: number, requestId: string, elements: string): WireResponse {
  return {
    status,
    headers: { 'x-amzn-requestid': requestId, 'content-type': 'text/xml;charset=UTF-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${elements}`,
  };
}

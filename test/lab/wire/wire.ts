import { randomUUID } from 'node:crypto';
import { isRecord } from './is-record.ts';
import { jsonOf } from './json-of.ts';
import { inputWire, outputWire, violations } from './model-validation.ts';
import { readForm } from './query-form.ts';
import { restXmlOutput } from './rest-xml.ts';
import { LabError } from './service.ts';
import { operationOf, type ServiceModel, shapeOf } from './service-model.ts';
import { refused } from './wire-errors.ts';
import { readLocations, readRestXml } from './wire-locations.ts';
import type { WireRequest, WireResponse } from './wire-request.ts';
import { matchRoute, type Route } from './wire-route.ts';
import { xmlElements, xmlText } from './xml.ts';

/** The operation of a request, and the labels of its path; undefined when the service has no such operation in the lab. */
export function findOperation(model: ServiceModel, request: WireRequest): Route | undefined {
  switch (model.protocol) {
    case 'rest-json':
    case 'rest-xml':
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
export function readInput(model: ServiceModel, route: Route, request: WireRequest): Readonly<Record<string, unknown>> {
  const { input: shape } = operationOf(model, route.operation);
  if (model.protocol === 'query' || model.protocol === 'ec2') {
    const { Action: _action, Version: version, ...form } = readFormBody(request);
    if (version !== model.apiVersion) throw refused(model, [`Version '${version}' is not ${model.apiVersion}`]);
    const { value, unknown } =
      shape === undefined ? { value: {}, unknown: Object.keys(form) } : readForm(model, shape, form);
    const broken = [
      ...unknown.map((name) => `Unknown parameter '${name}'`),
      ...(shape === undefined ? [] : violations(model, shape, value, inputWire[model.protocol])),
    ];
    if (broken.length > 0) throw refused(model, broken);
    return form;
  }

  const input =
    model.protocol === 'rest-xml'
      ? readRestXml(model, route, request)
      : { ...readJsonBody(model, request), ...readLocations(model, route, request) };
  const broken = shape === undefined ? [] : violations(model, shape, input, inputWire[model.protocol]);
  if (broken.length > 0) throw refused(model, broken);
  return input;
}

/** The output as the protocol writes it. An output that breaks the model is a bug of the lab, and the error says so. */
export function writeOutput(model: ServiceModel, operation: string, output: unknown): WireResponse {
  const { output: shape } = operationOf(model, operation);
  const value = output ?? {};
  const broken = shape === undefined ? [] : violations(model, shape, value, outputWire(model.protocol));
  if (broken.length > 0)
    throw new Error(`the lab's ${model.service}:${operation} answers what the model forbids: ${broken.join('; ')}`);

  const requestId = randomUUID();
  switch (model.protocol) {
    case 'rest-json':
      return json(200, 'application/json', { 'x-amzn-requestid': requestId }, value);
    case 'rest-xml':
      return { status: 200, ...withRequestId(restXmlOutput(model, shape, { ...value }), requestId) };
    case 'json':
      return json(200, `application/x-amz-json-${model.jsonVersion}`, { 'x-amzn-requestid': requestId }, value);
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

export function writeError(
  { protocol, jsonVersion = '1.1' }: Pick<ServiceModel, 'protocol' | 'jsonVersion'>,
  { code, message, status }: LabError,
): WireResponse {
  const requestId = randomUUID();
  const shown = `<Code>${xmlText(code)}</Code><Message>${xmlText(message)}</Message>`;
  switch (protocol) {
    case 'rest-json':
      return json(status, 'application/json', { 'x-amzn-requestid': requestId, 'x-amzn-errortype': code }, { message });
    case 'json':
      return json(
        status,
        `application/x-amz-json-${jsonVersion}`,
        { 'x-amzn-requestid': requestId },
        { __type: code, message },
      );
    case 'rest-xml': {
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${shown}<RequestId>${requestId}</RequestId></Error>`;
      return { status, ...withRequestId({ headers: { 'content-type': 'application/xml' }, body }, requestId) };
    }
    case 'query':
      return xml(
        status,
        requestId,
        `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>` +
          `${shown}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      );
    case 'ec2':
      return xml(
        status,
        requestId,
        `<Response><Errors><Error>${shown}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      );
  }
}

/** An empty page of this operation with a token for the next one; undefined when it has no pages. */
export function emptyPage(model: ServiceModel, operation: string, token: string): Record<string, unknown> | undefined {
  const { output } = operationOf(model, operation);
  const shape = output === undefined ? undefined : shapeOf(model, output);
  const members = Object.entries(shape?.members ?? {}).map(
    ([name, reference]) =>
      [model.protocol === 'ec2' ? (reference.locationName ?? name) : name, shapeOf(model, reference.shape)] as const,
  );
  const tokenName = members.map(([name]) => name).find((name) => /^(next|Next)(Continuation)?Token$/.test(name));
  if (tokenName === undefined) return undefined;

  const lists = members.filter(([, { type }]) => type === 'list').map(([name]) => [name, []] as const);
  return {
    ...Object.fromEntries(lists),
    [tokenName]: token,
    ...(members.some(([name]) => name === 'IsTruncated') && { IsTruncated: true }),
  };
}

/** Under which a caller gives back the token of a page. */
export function isTokenName(name: string): boolean {
  return name === 'nextToken' || name === 'NextToken' || name === 'ContinuationToken';
}

function readJsonBody(model: ServiceModel, request: WireRequest): Record<string, unknown> {
  const text = request.body.toString('utf8');
  const value = text === '' ? {} : jsonOf(text);
  if (isRecord(value)) return { ...value };
  throw new LabError('SerializationException', `${model.service} was sent a body that is no JSON object`, 400);
}

function readFormBody(request: WireRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(request.body.toString('utf8')));
}

function withRequestId(
  { headers, body }: Omit<WireResponse, 'status'>,
  requestId: string,
): Pick<WireResponse, 'headers' | 'body'> {
  return { headers: { ...headers, 'x-amz-request-id': requestId, 'x-amz-id-2': requestId }, body };
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

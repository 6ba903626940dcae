import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { authenticate, readAuthorization } from '../wire/authenticate.ts';
import type { Fault, Faults } from '../wire/faults.ts';
import { closeServer, listenOnLoopback } from '../wire/loopback.ts';
import { authenticatePresigned, readPresigned } from '../wire/presigned.ts';
import { type LabCall, LabError, type LabService } from '../wire/service.ts';
import { type ServiceModel, serviceModel } from '../wire/service-model.ts';
import type { CredentialScope } from '../wire/signature-v4.ts';
import { splitOnce } from '../wire/split-once.ts';
import { emptyPage, findOperation, isTokenName, readInput, writeError, writeOutput } from '../wire/wire.ts';
import { protocolError } from '../wire/wire-errors.ts';
import type { WireRequest, WireResponse } from '../wire/wire-request.ts';
import type { Identities } from './identities.ts';
import { policyDenial } from './organizations/policy-denial.ts';

/** One call that reached the lab: the raw material of the least-privilege proof. */
export interface RecordedCall {
  readonly service: string;
  /** `unknown` when the request named none. */
  readonly operation: string;
  /** Empty when the caller could not be identified. */
  readonly accountId: string;
  readonly region: string;
  readonly principalArn: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The HTTP status; 0 when the connection was reset. */
  readonly status: number;
  readonly error?: string;
  readonly at: number;
}

export interface AwsServerOptions {
  readonly services: readonly LabService[];
  readonly identities: Identities;
  readonly faults: Faults;
  readonly calls: RecordedCall[];
  readonly clock: () => number;
  readonly deniedBy?: (call: LabCall) => string | undefined;
}

/** S3 itself takes 5 GB in one PutObject; nobody sends that to the lab on purpose. */
const mostBodyBytes = 64 * 1024 * 1024;
const emptyPageToken = 'lab-first-page-was-empty';

/** The front door of all AWS services on loopback: checks the signature, speaks the protocol, records the call. */
export class AwsServer {
  readonly #options: AwsServerOptions;
  readonly #services: ReadonlyMap<string, LabService>;
  readonly #server: Server;

  constructor(options: AwsServerOptions) {
    this.#options = options;
    this.#services = new Map(options.services.map((service) => [service.name, service]));
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  async listen(): Promise<string> {
    return `http://127.0.0.1:${await listenOnLoopback(this.#server)}`;
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming).catch(() => 'aborted' as const);
    if (request === 'aborted') return;

    const answer =
      request === 'too large'
        ? tooLarge
        : await this.answer(request).catch((error: unknown) => writeError({ protocol: 'rest-json' }, labBug(error)));
    if (answer === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    response.writeHead(answer.status, {
      // The answer to HEAD gives the length of a body that it does not have.
      'content-length': Buffer.byteLength(answer.body),
      ...answer.headers,
      date: new Date(this.#options.clock()).toUTCString(),
    });
    response.end(answer.body);
  }

  async answer(request: WireRequest): Promise<WireResponse | 'reset'> {
    const presigned = readPresigned(request);
    const { scope } = presigned ?? readAuthorization(request) ?? {};
    const service = scope === undefined ? undefined : this.#services.get(scope.service);
    if (scope === undefined || service === undefined) return this.#answerNoService(request, scope);

    const model = serviceModel(service.name);
    const plain = presigned?.plain ?? request;
    const found = findOperation(model, plain);
    const call = unknownCall(service.name, scope.region);
    if (found) call.operation = found.operation;
    try {
      const identity = presigned
        ? authenticatePresigned(presigned, this.#options)
        : authenticate(model, request, this.#options);
      call.accountId = identity.accountId;
      call.principalArn = identity.principalArn;
      if (found === undefined) throw unknownOperation(model, request);

      const input = readInput(model, found, plain);
      // A body is not kept for as long as the list of calls is.
      const { Body: _, ...recorded } = input;
      call.input = recorded;
      const policyArn = this.#options.deniedBy?.(call);
      if (policyArn !== undefined) throw policyDenial(model, call, policyArn);
      const answer = await this.#dispatch(model, service, { ...call, input });
      this.#record(call, answer === 'reset' ? 0 : answer.status);
      return answer;
    } catch (error) {
      const told = error instanceof LabError ? error : labBug(error);
      this.#record(call, told.status, told.code);
      return writeError(model, told);
    }
  }

  async #dispatch(model: ServiceModel, service: LabService, call: MutableCall): Promise<WireResponse | 'reset'> {
    for (const fault of this.#options.faults.take(call)) {
      if (fault.kind === 'latency') await delay(fault.milliseconds);
      else if (fault.kind === 'reset') return 'reset';
      else if (fault.kind === 'html') return badGateway;
      else if (fault.kind === 'empty-page') {
        const page = emptyPage(model, call.operation, emptyPageToken);
        if (page === undefined) throw new Error(`${call.service}:${call.operation} has no pages`);
        return writeOutput(model, call.operation, page);
      } else throw plannedError(model, fault, call);
    }

    const input = Object.fromEntries(
      Object.entries(call.input).filter(([name, value]) => !(isTokenName(name) && value === emptyPageToken)),
    );
    return writeOutput(model, call.operation, await service.handle({ ...call, input }));
  }

  #answerNoService(request: WireRequest, scope: CredentialScope | undefined): WireResponse {
    const error =
      scope === undefined
        ? new LabError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403)
        : new LabError('UnknownServiceException', `the lab has no service '${scope.service}'`, 404);
    this.#record(unknownCall(scope?.service, scope?.region), error.status, error.code);
    // Every client can read this one, whatever its protocol: it has the header, and the body's type for JSON 1.1.
    const answer = writeError({ protocol: 'rest-json' }, error);
    return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
      ? writeError({ protocol: 'query' }, error)
      : { ...answer, body: JSON.stringify({ __type: error.code, message: error.message }) };
  }

  #record(call: Omit<RecordedCall, 'status' | 'error' | 'at'>, status: number, error?: string): void {
    this.#options.calls.push({ ...call, status, ...(error && { error }), at: this.#options.clock() });
  }
}

type MutableCall = { -readonly [Name in keyof Omit<RecordedCall, 'status' | 'error' | 'at'>]: RecordedCall[Name] };

const unknownCall = (service = 'unknown', region = ''): MutableCall => ({
  service,
  operation: 'unknown',
  accountId: '',
  region,
  principalArn: '',
  input: {},
});

const tooLarge: WireResponse = writeError(
  { protocol: 'rest-json' },
  new LabError('RequestEntityTooLargeException', `the request is larger than ${mostBodyBytes} bytes`, 413),
);

const badGateway: WireResponse = {
  status: 502,
  headers: { 'content-type': 'text/html' },
  body: '<html><body><h1>502 Bad Gateway</h1></body></html>',
};

async function readRequest(incoming: IncomingMessage): Promise<WireRequest | 'too large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size <= mostBodyBytes) chunks.push(chunk);
  }
  if (size > mostBodyBytes) return 'too large';

  const [path = '/', query = ''] = splitOnce(incoming.url ?? '/', '?');
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(incoming.headersDistinct)) headers[name] = (values ?? []).join(',');
  return {
    method: incoming.method ?? 'GET',
    path,
    query: [...new URLSearchParams(query)],
    headers,
    body: Buffer.concat(chunks),
  };
}

function plannedError(
  model: ServiceModel,
  fault: Extract<Fault, { kind: 'throttling' | 'access-denied' | 'error' }>,
  call: MutableCall,
): LabError {
  switch (fault.kind) {
    case 'throttling':
      return protocolError(model, 'throttled', 'Rate exceeded');
    case 'access-denied':
      return protocolError(
        model,
        'accessDenied',
        fault.message ?? `User: ${call.principalArn} is not authorized to perform: ${call.service}:${call.operation}`,
      );
    case 'error':
      return new LabError(fault.code, fault.message ?? `planned fault ${fault.code}`, fault.status ?? 400);
  }
}

function unknownOperation(model: ServiceModel, request: WireRequest): LabError {
  const asked = request.headers['x-amz-target'] ?? `${request.method} ${request.path}`;
  return protocolError(model, 'unknownOperation', `the lab's ${model.service} does not know '${asked}'`);
}

/** A fault of the lab itself must not look like one of AWS. */
function labBug(error: unknown): LabError {
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new LabError('LabBug', told, 500);
}

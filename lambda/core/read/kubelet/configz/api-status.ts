import * as z from 'zod/mini';
import { kubernetesGroup as group } from '../../../../contract/names.ts';
import type { Problem, ReadFailure } from '../../../model/model.ts';
import { jsonOf, printable } from '../../../model/text/words.ts';

/** The API server's own words about a request: a Kubernetes `Status`. */
export interface ApiStatus {
  readonly message: string;
  /** The object's name that the answer is about. */
  readonly name: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

const longestStatus = 64 * 1024;

const statusSchema = z.object({
  kind: z.literal('Status'),
  message: z.optional(z.string()),
  details: z.optional(z.object({ name: z.optional(z.string()) })),
});

/**
 * The rule for who answered a proxied request: a JSON `Status` is the API server's, everything else has passed through from the kubelet (except
 * 429). `undefined` when it is no `Status`. A kubelet could forge one: what follows from it for more than its own node needs a second opinion.
 */
export function apiStatus(answer: HttpAnswer): ApiStatus | undefined {
  if (answer.body.length > longestStatus) return undefined;

  const status = statusSchema.safeParse(jsonOf(answer.body));
  return status.success ? { message: status.data.message ?? '', name: status.data.details?.name } : undefined;
}

/** Milliseconds that a 429 asks to wait: its `retry-after`, within 1 and 60 s; one second when it names none. */
export function retryAfter({ headers }: HttpAnswer): number {
  const seconds = /^\d{1,6}$/.test(headers['retry-after'] ?? '') ? Number(headers['retry-after']) : 1;
  return Math.min(Math.max(seconds, 1), 60) * 1000;
}

export type ListAnswer =
  /** The list itself, which has megabytes, is read by who has it. */
  | { readonly kind: 'list' }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** Ask again after this many milliseconds. If that does not help, `problem` is the result. */
  | { readonly kind: 'retry'; readonly after: number; readonly problem: Problem };

/**
 * What the API server's answer to a list means.
 * @param plural what is listed, `nodes`
 */
export function classifyListAnswer(answer: HttpAnswer, plural: string): ListAnswer {
  if (answer.status === 200) return { kind: 'list' };
  if (answer.status === 429) {
    return {
      kind: 'retry',
      after: retryAfter(answer),
      problem: notListed(plural, `the API server is too busy to list ${plural} (429)`),
    };
  }

  const status = apiStatus(answer);
  if (answer.status === 401 && status !== undefined) return { kind: 'problem', problem: credentialsRefused };
  if (answer.status === 403 && status !== undefined) return { kind: 'problem', problem: rightsMissing(status) };

  const said = status === undefined ? '' : `: ${printable(status.message, 160)}`;
  const problem = notListed(plural, `the API server answered ${answer.status} to the list of ${plural}${said}`);
  return answer.status >= 500 ? { kind: 'retry', after: 1000, problem } : { kind: 'problem', problem };
}

const notListed = (plural: string, message: string): Problem => ({
  code: `${plural}-not-listed`,
  message,
  remedy: 'check that the endpoint is the API server of this cluster and that it is healthy, then audit again',
});

export const credentialsRefused: Problem = {
  code: 'credentials-refused',
  message: 'the API server does not accept the credentials of this audit (401)',
  remedy: `give the role of this audit an access entry with the Kubernetes group ${group} (eks-kubelet-audit grant), and check that the token has not expired and belongs to this cluster; if it has an entry, the role was probably created again after it: delete the entry, then grant again`,
};

/** A JSON 403: which permission is missing, and for which user. */
export function rightsMissing(status: ApiStatus): Problem {
  const [, user = 'unknown', verb = '', resource = ''] =
    /User "([^"]*)" cannot (\w+) resource "([^"]*)"/.exec(status.message.slice(0, 4000)) ?? [];
  const who = printable(user, 120);

  if (user === 'system:anonymous') {
    return {
      code: 'anonymous-request',
      message: 'the request reached the API server without credentials (User "system:anonymous")',
      remedy:
        'no token was sent, a fault of this client or of a proxy on the way; check the kubeconfig or the credentials that it names',
    };
  }
  if (resource === 'nodes/proxy') {
    return {
      code: 'nodes-proxy-forbidden',
      message: `user ${who} may not get nodes/proxy, which reading a kubelet's configz needs`,
      remedy: `bind user ${who} or the group ${group} to a ClusterRole with the verb get on nodes/proxy (eks-kubelet-audit grant), or audit by SSM only`,
    };
  }
  if (resource === 'nodes' && verb === 'list') {
    return {
      code: 'nodes-list-forbidden',
      message: `user ${who} may not list nodes`,
      remedy: `bind user ${who} or the group ${group} to a ClusterRole with the verb list on nodes (eks-kubelet-audit grant)`,
    };
  }
  return {
    code: 'kubernetes-forbidden',
    message: `the API server forbids the request (403): ${printable(status.message)}`,
    remedy: `bind user ${who} or the group ${group} to a ClusterRole with get on nodes/proxy and list on nodes (eks-kubelet-audit grant)`,
  };
}

/** What is the matter with the endpoint, and what to do, by the code of the error. */
const meanings: readonly (readonly [RegExp, string, string])[] = [
  [/^ECONNREFUSED$/, 'it refused the connection', 'check the endpoint and its port'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'its name does not resolve', 'check the endpoint, and the DNS of this network'],
  [/TIMEDOUT|TIMEOUT/, 'it does not answer in time', 'check its public access CIDRs, or run the audit inside the VPC'],
  [/^E(HOST|NET)UNREACH$/, 'there is no route to it', 'run the audit inside the VPC, or open its public access'],
  [/^(ECONNRESET|EPIPE)$/, 'it closed the connection', 'check proxies and firewalls on the way, then audit again'],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(TLS|SSL)/,
    'its certificate does not verify against the CA of the cluster',
    'check for a proxy that opens TLS, and that endpoint and CA belong together',
  ],
];

/**
 * No HTTP answer at all: the cluster's API endpoint is down, private or not what it seems, or there were no credentials to ask with. No node is to
 * blame.
 * @param code of the socket or of TLS, such as `ECONNREFUSED`, or `CREDENTIALS` of this program's client
 * @param message the error's text, for codes that explain nothing
 */
export function networkFailure(code: string, message: string): ReadFailure & { readonly problem: Problem } {
  const problem = networkProblem(code, printable(message, 160) || 'no reason given');
  return { via: 'configz', kind: 'cluster', because: problem.message, problem };
}

function networkProblem(code: string, said: string): Problem {
  if (code === 'CREDENTIALS') {
    return {
      code: 'credentials-unavailable',
      message: `there are no credentials for the API server: ${said}`,
      remedy: 'fix the credentials that the message names, then audit again',
    };
  }

  if (code === 'INTERRUPTED' || code === 'ABORTED')
    return {
      code: code === 'INTERRUPTED' ? 'interrupted' : 'out-of-time',
      message: `the API server had not answered when ${said}`,
      remedy: 'audit again',
    };
  if (code === 'TIMEOUT')
    return {
      code: 'api-too-slow',
      message: `the API server is too slow: ${said}`,
      remedy: 'see whether it is overloaded, or something on the way holds its answers back; then audit again',
    };

  const known = meanings.find(([pattern]) => pattern.test(code));
  const [, meaning = said, remedy = 'check the endpoint and the way to it'] = known ?? [];
  return {
    code: 'api-unreachable',
    message: `the API server gave no answer: ${meaning} (${printable(code, 40)})`,
    remedy,
  };
}

/** Our own deadline for one node passed before the API server had an answer from its kubelet. */
export const noAnswerInTime = (milliseconds: number): ReadFailure => ({
  via: 'configz',
  kind: 'unreadable',
  because: `no answer from the kubelet through the API server within ${milliseconds / 1000} s`,
  timedOut: true,
});

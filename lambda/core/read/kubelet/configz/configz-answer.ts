import type { KubeletFacts, Problem, ReadFailure } from '../../../model/model.ts';
import { printable } from '../../../model/text/words.ts';
import { isAnonymousRefusal } from '../anonymous-refusal.ts';
import {
  type ApiStatus,
  apiStatus,
  credentialsRefused,
  type HttpAnswer,
  retryAfter,
  rightsMissing,
} from './api-status.ts';
import { readConfigz } from './configz.ts';

export type ConfigzAnswer =
  | { readonly kind: 'facts'; readonly facts: KubeletFacts }
  /** About this node only, `node-gone` included. */
  | {
      readonly kind: 'failure';
      readonly failure: ReadFailure;
      /** The way to the kubelet was out of order, not the kubelet: worth asking once more, a while later. */
      readonly isPassing?: true;
    }
  /**
   * About the cluster's API, our credentials or rights: the same for every node, so it is reported once. A node could forge it (as it could
   * `node-gone`), so it is confirmed before other nodes are given up.
   */
  | { readonly kind: 'cluster'; readonly failure: ReadFailure & { readonly problem: Problem } }
  /** Ask again after this many milliseconds, `times` more at most. If that does not help, `failure` is the result. */
  | { readonly kind: 'retry'; readonly after: number; readonly times: number; readonly failure: ReadFailure };

/**
 * What an answer to `GET /api/v1/nodes/NAME/proxy/configz` means. Who answered decides: a JSON `Status` comes from the API server, text from
 * the kubelet, except 429. `node-gone` needs an answer about this very node.
 * Source: measured on kube-apiserver 1.34.9 and kubelets 1.29.14, 1.34.9, 1.35.6.
 * @param read `readAlike` of the cluster, where many nodes are read
 */
export function classifyConfigzAnswer(answer: HttpAnswer, nodeName: string, read = readConfigz): ConfigzAnswer {
  if (answer.status === 429) {
    return {
      kind: 'retry',
      after: retryAfter(answer),
      times: 5,
      failure: unreadable('the API server is too busy (429)'),
    };
  }

  const status = answer.status === 200 ? undefined : apiStatus(answer);
  return status === undefined ? fromKubelet(answer, read) : fromApiServer(answer.status, status, nodeName);
}

function fromKubelet(answer: HttpAnswer, read: typeof readConfigz): ConfigzAnswer {
  const type = answer.headers['content-type'] ?? 'text/plain';

  if (answer.status === 200) {
    const facts = read(answer.body);
    return facts.ok ? { kind: 'facts', facts: facts.value } : failed(facts.error);
  }
  // Neither the kubelet nor the API server speaks HTML: a gateway on the way does, and says nothing about the kubelet.
  if (!type.trim().toLowerCase().startsWith('text/plain')) {
    const because = `something between this audit and the kubelet answered ${answer.status} (${printable(type, 60)})`;
    return answer.status >= 500 ? passing(unreadable(because)) : failed(unreadable(because));
  }

  const forbidden = /^Forbidden \(user=([^,]{0,300}),/.exec(answer.body)?.[1];
  if (answer.status === 401) {
    return failed(
      refused(
        'the kubelet answered 401 Unauthorized to the API server: it has no client CA, or not the one that signed the API server’s certificate',
      ),
    );
  }
  if (answer.status === 403 && isAnonymousRefusal(answer.body)) {
    return failed({
      ...refused(
        'the kubelet answered 403 to the API server as system:anonymous: it ignored the client certificate, as a kubelet without a client CA does',
      ),
      anonymousIsOn: true,
    });
  }
  if (answer.status === 403 && forbidden !== undefined) {
    return failed({
      via: 'configz',
      kind: 'kubelet-denied',
      because: `the kubelet knew the API server by its certificate as ${printable(forbidden, 100)} and denied it (403): a client CA is set, the rest is unknown`,
    });
  }
  if (answer.status === 404) return failed(unreadable(noHandlers));
  if (isUndecided(answer)) return undecided('configz');

  const odd = unreadable(`the kubelet answered ${answer.status}, not its configuration`);
  // `kubectl proxy` answers so when it cannot reach the API server.
  return answer.status >= 500 ? passing(odd) : failed(odd);
}

function fromApiServer(code: number, status: ApiStatus, nodeName: string): ConfigzAnswer {
  if (code === 401) return cluster(credentialsRefused);
  if (code === 403) return cluster(rightsMissing(status));
  if (code === 404 && status.name === nodeName && status.message === `nodes "${nodeName}" not found`) {
    return failed({
      via: 'configz',
      kind: 'node-gone',
      because: `the API server no longer knows node ${printable(nodeName, 100)} (404)`,
    });
  }

  const known = reachFailures.find(([pattern]) => pattern.test(status.message))?.[1];
  const because = `the API server could not reach the kubelet (${code}): ${known ?? otherWords(status.message)}`;
  if (ranIntoTime.test(status.message)) return failed({ ...unreadable(because), timedOut: true });
  // Words about no kubelet are about itself: its etcd, its start, its end.
  return known || code < 500 ? failed(unreadable(because)) : passing(unreadable(because));
}

/** Order matters only where one text holds two of the patterns. */
const reachFailures: readonly (readonly [RegExp, string])[] = [
  [/connect: connection refused/, 'connection refused; no kubelet listens there'],
  [/net\/http: TLS handshake timeout/, 'TLS handshake timeout; the kubelet hangs'],
  [/http2: client connection lost/, 'connection lost; the kubelet hangs'],
  [/tls: internal error/, 'the kubelet has no serving certificate yet (its signing request waits for approval)'],
  [
    /failed to verify certificate|x509: /,
    'its serving certificate does not verify (self-signed, or for another address)',
  ],
  [/i\/o timeout|context deadline exceeded/, 'timeout; packets are dropped (security group, network ACL, dead node)'],
  [/no route to host|network is unreachable/, 'no route to the node'],
  [/address not allowed/, 'the address of its Node object is not allowed'],
  [/no preferred addresses found/, 'its Node object has no address yet'],
  [/^lookup |: lookup |no such host/, 'its host name does not resolve'],
];

/** The API server waited 10, 30 or 45 s for these: asking many such nodes burns the time that another source needs. */
const ranIntoTime = /TLS handshake timeout|client connection lost|i\/o timeout|context deadline exceeded/;

/** Go's `10.0.0.5:41234->10.0.1.11:10250`: the near end is another port of another API server each time, and would be a change each night. */
const nearEnd = /[\w.:[\]]+(->)?/g;
/** An address differs from node to node, so that one fault of 10,000 nodes would be 10,000 reasons. */
const address = /(?:\b(?:\d{1,3}\.){3}\d{1,3}|\[[\da-fA-F:.]+\])(?::\d{1,5})?/g;

const otherWords = (message: string): string =>
  printable(
    message.replace(nearEnd, (word, arrow?: string) => (arrow ? '' : word)).replace(address, 'its address'),
    160,
  ) || 'no reason given';

const noHandlers = 'the kubelet answered 404: its debugging handlers are off, so it serves no configz';
const isUndecided = ({ status, body }: HttpAnswer): boolean => status === 500 && body.startsWith('Authorization error');
const undecided = (via: 'configz' | 'direct') => ({
  kind: 'retry' as const,
  after: 1000,
  times: 1,
  failure: unreadable('the kubelet could not ask the API server for a decision (500 Authorization error)', via),
});

const unreadable = (because: string, via: 'configz' | 'direct' = 'configz'): ReadFailure => ({
  via,
  kind: 'unreadable',
  because,
});
const refused = (because: string): ReadFailure => ({ via: 'configz', kind: 'kubelet-refused', because });
const failed = (failure: ReadFailure) => ({ kind: 'failure' as const, failure });
const passing = (failure: ReadFailure): ConfigzAnswer => ({ kind: 'failure', failure, isPassing: true });
const cluster = (problem: Problem): ConfigzAnswer => ({
  kind: 'cluster',
  failure: { via: 'configz', kind: 'cluster', because: problem.message, problem },
});

export type DirectAnswer = Exclude<ConfigzAnswer, { readonly kind: 'cluster' }>;

/** The first minor version whose kubelet checks `nodes/configz`; those before ask for `nodes/proxy`, which no token that is shown to a node may have. */
export const firstMinorWithConfigzRight = 33;

/**
 * What a kubelet's own answer to `GET /configz` with our token means. TLS was verified before, so the kubelet itself has answered. Source: measured
 * on kubelets 1.34.9.
 */
export function classifyDirectAnswer(answer: HttpAnswer, read = readConfigz): DirectAnswer {
  const { status, body, headers } = answer;
  const direct = (because: string) => failed(unreadable(because, 'direct'));

  if (status === 200) {
    const facts = read(body);
    return facts.ok
      ? { kind: 'facts', facts: { ...facts.value, via: 'direct' } }
      : failed({ ...facts.error, via: 'direct' });
  }
  if (status === 401)
    return direct(
      'the kubelet answered 401 Unauthorized to our token: it checks no tokens (authentication.webhook.enabled is false), or the API server does not accept this one from it; through the API server it may answer',
    );
  if (status === 403) {
    const user = /^Forbidden \(user=([^,]{0,300}),/.exec(body)?.[1];
    if (user === 'system:anonymous')
      return direct('the kubelet took no notice of our token and answered 403 to system:anonymous');
    return failed({ via: 'direct', kind: 'cluster', because: configzForbidden.message, problem: configzForbidden });
  }
  if (status === 404) return direct(noHandlers);
  if (isUndecided(answer)) return undecided('direct');
  if (status >= 300 && status < 400)
    return direct(`the kubelet answered ${status}, a redirect: it is not followed, since our token would go along`);

  const type = headers['content-type'] ?? 'no content type';
  return direct(`the kubelet answered ${status} (${printable(type, 60)}), not its configuration`);
}

/** The same for every node, so it is reported once. */
export const configzForbidden: Problem = {
  code: 'nodes-configz-forbidden',
  message: 'the user of this audit may not get nodes/configz, which reading a kubelet on its own port needs',
  remedy:
    'give it the narrow ClusterRole (eks-kubelet-audit grant CLUSTER --sources direct), or leave direct out of --sources',
};

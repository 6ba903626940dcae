import type { KubeletFacts, Problem, ReadFailure } from '../../../model/model.ts';
import { printable } from '../../../model/text/printable.ts';
import type { HttpAnswer } from './api-status.ts';
import { readConfigz } from './configz.ts';

export type DirectAnswer =
  | { readonly kind: 'facts'; readonly facts: KubeletFacts }
  | { readonly kind: 'failure'; readonly failure: ReadFailure }
  /** Ask once more after this many milliseconds. If that does not help, `failure` is the result. */
  | { readonly kind: 'retry'; readonly after: number; readonly failure: ReadFailure };

/** The first minor version whose kubelet checks `nodes/configz`; those before ask for `nodes/proxy`, which no token that is shown to a node may have. */
export const firstMinorWithConfigzRight = 33;

/**
 * What a kubelet's own answer to `GET /configz` with our token means. TLS was verified before, so the kubelet itself has answered. Source: measured
 * on kubelets 1.34.9.
 */
export function classifyDirectAnswer(answer: HttpAnswer, read = readConfigz): DirectAnswer {
  const { status, body, headers } = answer;

  if (status === 200) {
    const facts = read(body);
    return facts.ok
      ? { kind: 'facts', facts: { ...facts.value, via: 'direct' } }
      : { kind: 'failure', failure: { ...facts.error, via: 'direct' } };
  }
  if (status === 401)
    return unreadable(
      'the kubelet answered 401 Unauthorized to our token: it checks no tokens (authentication.webhook.enabled is false), or the API server does not accept this one from it; through the API server it may answer',
    );
  if (status === 403) {
    const user = /^Forbidden \(user=([^,]{0,300}),/.exec(body)?.[1];
    if (user === 'system:anonymous')
      return unreadable('the kubelet took no notice of our token and answered 403 to system:anonymous');
    return {
      kind: 'failure',
      failure: { via: 'direct', kind: 'cluster', because: configzForbidden.message, problem: configzForbidden },
    };
  }
  if (status === 404)
    return unreadable('the kubelet answered 404: its debugging handlers are off, so it serves no configz');
  if (status === 500 && body.startsWith('Authorization error'))
    return {
      kind: 'retry',
      after: 1000,
      failure: failure('the kubelet could not ask the API server for a decision (500 Authorization error)'),
    };
  if (status >= 300 && status < 400)
    return unreadable(`the kubelet answered ${status}, a redirect: it is not followed, since our token would go along`);

  const type = headers['content-type'] ?? 'no content type';
  return unreadable(`the kubelet answered ${status} (${printable(type, 60)}), not its configuration`);
}

/** The same for every node, so it is reported once. */
export const configzForbidden: Problem = {
  code: 'nodes-configz-forbidden',
  message: 'the user of this audit may not get nodes/configz, which reading a kubelet on its own port needs',
  remedy:
    'give it the narrow ClusterRole (eks-kubelet-audit grant CLUSTER --sources direct), or leave direct out of --sources',
};

const failure = (because: string): ReadFailure => ({ via: 'direct', kind: 'unreadable', because });
const unreadable = (because: string): DirectAnswer => ({ kind: 'failure', failure: failure(because) });

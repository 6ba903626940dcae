import type { Problem, ReadFailure } from '../../../model/model.ts';
import { printable } from '../../../model/text/printable.ts';

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

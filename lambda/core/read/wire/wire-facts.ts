import type { KubeletFacts, ReadFailure, SettingFact } from '../../model/model.ts';
import type { Proof, ServingCertificateFacts } from '../../model/node-facts.ts';
import { proven } from '../../model/proven.ts';
import { err, ok, type Result } from '../../model/result.ts';
import type { SettingPath, SettingValue } from '../../model/settings.ts';
import { isAnonymousRefusal, shownByAnonymousRefusal } from '../kubelet/anonymous-refusal.ts';
import type { HttpAnswer } from '../kubelet/configz/api-status.ts';
import { settingFacts, unknownFact } from '../kubelet/setting-facts.ts';

/** The only path that is asked for: it shows no data of the node, and every kubelet has it. */
export const wirePath = '/healthz';

/** The port of the kubelet's read-only server, unless somebody chose another one. */
export const readOnlyPort = 10255;

interface WireFactsOptions {
  /** The port that was asked by TLS, `port 10250`. */
  readonly at: string;
  /** What it answered, or why it did not. */
  readonly answer: Result<HttpAnswer, string>;
  readonly servingCertificate: ServingCertificateFacts | undefined;
  /** What answered on the port of the read-only server; `undefined` when nothing did. */
  readonly readOnly: HttpAnswer | undefined;
  readonly proof: Proof;
}

/**
 * What a kubelet shows of itself to a client without credentials. Source: kubernetes `pkg/kubelet/server/server.go` (authentication, then authorization),
 * recorded on kubelet 1.34.
 * - 401: it lets no anonymous client in. Only the node itself may say so: its certificate must be verified.
 * - 403 for `system:anonymous`: it lets anonymous clients in, and authorizes them. 200: it lets them in, and they may.
 */
export function wireFacts({
  at,
  answer,
  servingCertificate,
  readOnly,
  proof,
}: WireFactsOptions): Result<KubeletFacts, ReadFailure> {
  const isProven = isVerified(servingCertificate, proof.readAt);
  const showing = { ...(servingCertificate && { servingCertificate }) };
  const opened = readOnly && isReadOnlyServer(readOnly) ? { readOnlyPort } : {};
  const said = answer.ok ? meaningOf(answer.value, { at, isProven }) : answer.error;
  const values: Values = { ...(typeof said === 'string' ? {} : said), ...opened };
  if (Object.keys(values).length === 0)
    return err({ via: 'wire', kind: 'unreadable', because: String(said), ...showing });

  const notes = [
    ...(typeof said === 'string' ? [said] : []),
    ...(answer.ok && !isProven ? [`that this node answered at ${at} is not proven`] : []),
  ];
  const settings = settingFacts((path): SettingFact => {
    const value = values[path];
    if (value !== undefined) return { state: 'known', value, origin: { from: 'answer' } };
    return unknownFact(
      path === 'readOnlyPort' ? notReadOnly(readOnly) : 'an answer without credentials says nothing about it',
    );
  });
  return ok(proven({ via: 'wire', settings, notes, ...showing }, proof));
}

type Values = Readonly<Partial<Record<SettingPath, SettingValue>>>;

/** The settings that an answer decides, or why it decides none. */
function meaningOf(
  { status, headers, body }: HttpAnswer,
  { at, isProven }: { readonly at: string; readonly isProven: boolean },
): Values | string {
  const isText = /^text\/plain\b/.test(String(headers['content-type'] ?? ''));
  if (status === 401 && isText && body.trim() === 'Unauthorized')
    return isProven
      ? { 'authentication.anonymous.enabled': false }
      : `who answered at ${at} lets no anonymous client in, and is not proven to be this node`;
  if (status === 403 && isText && isAnonymousRefusal(body)) return shownByAnonymousRefusal;
  if (status === 200 && isText && body.trim() === 'ok') return { 'authentication.anonymous.enabled': true };
  return `what answered at ${at} with status ${status} is not what a kubelet answers to ${wirePath}`;
}

const isVerified = (seen: ServingCertificateFacts | undefined, now: string): boolean =>
  seen?.state === 'shown' &&
  seen.signedBy === 'cluster-ca' &&
  seen.namesNode &&
  seen.forServers &&
  seen.keyProven &&
  seen.notBefore <= now &&
  now <= seen.notAfter;

/** As `k8s.io/apiserver/pkg/server/healthz` answers: two letters of text, which no browser may take for anything else, and no name of a server. */
const isReadOnlyServer = ({ status, headers, body }: HttpAnswer): boolean =>
  status === 200 &&
  body.trim() === 'ok' &&
  /^text\/plain; charset=utf-8$/.test(String(headers['content-type'] ?? '')) &&
  headers['x-content-type-options'] === 'nosniff' &&
  headers['server'] === undefined;

const notReadOnly = (answer: HttpAnswer | undefined): string =>
  answer
    ? `what answers on port ${readOnlyPort} is not the kubelet's read-only server`
    : `nothing answers on port ${readOnlyPort}, but the read-only port may be another one`;
